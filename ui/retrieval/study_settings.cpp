// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/study_settings.h"

#include "models/display_text.h"
#include "models/shell_words.h"

#include <QStringList>

#include <algorithm>

namespace clipscope {

namespace {

constexpr int kMostOfOne = 256;

/// What stands between commas and spaces; empty where `read` does not take one of them.
template <class Value, class Read> std::vector<Value> parseList(QString text, Read&& read)
{
    std::vector<Value> out;
    for (const QString& part :
        text.replace(QLatin1Char(','), QLatin1Char(' ')).split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
        bool fits = false;
        const Value value = read(part, fits);
        if (!fits)
            return {};
        if (std::find(out.begin(), out.end(), value) == out.end())
            out.push_back(value);
    }
    return out;
}

QString joined(const std::vector<std::string>& words)
{
    QStringList out;
    for (const std::string& word : words)
        out << QString::fromStdString(word);
    return out.join(QLatin1Char(','));
}

} // namespace

QString countsText(const std::vector<int>& counts)
{
    QStringList out;
    for (const int count : counts)
        out << QString::number(count);
    return out.join(QStringLiteral(", "));
}

std::vector<int> parseCounts(const QString& text)
{
    return parseList<int>(text, [](const QString& part, bool& fits) {
        const int count = part.toInt(&fits);
        fits = fits && count >= 1 && count <= kMostOfOne;
        return count;
    });
}

QString sharesText(const std::vector<double>& shares)
{
    QStringList out;
    for (const double share : shares)
        out << QString::number(share);
    return out.join(QStringLiteral(", "));
}

std::vector<double> parseShares(const QString& text)
{
    return parseList<double>(text, [](const QString& part, bool& fits) {
        const double share = part.toDouble(&fits);
        fits = fits && share >= 0 && share < 1;
        return share;
    });
}

RetrievalStudyOptions studyOptionsOf(const RunRecord& record)
{
    RetrievalStudyOptions options;
    const Json& config = record.config;
    options.seed = record.seed;
    options.frames = config.value("frames", options.frames);
    options.clips = config.value("clips", options.clips);
    options.aggregations = config.value("aggregations", options.aggregations);
    options.patchDropout = config.value("patchDropout", options.patchDropout);
    options.freeze = config.value("freeze", options.freeze);
    options.seeds = config.value("seeds", options.seeds);
    options.trainSplit = config.value("trainSplit", options.trainSplit);
    options.testSplit = config.value("testSplit", options.testSplit);
    options.pictures = config.value("pictures", options.pictures);
    options.aggregatorEpochs = config.value("aggregatorEpochs", options.aggregatorEpochs);
    return options;
}

QString studyCommand(
    const std::filesystem::path& library, const std::string& model, const RetrievalStudyOptions& options)
{
    const auto plain = [](QString text) { return text.remove(QLatin1Char(' ')); };
    QString command = QStringLiteral("clipscope-cli study retrieval --library ") + shellQuoted(displayPath(library));
    command += QStringLiteral(" --frames %1 --clips %2 --aggregation %3 --freeze %4 --patch-dropout %5")
                   .arg(plain(countsText(options.frames)), plain(countsText(options.clips)),
                       shellQuoted(joined(options.aggregations)), shellQuoted(joined(options.freeze)),
                       plain(sharesText(options.patchDropout)));
    command += QStringLiteral(" --seeds %1 --seed %2 --train-split %3 --split %4 --pictures %5 --epochs %6")
                   .arg(options.seeds)
                   .arg(options.seed)
                   .arg(shellQuoted(QString::fromStdString(options.trainSplit)),
                       shellQuoted(QString::fromStdString(options.testSplit)))
                   .arg(options.pictures)
                   .arg(options.aggregatorEpochs);
    if (!model.empty())
        command += QStringLiteral(" --model ") + shellQuoted(QString::fromStdString(model));
    return command;
}

} // namespace clipscope
