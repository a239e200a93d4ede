// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe_run.h"

#include "base/error.h"
#include "library/embedding_store.h"
#include "probe/linear_classifier.h"
#include "probe/zero_shot.h"
#include "retrieval/captioned_videos.h"

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
    Json out = {{"k", point.shots == 0 ? Json("all") : Json(point.shots)}, {"seeds", point.draws.size()},
        {"top1Mean", point.top1Mean}, {"top1Sd", point.top1Sd}, {"top5Mean", point.top5Mean}, {"top5Sd", point.top5Sd},
        {"top1Draws", std::move(draws)}};
    if (point.method == ProbeMethod::Linear)
        out["c"] = point.c;
    if (point.method == ProbeMethod::TipAdapter)
        out.update({{"alpha", point.alpha}, {"beta", point.beta}});
    return out;
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

Json toJson(const ShotCurve& curve)
{
    Json shots = Json::array();
    for (const ShotCurvePoint& point : curve.curve)
        shots.push_back(toJson(point));
    return {{"shots", std::move(shots)},
        {"crossingShots", curve.crossingShots < 0 ? Json() : Json(curve.crossingShots)},
        {"crossing", orNull(curve.crossing)},
        {"crossingInterval", curve.crossingLow ? Json::array({*curve.crossingLow, *curve.crossingHigh}) : Json()}};
}

std::vector<std::string> namesOf(const std::vector<ProbeMethod>& methods)
{
    std::vector<std::string> out;
    for (const ProbeMethod method : methods)
        out.emplace_back(toString(method));
    return out;
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
        for (size_t c = 0; i < result.votes.size() && c < result.votes[i].size(); ++c) // the linear probe's alone
            if (result.votes[i][c] > 0)
                taken.push_back({c, result.votes[i][c]});
        out.push_back(
            {{"id", video.id}, {"video", video.path.string()}, {"label", probe.data.labels[result.testRows[i]]},
                {"taken", std::move(taken)}, {"byWords", result.hasWords ? result.zeroShotClasses[i] : -1}});
    }
    return out;
}

} // namespace

LibraryProbe libraryProbe(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key,
    const ProbeRunOptions& options, JobContext& context)
{
    const std::shared_ptr<const Aggregator> aggregator = makeAggregator(options.aggregation, originOf(key));
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
        const bool hasFeatures = embedding->features.dim > 0 && !options.aggregation.starts_with("transformer");
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
    if (encoder.info().encodesAnyText)
        data.texts = encoder.encodeTexts(promptsOf(data.classes, options.templates), context);
    else
        context.log(LogLevel::Warning,
            encoder.info().title + " " + encoder.info().note
                + ": the probe is measured without words, and methods that build on them are left out");
    Matrix mapped;
    for (size_t i = 0; i < data.texts.rows; ++i)
        mapped.append(aggregator->mapText(data.texts.row(i)));
    data.texts = std::move(mapped);
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
            {"c", orNull(options.probe.c)}, {"methods", namesOf(options.probe.methods)},
            {"templates", options.templates}},
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
    Json others = Json::array();
    for (const auto& [method, curve] : result.others) {
        Json other = {{"name", toString(method)}};
        other.update(toJson(curve));
        others.push_back(std::move(other));
    }
    Json results = {{"zeroShot", result.hasWords ? toJson(result.zeroShot) : Json()}};
    results.update(toJson(static_cast<const ShotCurve&>(result)));
    results.update({{"methods", std::move(others)}, {"classes", data.classes}, {"leftOut", probe.leftOut},
        {"testVideos", result.testRows.size()}, {"mostShots", mostShots(data)}});
    Json arrays = {{"confusion", confusionOf(result.votes, truth)}, {"predictions", predictionsOf(probe, result)}};
    if (result.hasWords)
        arrays["zeroShotConfusion"] = confusionOf(truth, result.zeroShotClasses, int(data.classes.size()));
    return clock.finish(std::move(results), std::move(arrays));
}

} // namespace clipscope
