// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/retrieval_study_internal.h"

#include "base/mean_and_sd.h"
#include "retrieval/paired_difference.h"

#include <algorithm>

namespace clipscope {

namespace {

using Cells = std::vector<std::vector<StudyCell>>;

/// The share of seeds in which each query of `chosen` found its video at once.
std::vector<double> firstPlaces(const std::vector<StudyCell>& cells, const std::vector<size_t>& chosen)
{
    std::vector<double> out(chosen.size());
    for (const StudyCell& cell : cells)
        for (size_t i = 0; i < chosen.size(); ++i)
            out[i] += double(cell.ranks[chosen[i]] == 1) / double(cells.size());
    return out;
}

/// Differences of R@1 between rows that differ in what a finding is about, over the queries `chosen`.
Json comparisons(
    const std::vector<StudyRow>& rows, const Cells& cells, const std::vector<size_t>& chosen, uint64_t seed)
{
    Json out = Json::array();
    const auto compare = [&](const char* finding, size_t row, const StudyRow& against) {
        const auto found = std::ranges::find(rows, against);
        if (found == rows.end() || against == rows[row])
            return;
        const auto other = size_t(found - rows.begin());
        const MeanInterval difference =
            pairedDifference(firstPlaces(cells[row], chosen), firstPlaces(cells[other], chosen), seed);
        out.push_back({{"finding", finding}, {"row", row}, {"against", other}, {"r1Difference", difference.mean},
            {"interval", {difference.low, difference.high}}});
    };
    int fewestClips = rows.front().clips;
    double leastDropout = 1;
    for (const StudyRow& row : rows) {
        fewestClips = std::min(fewestClips, row.clips);
        if (row.trainsTowers())
            leastDropout = std::min(leastDropout, row.patchDropout);
    }
    for (size_t i = 0; i < rows.size(); ++i) {
        StudyRow against = rows[i];
        against.clips = fewestClips;
        compare("F1", i, against); // more frames of the same model by aggregation
        for (const int times : {2, 4}) { // a model of so many times more frames, seen in one clip
            against = rows[i];
            against.frames *= times;
            against.clips = 1;
            against.aggregation = "mean";
            if (rows[i].clips > 1)
                compare("F2", i, against);
        }
        if (rows[i].trainsTowers()) {
            against = rows[i];
            against.patchDropout = leastDropout;
            compare("F3 patch dropout", i, against);
            against = rows[i];
            against.freeze = rows.front().freeze;
            if (!against.trainsTowers())
                against.patchDropout = 0;
            compare("F3 freezing", i, against);
        }
        against = rows[i];
        against.aggregation = "mean";
        compare("aggregation", i, against);
    }
    return out;
}

Json interval(const std::vector<StudyCell>& cells, const std::vector<size_t>& chosen, uint64_t seed)
{
    const MeanInterval value = bootstrapMean(firstPlaces(cells, chosen), seed);
    return {{"mean", value.mean}, {"interval", {value.low, value.high}}};
}

Json metricsJson(const std::vector<RetrievalMetrics>& seeds)
{
    Json out;
    const auto add = [&](const std::string& name, double RetrievalMetrics::*member) {
        std::vector<double> values;
        for (const RetrievalMetrics& metrics : seeds)
            values.push_back(metrics.*member);
        const MeanAndSd spread = meanAndSd(values);
        out[name + "Mean"] = spread.mean;
        out[name + "Sd"] = spread.sd ? Json(*spread.sd) : Json();
        if (name == "r1")
            out["r1Seeds"] = values;
    };
    add("r1", &RetrievalMetrics::r1);
    add("r5", &RetrievalMetrics::r5);
    add("r10", &RetrievalMetrics::r10);
    add("medianRank", &RetrievalMetrics::medianRank);
    add("meanRank", &RetrievalMetrics::meanRank);
    return out;
}

/// What training cost, means over the seeds and each seed's: of the towers, and beside them of the aggregation.
Json trainingJson(const std::vector<StudyCell>& cells)
{
    Json out = cells.front().training;
    out.erase("curve"); // an array of the record
    const auto average = [&](Json& entry, const std::string& name, auto&& valueOf) {
        std::vector<double> seeds;
        for (const StudyCell& cell : cells)
            seeds.push_back(valueOf(cell.training).template get<double>());
        entry[name] = meanAndSd(seeds).mean;
        entry[std::string(name).append("Seeds")] = seeds;
    };
    for (const char* name : {"secondsPerEpoch", "picturesPerSecond", "trainSeconds"})
        if (out.contains(name))
            average(out, name, [&](const Json& training) { return training.at(name); });
    if (out.contains("aggregator"))
        for (const char* name : {"seconds", "secondsPerEpoch"})
            average(out["aggregator"], name, [&](const Json& training) { return training.at("aggregator").at(name); });
    return out;
}

Json rowResults(const StudyRow& row, const std::vector<StudyCell>& cells, const std::vector<size_t>& all, uint64_t seed)
{
    Json out = row.toJson();
    std::vector<RetrievalMetrics> textToVideo, videoToText;
    for (const StudyCell& cell : cells) {
        textToVideo.push_back(metricsOfRanks(cell.ranks));
        videoToText.push_back(cell.videoToText);
    }
    out["seeds"] = cells.size();
    out["textToVideo"] = metricsJson(textToVideo);
    out["textToVideo"]["r1Interval"] = interval(cells, all, seed)["interval"];
    out["videoToText"] = metricsJson(videoToText);
    out["training"] = trainingJson(cells);
    return out;
}

} // namespace

Json StudyCell::toJson() const
{
    const RetrievalMetrics& m = videoToText;
    return {{"ranks", ranks}, {"training", training},
        {"videoToText", {m.r1, m.r5, m.r10, m.medianRank, m.meanRank, m.queries}}};
}

StudyCell StudyCell::of(const Json& json)
{
    const Json& m = json.at("videoToText");
    return {json.at("ranks"), {m.at(0), m.at(1), m.at(2), m.at(3), m.at(4), m.at(5)}, json.at("training")};
}

Json studyResults(const std::vector<StudyRow>& rows, const Cells& cells, const StudyQueries& queries, uint64_t seed)
{
    std::vector<size_t> all, twins, others;
    for (size_t query = 0; query < queries.videos.size(); ++query) {
        all.push_back(query);
        (queries.isTwin[query] ? twins : others).push_back(query);
    }
    Json out = {{"queries", all.size()}, {"rows", Json::array()}, {"comparisons", comparisons(rows, cells, all, seed)}};
    for (size_t row = 0; row < rows.size(); ++row) {
        Json entry = rowResults(rows[row], cells[row], all, seed);
        if (!twins.empty()) {
            entry["twinsR1"] = interval(cells[row], twins, seed);
            entry["othersR1"] = interval(cells[row], others, seed);
        }
        out["rows"].push_back(std::move(entry));
    }
    if (!twins.empty()) {
        out["twins"] = twins.size();
        out["comparisonsOfTwins"] = comparisons(rows, cells, twins, seed);
    }
    return out;
}

Json studyArrays(const std::vector<StudyRow>& rows, const Cells& cells, const StudyQueries& queries)
{
    Json paths = Json::array(), ranks = Json::array();
    for (const std::filesystem::path& path : queries.videos)
        paths.push_back(path.string());
    for (const std::vector<StudyCell>& row : cells) {
        Json& seeds = ranks.emplace_back(Json::array());
        for (const StudyCell& cell : row)
            seeds.push_back(cell.ranks);
    }
    Json out = {{"queryVideos", std::move(paths)}, {"ranks", std::move(ranks)}};
    for (size_t row = 0; row < rows.size(); ++row) {
        if (!rows[row].trainsTowers() || (row > 0 && rows[row].sharesModel(rows[row - 1])))
            continue;
        for (size_t seed = 0; seed < cells[row].size(); ++seed)
            out["trainings"].push_back(
                {{"frames", rows[row].frames}, {"patchDropout", rows[row].patchDropout}, {"freeze", rows[row].freeze},
                    {"seed", seed}, {"curve", cells[row][seed].training.value("curve", Json::array())}});
    }
    return out;
}

} // namespace clipscope
