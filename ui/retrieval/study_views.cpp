// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/study_views.h"

#include "models/display_text.h"
#include "retrieval/study_settings.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <array>
#include <cmath>

namespace clipscope {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(RetrievalPage)
};

QString pointsText(double difference)
{
    return (difference > 0 ? QStringLiteral("+") : QString()) + QLocale().toString(100 * difference, 'f', 1);
}

QString intervalText(double low, double high)
{
    return Text::tr("%1 to %2").arg(pointsText(low), pointsText(high));
}

/// "F1" as a sentence's beginning.
QString findingText(const QString& finding)
{
    if (finding == QLatin1String("F1"))
        return Text::tr("F1 more frames by aggregation");
    if (finding == QLatin1String("F2"))
        return Text::tr("F2 fewer frames a clip, aggregated");
    if (finding == QLatin1String("F3 patch dropout"))
        return Text::tr("F3 patch dropout");
    if (finding == QLatin1String("F3 freezing"))
        return Text::tr("F3 freezing");
    return Text::tr("aggregation against the mean");
}

double placeOf(int frames)
{
    return std::log2(frames);
}

void addTick(std::vector<PlotTick>& ticks, int frames)
{
    const auto known = [frames](const PlotTick& tick) { return std::abs(tick.at - placeOf(frames)) < 1e-9; };
    if (std::none_of(ticks.begin(), ticks.end(), known))
        ticks.push_back({placeOf(frames), QString::number(frames)});
}

} // namespace

StudyPlot studyPlot(const std::vector<NamedStudy>& studies, bool twins)
{
    StudyPlot out;
    PlotContent& content = out.content;
    content.title = twins ? Text::tr("R@1 of the twins over the frames seen of a video")
                          : Text::tr("R@1 over the frames seen of a video");
    content.xLabel = Text::tr("frames seen of a video (F times K)");
    content.yLabel = twins ? Text::tr("twins whose video comes first") : Text::tr("captions whose video comes first");
    for (size_t study = 0; study < studies.size(); ++study) {
        const std::vector<StudyResults::Row>& rows = studies[study].results.rows;
        std::vector<bool> taken(rows.size());
        for (size_t first = 0; first < rows.size(); ++first) {
            if (taken[first] || (twins && !rows[first].twinsR1))
                continue;
            std::vector<size_t> line;
            for (size_t i = first; i < rows.size(); ++i)
                if (!taken[i] && rows[i].isOfLine(rows[first]) && !(twins && !rows[i].twinsR1)) {
                    line.push_back(i);
                    taken[i] = true;
                }
            std::sort(line.begin(), line.end(), [&](size_t a, size_t b) { return rows[a].clips < rows[b].clips; });
            PlotCurve curve;
            std::vector<int> places;
            curve.name =
                (studies.size() > 1 ? studies[study].name + QStringLiteral(": ") : QString()) + rows[first].lineName();
            for (const size_t i : line) {
                const StudyResults::Row& row = rows[i];
                const double x = placeOf(row.totalFrames());
                addTick(content.xTicks, row.totalFrames());
                curve.x.push_back(x);
                curve.mean.push_back(twins ? *row.twinsR1 : row.r1);
                curve.low.push_back(twins ? *row.twinsLow : row.r1Low);
                curve.high.push_back(twins ? *row.twinsHigh : row.r1High);
                const QString told = Text::tr("%1: %2 frames, R@1 %3, 95 % interval %4 to %5")
                                         .arg(row.name())
                                         .arg(row.totalFrames())
                                         .arg(percentText(curve.mean.back()), percentText(curve.low.back()),
                                             percentText(curve.high.back()));
                // Without twins each seed is a point; of them only the mean is kept.
                const std::vector<double> seeds =
                    twins || row.r1Seeds.empty() ? std::vector<double>{curve.mean.back()} : row.r1Seeds;
                for (size_t seed = 0; seed < seeds.size(); ++seed) {
                    curve.points.push_back({x, seeds[seed],
                        seeds.size() > 1 ? told + Text::tr("\nseed %1: %2").arg(seed + 1).arg(percentText(seeds[seed]))
                                         : told});
                    places.push_back(study == 0 ? int(i) : -1);
                }
            }
            content.curves.push_back(std::move(curve));
            out.rows.push_back(std::move(places));
        }
    }
    return out;
}

FiguresModel::Table studyNumbers(const StudyResults& results)
{
    FiguresModel::Table table;
    table.columns = {Text::tr("Combination"), Text::tr("Frames"), Text::tr("R@1"), Text::tr("sd"),
        Text::tr("95 % interval"), Text::tr("R@5"), Text::tr("Median rank"), Text::tr("Video to text R@1"),
        Text::tr("s an epoch"), Text::tr("Trained parameters")};
    const bool twins = results.twins > 0;
    if (twins)
        table.columns.insert(5, Text::tr("R@1 of twins"));
    const QLocale locale;
    for (const StudyResults::Row& row : results.rows) {
        std::vector<FiguresModel::Cell> cells = {{row.name()}, {QString::number(row.totalFrames())},
            {percentText(row.r1), row.r1}, {row.r1Sd ? percentText(*row.r1Sd) : QString()},
            {Text::tr("%1 to %2").arg(percentText(row.r1Low), percentText(row.r1High))}, {percentText(row.r5), row.r5},
            {locale.toString(row.medianRank, 'f', 1)}, {percentText(row.videoToTextR1), row.videoToTextR1},
            {row.secondsPerEpoch ? locale.toString(*row.secondsPerEpoch, 'f', 2) : QString()},
            {row.trainedParameters > 0 ? Text::tr("%1 M").arg(locale.toString(row.trainedParameters / 1e6, 'f', 2))
                                       : QStringLiteral("0")}};
        if (twins)
            cells.insert(cells.begin() + 5,
                row.twinsR1 ? FiguresModel::Cell{percentText(*row.twinsR1), *row.twinsR1} : FiguresModel::Cell{});
        table.rows.push_back(std::move(cells));
    }
    return table;
}

FiguresModel::Table studyFindings(const StudyResults& results, bool twins)
{
    FiguresModel::Table table;
    table.columns = {Text::tr("Finding"), Text::tr("Combination"), Text::tr("Against"), Text::tr("It is"),
        Text::tr("R@1, points"), Text::tr("95 % interval")};
    table.texts = 4;
    for (const StudyResults::Comparison& comparison : twins ? results.twinComparisons : results.comparisons) {
        const QString verdict = comparison.low > 0 ? Text::tr("better")
            : comparison.high < 0                  ? Text::tr("worse")
                                                   : Text::tr("not told apart");
        table.rows.push_back({{findingText(comparison.finding)}, {results.rows[size_t(comparison.row)].name()},
            {results.rows[size_t(comparison.against)].name()}, {verdict}, {pointsText(comparison.difference)},
            {intervalText(comparison.low, comparison.high)}});
    }
    return table;
}

FiguresModel::Table studyRanks(const StudyResults& results, int row)
{
    struct Bin {
        int first, last;
    };
    constexpr int kNoEnd = std::numeric_limits<int>::max();
    constexpr std::array kBins = {
        Bin{1, 1}, Bin{2, 2}, Bin{3, 5}, Bin{6, 10}, Bin{11, 50}, Bin{51, 100}, Bin{101, kNoEnd}};
    FiguresModel::Table table;
    table.columns = {Text::tr("Rank of the right video"), Text::tr("Queries"), Text::tr("Share")};
    if (row < 0 || row >= int(results.rows.size()))
        return table;
    const std::vector<std::vector<int>>& seeds = results.rows[size_t(row)].ranks;
    size_t all = 0;
    for (const std::vector<int>& ranks : seeds)
        all += ranks.size();
    for (const Bin& bin : kBins) {
        if (all == 0 || bin.first > results.videos)
            break;
        int64_t count = 0;
        for (const std::vector<int>& ranks : seeds)
            count += std::count_if(
                ranks.begin(), ranks.end(), [&](int rank) { return rank >= bin.first && rank <= bin.last; });
        const QString name = bin.last == kNoEnd ? Text::tr("more than %1").arg(bin.first - 1)
            : bin.first == bin.last             ? QString::number(bin.first)
                                                : QStringLiteral("%1 \u2013 %2").arg(bin.first).arg(bin.last);
        const double share = double(count) / double(all);
        table.rows.push_back({{name}, {QLocale().toString(double(count) / double(seeds.size()), 'f', seeds.size() > 1)},
            {percentText(share), share}});
    }
    return table;
}

RunLines studyLines(const RunRecord& record)
{
    const RetrievalStudyOptions options = studyOptionsOf(record);
    const StudyResults results = studyResultsOf(record);
    const auto best = std::max_element(results.rows.begin(), results.rows.end(),
        [](const StudyResults::Row& a, const StudyResults::Row& b) { return a.r1 < b.r1; });
    RunLines lines;
    lines.title = Text::tr("F %1 \u00d7 K %2").arg(countsText(options.frames), countsText(options.clips));
    lines.detail = best == results.rows.end()
        ? QString()
        : Text::tr("best R@1 %1, %2").arg(percentText(best->r1), durationText(record.wallSeconds));
    return lines;
}

Explanation explainStudyAhead()
{
    Explanation e;
    e.shown = Text::tr("How often the video that a caption belongs to comes first, over the number of frames that are "
                       "seen of each video: one line for each number of frames a clip and each aggregation.");
    e.how =
        Text::tr("A video is seen in K clips of F frames, the middles of equal parts. A clip's embedding is the mean "
                 "of its frames'; the K clips are aggregated to one vector, and captions rank the videos.");
    e.formula = Text::tr("R@1 = share of captions whose video ranks first");
    e.paper =
        Text::tr("Most models improve with more frames by aggregation; a model trained with fewer frames beats ones "
                 "with two and four times as many by aggregating; patch dropout and frozen embeddings are better "
                 "and cheaper (Lindgren 2023, ActivityNet Captions; no figures are public).");
    e.repeated = Text::tr(
        "On 500 unseen stories of the sample world: R@1 .13 with one frame, .65 with twelve. Trained with 3 frames and "
        "aggregated, it is as good as trained with 6 or 12 frames. Half of the patches cost nothing that can be "
        "measured and train 1.5 times as fast; frozen embeddings are neither better nor worse; with three blocks "
        "frozen and a quarter of the patches it is as good as with all, 4.4 times as fast.");
    e.next = Text::tr("Run it on the sample library: its captions and splits are there.");
    return e;
}

Explanation explainStudy(const RunRecord& record, const StudyResults& results)
{
    const RetrievalStudyOptions options = studyOptionsOf(record);
    const QLocale locale;
    Explanation e = explainStudyAhead();
    e.shown =
        Text::tr("%1 rank %2. Each point: one combination and seed; the line is their mean, the band the 95 % interval "
                 "over the queries. A click on a point shows its queries below.")
            .arg(counted(results.queries, Text::tr("caption"), Text::tr("captions")), countedVideos(results.videos));
    e.formula = Text::tr("clip = unit mean of F unit frames; video = aggregation of K clips\n"
                         "R@1 = share of captions whose video ranks first\n"
                         "interval: 2,000 draws of the queries; differences are taken query by query");
    QStringList freeze;
    for (const std::string& words : options.freeze)
        freeze << QString::fromStdString(words);
    QStringList aggregations;
    for (const std::string& name : options.aggregations)
        aggregations << QString::fromStdString(name);
    e.config = {{Text::tr("model"), QString::fromStdString(record.config.value("model", std::string()))},
        {Text::tr("F"), countsText(options.frames)}, {Text::tr("K"), countsText(options.clips)},
        {Text::tr("aggregation"), aggregations.join(QStringLiteral(", "))},
        {Text::tr("frozen"), freeze.join(QStringLiteral(", "))}};
    if (freeze != QStringList(QStringLiteral("all"))) {
        e.config.push_back({Text::tr("patch dropout"), sharesText(options.patchDropout)});
        e.config.push_back({Text::tr("pictures a training"), locale.toString(qlonglong(options.pictures))});
    }
    e.config.push_back({Text::tr("seeds"), locale.toString(options.seeds)});
    e.config.push_back({Text::tr("tested on"),
        options.testSplit.empty() ? Text::tr("every video")
                                  : Text::tr("split %1").arg(QString::fromStdString(options.testSplit))});
    QStringList measured;
    for (const char* finding : {"F1", "F2", "F3 patch dropout", "F3 freezing", "aggregation"}) {
        int better = 0, worse = 0, all = 0;
        for (const StudyResults::Comparison& comparison : results.comparisons) {
            if (comparison.finding != QLatin1String(finding))
                continue;
            ++all;
            better += comparison.low > 0;
            worse += comparison.high < 0;
        }
        if (all > 0)
            measured << Text::tr("%1: better in %2 of %3 comparisons, worse in %4, not told apart in %5.")
                            .arg(findingText(QLatin1String(finding)))
                            .arg(better)
                            .arg(all)
                            .arg(worse)
                            .arg(all - better - worse);
    }
    if (!results.leftOut.isEmpty())
        measured << Text::tr("Left out, for they ask for more frames than any video has stored: %1.")
                        .arg(results.leftOut.join(QStringLiteral("; ")));
    e.measured = measured.join(QLatin1Char('\n'));
    e.next = results.twins > 0
        ? Text::tr(
            "Switch to the twins: same things, direction or order turned round. The mean of frames cannot tell them "
            "apart; does the Transformer?")
        : Text::tr(
            "Add the Transformer, or more clips. Then click the best point and look at the queries that still fail.");
    e.provenance = provenanceText(record);
    return e;
}

} // namespace clipscope
