// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe_run.h"

#include "aggregation/aggregator.h"
#include "base/error.h"
#include "library/embedding_store.h"
#include "probe/linear_classifier.h"
#include "probe/zero_shot.h"

#include <algorithm>
#include <map>

namespace clipscope {

namespace {

/// The shots below which a label is left out of a probe that goes on to more.
constexpr int kLeastTrain = 4;

ProbeSplit splitOf(const std::string& name)
{
    if (name == "train")
        return ProbeSplit::Train;
    if (name == "val")
        return ProbeSplit::Validation;
    return name == "test" ? ProbeSplit::Test : ProbeSplit::Unused;
}

Matrix matrixOf(const VideoEmbedding::Block& block)
{
    Matrix out;
    out.columns = size_t(block.dim);
    out.rows = block.dim == 0 ? 0 : block.values.size() / size_t(block.dim);
    out.values = block.values;
    return out;
}

Json toJson(const Accuracy& accuracy)
{
    return {{"top1", accuracy.top1}, {"top5", accuracy.top5}};
}

Json toJson(const ShotCurvePoint& point)
{
    Json draws = Json::array();
    for (const Accuracy& draw : point.draws)
        draws.push_back(draw.top1);
    return {{"k", point.shots == 0 ? Json("all") : Json(point.shots)}, {"c", point.c}, {"seeds", point.draws.size()},
        {"top1Mean", point.top1Mean}, {"top1Sd", point.top1Sd}, {"top5Mean", point.top5Mean}, {"top5Sd", point.top5Sd},
        {"top1Draws", std::move(draws)}};
}

/// [classes, classes]: how many votes the test videos of the row's class gave to the column's.
Json confusionOf(const std::vector<std::vector<int>>& votes, const std::vector<int>& truth)
{
    const size_t classes = votes.empty() ? 0 : votes.front().size();
    std::vector<std::vector<int>> out(classes, std::vector<int>(classes));
    for (size_t i = 0; i < votes.size(); ++i)
        for (size_t c = 0; c < classes; ++c)
            out[size_t(truth[i])][c] += votes[i][c];
    return out;
}

template <class Value> Json orNull(const std::optional<Value>& value)
{
    return value ? Json(*value) : Json();
}

/// Training videos of the largest class.
int64_t mostShots(const ProbeData& data)
{
    std::vector<int64_t> train(data.classes.size());
    for (size_t i = 0; i < data.labels.size(); ++i)
        train[size_t(data.labels[i])] += data.splits[i] == ProbeSplit::Train;
    return train.empty() ? 0 : std::ranges::max(train);
}

/// Of each test video its id and path, its class, [class, draws] for the classes that draws of the last point took it
/// for, and the class that the words take it for.
Json predictionsOf(const LibraryProbe& probe, const FewShotResult& result)
{
    Json out = Json::array();
    for (size_t i = 0; i < result.testRows.size(); ++i) {
        const VideoRecord& video = probe.videos[result.testRows[i]];
        Json taken = Json::array();
        for (size_t c = 0; c < result.votes[i].size(); ++c)
            if (result.votes[i][c] > 0)
                taken.push_back({c, result.votes[i][c]});
        out.push_back(
            {{"id", video.id}, {"video", video.path.string()}, {"label", probe.data.labels[result.testRows[i]]},
                {"taken", std::move(taken)}, {"byWords", result.zeroShotClasses[i]}});
    }
    return out;
}

} // namespace

LibraryProbe libraryProbe(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key,
    const ProbeRunOptions& options, JobContext& context)
{
    const std::shared_ptr<const Aggregator> aggregator = makeAggregator(options.aggregation);
    if (aggregator->dependsOnQuery())
        throw Error(ErrorKind::Input, "makes no vector of a video that a probe could learn from", aggregator->name(),
            "Take --aggregation mean.");
    const EmbeddingStore store(library.folder(), key);
    LibraryProbe out;
    ProbeData& data = out.data;
    DataHash hash;
    std::map<std::string, int> classes;
    const std::vector<VideoRecord> records = library.videos();
    for (const VideoRecord& record : records)
        if (!record.label.empty() && splitOf(record.split) != ProbeSplit::Unused)
            classes.emplace(record.label, 0);
    for (auto& [name, number] : classes) {
        number = int(data.classes.size());
        data.classes.push_back(name);
    }
    for (const VideoRecord& record : records) {
        context.throwIfStopped();
        if (record.label.empty() || splitOf(record.split) == ProbeSplit::Unused)
            continue;
        const std::optional<VideoEmbedding> embedding = store.read(record);
        if (!embedding || embedding->timesSec.empty())
            continue;
        const std::vector<float> joint = aggregator->aggregate(matrixOf(embedding->joint));
        const bool hasFeatures = embedding->features.dim > 0 && options.aggregation == "mean";
        data.joint.append(joint);
        data.features.append(hasFeatures ? aggregator->aggregate(matrixOf(embedding->features)) : joint);
        for (const std::string& part : {record.hash, record.label, record.split})
            hash.add(part);
        data.labels.push_back(classes.at(record.label));
        data.splits.push_back(splitOf(record.split));
        out.videos.push_back(record);
    }
    if (data.labels.empty())
        throw Error(ErrorKind::Input, "no embedded video has a label and a split (train, val or test)",
            library.folder().string(), "Import the videos again with --labels FILE (columns path, label, split).");
    data.hash = hash.hexadecimal();
    data.templates = int(options.templates.size());
    data.texts = encoder.encodeTexts(promptsOf(data.classes, options.templates), context);
    for (size_t i = 0; i < data.texts.rows; ++i) {
        const std::vector<float> mapped = aggregator->mapText(data.texts.row(i));
        std::ranges::copy(mapped, data.texts.row(i).begin());
    }
    const std::vector<int>& shots = options.probe.shots;
    const bool all = std::ranges::find(shots, 0) != shots.end();
    out.leftOut = dropThinClasses(
        data, all || shots.empty() ? kLeastTrain : std::min(kLeastTrain, *std::ranges::max_element(shots)));
    for (const std::string& label : out.leftOut) {
        context.log(
            LogLevel::Warning, "label \"" + label + "\" is left out: too few training videos, or none to test on");
        std::erase_if(out.videos, [&label](const VideoRecord& video) { return video.label == label; });
    }
    return out;
}

RunRecord probeRun(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key, const ProbeRunOptions& options,
    JobContext& context)
{
    RunClock clock("probe",
        {{"library", library.folder().string()}, {"model", key.model}, {"precision", key.precision},
            {"aggregation", options.aggregation}, {"shots", options.probe.shots}, {"seeds", options.probe.seeds},
            {"c", orNull(options.probe.c)}, {"templates", options.templates}},
        options.seed);
    const LibraryProbe probe = libraryProbe(library, encoder, key, options, context);
    const ProbeData& data = probe.data;
    JobContext probing = context;
    probing.seed = options.seed;
    const FewShotResult result = measureFewShots(data, options.probe, probing);
    clock.setHashes(key.modelHash, data.hash);
    std::vector<int> truth;
    for (const size_t row : result.testRows)
        truth.push_back(data.labels[row]);
    Json shots = Json::array();
    for (const ShotCurvePoint& point : result.curve)
        shots.push_back(toJson(point));
    return clock.finish({{"zeroShot", toJson(result.zeroShot)}, {"shots", std::move(shots)},
                            {"crossingShots", result.crossingShots < 0 ? Json() : Json(result.crossingShots)},
                            {"crossing", orNull(result.crossing)},
                            {"crossingInterval",
                                result.crossingLow ? Json::array({*result.crossingLow, *result.crossingHigh}) : Json()},
                            {"classes", data.classes}, {"leftOut", probe.leftOut},
                            {"testVideos", result.testRows.size()}, {"mostShots", mostShots(data)}},
        {{"confusion", confusionOf(result.votes, truth)},
            {"zeroShotConfusion", confusionOf(truth, result.zeroShotClasses, int(data.classes.size()))},
            {"predictions", predictionsOf(probe, result)}});
}

} // namespace clipscope
