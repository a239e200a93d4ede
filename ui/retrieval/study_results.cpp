// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/study_results.h"

#include "experiment/record_reader.h"

#include <QCoreApplication>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace clipscope {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(RetrievalPage)
};

QString readText(const Json& object, const char* key)
{
    return QString::fromStdString(readKey<std::string>(object, key).value_or(std::string()));
}

std::pair<double, double> readInterval(const Json& object, const char* key, double otherwise)
{
    const auto pair = readKey<std::vector<double>>(object, key);
    return pair && pair->size() == 2 ? std::pair((*pair)[0], (*pair)[1]) : std::pair(otherwise, otherwise);
}

StudyResults::Row rowOf(const Json& json)
{
    StudyResults::Row row;
    row.frames = std::max(1, readKey<int>(json, "frames").value_or(1));
    row.clips = std::max(1, readKey<int>(json, "clips").value_or(1));
    row.aggregation = readText(json, "aggregation");
    row.freeze = readText(json, "freeze");
    row.patchDropout = readKey<double>(json, "patchDropout").value_or(0);
    const Json metrics = readKey<Json>(json, "textToVideo").value_or(Json());
    row.r1 = readKey<double>(metrics, "r1Mean").value_or(0);
    row.r1Sd = readKey<double>(metrics, "r1Sd");
    std::tie(row.r1Low, row.r1High) = readInterval(metrics, "r1Interval", row.r1);
    row.r1Seeds = readKey<std::vector<double>>(metrics, "r1Seeds").value_or(std::vector<double>());
    row.r5 = readKey<double>(metrics, "r5Mean").value_or(0);
    row.medianRank = readKey<double>(metrics, "medianRankMean").value_or(0);
    row.videoToTextR1 = readKey<double>(readKey<Json>(json, "videoToText").value_or(Json()), "r1Mean").value_or(0);
    if (const auto twins = readKey<Json>(json, "twinsR1")) {
        row.twinsR1 = readKey<double>(*twins, "mean");
        const auto [low, high] = readInterval(*twins, "interval", row.twinsR1.value_or(0));
        row.twinsLow = low;
        row.twinsHigh = high;
    }
    const Json training = readKey<Json>(json, "training").value_or(Json());
    const Json aggregator = readKey<Json>(training, "aggregator").value_or(Json());
    row.secondsPerEpoch = readKey<double>(training, "secondsPerEpoch");
    if (!row.secondsPerEpoch)
        row.secondsPerEpoch = readKey<double>(aggregator, "secondsPerEpoch");
    row.trainedParameters = readKey<double>(training, "trainableParameters").value_or(0)
        + readKey<double>(aggregator, "parameters").value_or(0);
    return row;
}

std::vector<StudyResults::Comparison> comparisonsOf(const Json& json, const char* key, int rows)
{
    std::vector<StudyResults::Comparison> out;
    for (const Json& entry : readKey<std::vector<Json>>(json, key).value_or(std::vector<Json>())) {
        StudyResults::Comparison comparison;
        comparison.finding = readText(entry, "finding");
        comparison.row = readKey<int>(entry, "row").value_or(-1);
        comparison.against = readKey<int>(entry, "against").value_or(-1);
        comparison.difference = readKey<double>(entry, "r1Difference").value_or(0);
        std::tie(comparison.low, comparison.high) = readInterval(entry, "interval", comparison.difference);
        if (comparison.row >= 0 && comparison.row < rows && comparison.against >= 0 && comparison.against < rows)
            out.push_back(comparison);
    }
    return out;
}

} // namespace

bool StudyResults::Row::isOfLine(const Row& other) const
{
    return frames == other.frames && aggregation == other.aggregation && freeze == other.freeze
        && patchDropout == other.patchDropout;
}

QString StudyResults::Row::lineName() const
{
    QString out = Text::tr("F%1, %2").arg(frames).arg(aggregation);
    if (trainsTowers())
        out += Text::tr(", freeze %1, p = %2").arg(freeze).arg(patchDropout);
    return out;
}

QString StudyResults::Row::name() const
{
    QString out = Text::tr("F%1 K%2, %3").arg(frames).arg(clips).arg(aggregation);
    if (trainsTowers())
        out += Text::tr(", freeze %1, p = %2").arg(freeze).arg(patchDropout);
    return out;
}

std::vector<double> StudyResults::meanRanks(int row) const
{
    const std::vector<std::vector<int>>& seeds = rows[size_t(row)].ranks;
    std::vector<double> out(seeds.empty() ? 0 : seeds.front().size());
    for (const std::vector<int>& ranks : seeds)
        for (size_t query = 0; query < out.size() && query < ranks.size(); ++query)
            out[query] += double(ranks[query]) / double(seeds.size());
    return out;
}

void StudyResults::add(const RetrievalStudyCell& cell)
{
    if (cell.row < 0)
        return;
    if (rows.size() <= size_t(cell.row))
        rows.resize(size_t(cell.row) + 1);
    Row& row = rows[size_t(cell.row)];
    row.frames = cell.frames;
    row.clips = cell.clips;
    row.aggregation = QString::fromStdString(cell.aggregation);
    row.freeze = QString::fromStdString(cell.freeze);
    row.patchDropout = cell.patchDropout;
    row.r1Seeds.push_back(cell.r1);
    row.r1 = std::accumulate(row.r1Seeds.begin(), row.r1Seeds.end(), 0.) / double(row.r1Seeds.size());
    row.r1Low = row.r1High = row.r1;
}

StudyResults studyResultsOf(const RunRecord& record)
{
    StudyResults out;
    const Json& json = record.results;
    out.videos = readKey<int>(json, "videos").value_or(0);
    out.queries = readKey<int>(json, "queries").value_or(0);
    out.twins = readKey<int>(json, "twins").value_or(0);
    for (const Json& row : readKey<std::vector<Json>>(json, "rows").value_or(std::vector<Json>()))
        out.rows.push_back(rowOf(row));
    const auto ranks = readKey<std::vector<std::vector<std::vector<int>>>>(record.arrays, "ranks");
    if (ranks && ranks->size() == out.rows.size())
        for (size_t row = 0; row < out.rows.size(); ++row)
            out.rows[row].ranks = (*ranks)[row];
    for (const std::string& path :
        readKey<std::vector<std::string>>(record.arrays, "queryVideos").value_or(std::vector<std::string>()))
        out.queryVideos << QString::fromStdString(path);
    out.comparisons = comparisonsOf(json, "comparisons", int(out.rows.size()));
    out.twinComparisons = comparisonsOf(json, "comparisonsOfTwins", int(out.rows.size()));
    return out;
}

} // namespace clipscope
