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

double mean(const std::vector<double>& values)
{
    return std::accumulate(values.begin(), values.end(), 0.) / double(values.size());
}

QString readText(const Json& object, const char* key)
{
    return QString::fromStdString(readKey<std::string>(object, key).value_or(std::string()));
}

QString trainingName(const QString& freeze, double patchDropout)
{
    return Text::tr("freeze %1, p = %2").arg(freeze).arg(patchDropout);
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
    if (row.r1Seeds.empty())
        row.r1Seeds = {row.r1};
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
    row.secondsPerEpochSeeds =
        readKey<std::vector<double>>(training, "secondsPerEpochSeeds").value_or(std::vector<double>());
    row.picturesPerSecond = readKey<double>(training, "picturesPerSecond");
    if (!row.secondsPerEpoch)
        row.secondsPerEpoch = readKey<double>(aggregator, "secondsPerEpoch");
    row.trainedParameters = readKey<double>(training, "trainableParameters").value_or(0)
        + readKey<double>(aggregator, "parameters").value_or(0);
    return row;
}

StudyResults::Training trainingOf(const Json& json)
{
    StudyResults::Training training;
    training.frames = readKey<int>(json, "frames").value_or(1);
    training.seed = readKey<int>(json, "seed").value_or(0);
    training.freeze = readText(json, "freeze");
    training.patchDropout = readKey<double>(json, "patchDropout").value_or(0);
    double pictures = 0, seconds = 0;
    for (const Json& entry : readKey<std::vector<Json>>(json, "curve").value_or(std::vector<Json>())) {
        StudyResults::Training::Moment moment;
        moment.pictures = readKey<double>(entry, "pictures").value_or(0);
        moment.loss = readKey<double>(entry, "clipLoss");
        moment.r1 = readKey<double>(entry, "r1");
        const double now = readKey<double>(entry, "seconds").value_or(0);
        if (now > seconds && moment.pictures > pictures)
            moment.picturesPerSecond = (moment.pictures - pictures) / (now - seconds);
        pictures = moment.pictures;
        seconds = now;
        training.moments.push_back(moment);
    }
    return training;
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

bool StudyResults::Row::isSeenAs(const Row& other) const
{
    return frames == other.frames && clips == other.clips && aggregation == other.aggregation;
}

bool StudyResults::Row::hasTowersOf(const Row& other) const
{
    return freeze == other.freeze && patchDropout == other.patchDropout;
}

QString StudyResults::Row::lineName() const
{
    const QString out = Text::tr("F%1, %2").arg(frames).arg(aggregation);
    return trainsTowers() ? out + QStringLiteral(", ") + towersName() : out;
}

QString StudyResults::Row::name() const
{
    return trainsTowers() ? seenName() + QStringLiteral(", ") + towersName() : seenName();
}

QString StudyResults::Row::seenName() const
{
    return Text::tr("F%1 K%2, %3").arg(frames).arg(clips).arg(aggregation);
}

QString StudyResults::Row::towersName() const
{
    return trainsTowers() ? trainingName(freeze, patchDropout) : Text::tr("the model as it is");
}

QString StudyResults::Training::name() const
{
    return trainingName(freeze, patchDropout) + Text::tr(", F%1, seed %2").arg(frames).arg(seed + 1);
}

bool StudyResults::Training::isLike(const Training& other) const
{
    return freeze == other.freeze && patchDropout == other.patchDropout;
}

bool StudyResults::Training::isOf(const Row& row) const
{
    return freeze == row.freeze && patchDropout == row.patchDropout;
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
    row.r1 = mean(row.r1Seeds);
    row.r1Low = row.r1High = row.r1;
    if (cell.picturesPerSecond > 0) {
        row.secondsPerEpochSeeds.push_back(cell.secondsPerEpoch);
        row.secondsPerEpoch = mean(row.secondsPerEpochSeeds);
        row.picturesPerSecond = cell.picturesPerSecond;
        row.trainedParameters = cell.trainableParameters;
    }
}

void StudyResults::add(const RetrievalStudyTraining& told)
{
    const auto isIt = [&](const Training& training) {
        return training.frames == told.frames && training.seed == told.seed
            && training.freeze.toStdString() == told.freeze && training.patchDropout == told.patchDropout;
    };
    auto found = std::find_if(trainings.begin(), trainings.end(), isIt);
    if (found == trainings.end())
        found = trainings.insert(
            trainings.end(), {told.frames, told.seed, QString::fromStdString(told.freeze), told.patchDropout, {}});
    Training::Moment moment;
    moment.pictures = double(told.progress.pictures);
    if (told.progress.clipLoss > 0)
        moment.loss = told.progress.clipLoss;
    moment.picturesPerSecond = told.progress.picturesPerSecond;
    std::optional<double> last; // it is told until there is another
    for (const Training::Moment& before : found->moments)
        last = before.r1 ? before.r1 : last;
    if (told.progress.validationR1 >= 0 && told.progress.validationR1 != last)
        moment.r1 = told.progress.validationR1;
    found->moments.push_back(moment);
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
    for (const Json& training : readKey<std::vector<Json>>(record.arrays, "trainings").value_or(std::vector<Json>()))
        out.trainings.push_back(trainingOf(training));
    out.leftOut = readTexts(json, "leftOut");
    out.queryVideos = readTexts(record.arrays, "queryVideos");
    out.comparisons = comparisonsOf(json, "comparisons", int(out.rows.size()));
    out.twinComparisons = comparisonsOf(json, "comparisonsOfTwins", int(out.rows.size()));
    return out;
}

} // namespace clipscope
