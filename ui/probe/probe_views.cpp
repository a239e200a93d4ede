// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/probe_views.h"

#include "models/display_text.h"
#include "probe/probe_settings.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace clipscope {

namespace {
constexpr double kPaperLow = 2, kPaperHigh = 4; // Lindgren 2023, ActivityNet200
constexpr double kAllApart = .6; // of "all" from the shots before it where it is no more than they are
constexpr double kSpread = .26; // of the single draws, across
constexpr double kGolden = .61803398875; // multiples of it fill a stretch evenly

struct Text {
    Q_DECLARE_TR_FUNCTIONS(ProbePage)
};

QString shotsWord(int shots)
{
    return shots == 0 ? Text::tr("all") : QString::number(shots);
}

/// Shots stand by their logarithm; "all" where its number is, or apart where that is not beyond the others.
double placeOf(const ProbeResults& results, int shots)
{
    if (shots > 0)
        return std::log2(shots);
    double last = 0;
    const auto see = [&last](const std::vector<ShotCurvePoint>& curve) {
        for (const ShotCurvePoint& point : curve)
            if (point.shots > 0)
                last = std::max(last, std::log2(point.shots));
    };
    see(results.curve);
    for (const ProbeResults::Other& other : results.others)
        see(other.curve);
    return std::max(last + kAllApart, results.mostShots > 0 ? std::log2(results.mostShots) : 0);
}

double offsetOf(size_t draw)
{
    return (std::fmod(double(draw) * kGolden + .5, 1) - .5) * kSpread;
}

QString methodName(ProbeMethod method)
{
    switch (method) {
    case ProbeMethod::Linear:
        return Text::tr("linear probe");
    case ProbeMethod::TipAdapter:
        return Text::tr("Tip-Adapter");
    case ProbeMethod::LpPlusPlus:
        return Text::tr("LP++");
    }
    return {};
}

PlotCurve curveOf(
    const ProbeResults& results, const std::vector<ShotCurvePoint>& points, const QString& name, bool top5)
{
    PlotCurve curve;
    curve.name = name;
    for (const ShotCurvePoint& point : points) {
        const double at = placeOf(results, point.shots);
        const double mean = top5 ? point.top5Mean : point.top1Mean, sd = top5 ? point.top5Sd : point.top1Sd;
        curve.x.push_back(at);
        curve.mean.push_back(mean);
        curve.low.push_back(std::max(mean - sd, 0.));
        curve.high.push_back(std::min(mean + sd, 1.));
        for (size_t draw = 0; draw < point.draws.size() && !top5; ++draw)
            curve.points.push_back({at + offsetOf(draw), point.draws[draw].top1,
                methodName(point.method)
                    + Text::tr(", %1 labelled videos a label, draw %2: %3\nmean of %4 draws %5, sd %6")
                          .arg(shotsWord(point.shots))
                          .arg(draw + 1)
                          .arg(percentText(point.draws[draw].top1))
                          .arg(point.draws.size())
                          .arg(percentText(mean), percentText(sd))});
    }
    return curve;
}

/// Where a (fractional) number of shots stands on the axis.
double crossingPlace(double shots)
{
    return std::log2(std::max(shots, 1.));
}

/// Of the linear probe's results, or of another method's.
template <class Curve> QString crossingText(const Curve& results)
{
    const QLocale locale;
    QString text = locale.toString(*results.crossing, 'f', 1);
    if (results.crossingLow)
        text += QStringLiteral(" [%1, %2]")
                    .arg(locale.toString(*results.crossingLow, 'f', 1), locale.toString(*results.crossingHigh, 'f', 1));
    return text;
}
} // namespace

PlotContent probePlot(const std::vector<NamedResults>& runs, bool top5)
{
    PlotContent content;
    content.title = top5 ? Text::tr("Top-5 accuracy over labelled videos a label")
                         : Text::tr("Accuracy over labelled videos a label");
    content.xLabel = Text::tr("labelled videos a label");
    content.yLabel = top5 ? Text::tr("top-5 accuracy on test videos") : Text::tr("accuracy on test videos");
    const auto add = [&](const NamedResults& run, const std::vector<ShotCurvePoint>& points, const QString& name) {
        content.curves.push_back(curveOf(run.results, points, name, top5));
        for (const ShotCurvePoint& point : points) {
            const double at = placeOf(run.results, point.shots);
            const bool known = std::any_of(content.xTicks.begin(), content.xTicks.end(),
                [at](const PlotTick& tick) { return std::abs(tick.at - at) < 1e-9; });
            if (!known)
                content.xTicks.push_back({at, shotsWord(point.shots)});
        }
    };
    for (const NamedResults& run : runs) {
        const auto nameOf = [&](ProbeMethod method) {
            return runs.size() > 1 ? QStringLiteral("%1: %2").arg(run.name, methodName(method)) : methodName(method);
        };
        if (!run.results.curve.empty() || run.results.others.empty())
            add(run, run.results.curve, run.results.others.empty() ? run.name : nameOf(ProbeMethod::Linear));
        for (const ProbeResults::Other& other : run.results.others)
            add(run, other.curve, nameOf(other.method));
    }
    if (runs.empty())
        return content;
    content.spans.push_back({std::log2(kPaperLow), std::log2(kPaperHigh), Text::tr("paper: 2 to 4")});
    const ProbeResults& first = runs.front().results;
    if (first.zeroShot) {
        const double level = top5 ? first.zeroShot->top5 : first.zeroShot->top1;
        content.references.push_back({level, Text::tr("zero-shot %1").arg(percentText(level))});
        if (first.crossing && !top5) {
            PlotMark mark{crossingPlace(*first.crossing), level, {}, Text::tr("k* = %1").arg(crossingText(first))};
            if (first.crossingLow)
                mark.interval = {crossingPlace(*first.crossingLow), crossingPlace(*first.crossingHigh)};
            content.marks.push_back(std::move(mark));
        }
    }
    return content;
}

std::pair<int, int> probePointAt(const ProbeResults& results, int plotPoint)
{
    for (size_t i = 0; i < results.curve.size(); ++i) {
        const int draws = int(results.curve[i].draws.size());
        if (plotPoint < draws)
            return {int(i), plotPoint};
        plotPoint -= draws;
    }
    return {-1, -1};
}

FiguresModel::Table probeNumbers(const ProbeResults& results)
{
    FiguresModel::Table table;
    table.columns = {Text::tr("Labelled videos a label"), Text::tr("Top-1"), Text::tr("sd"), Text::tr("Top-5"),
        Text::tr("sd"), Text::tr("Draws"), Text::tr("C")};
    if (results.zeroShot)
        table.rows.push_back({{Text::tr("none (words alone)")}, {percentText(results.zeroShot->top1)}, {},
            {percentText(results.zeroShot->top5)}, {}, {}, {}});
    const QLocale locale;
    const auto add = [&](const std::vector<ShotCurvePoint>& points) {
        for (const ShotCurvePoint& point : points)
            table.rows.push_back(
                {{point.shots == 0 && results.mostShots > 0 ? Text::tr("all (%1 at most)").arg(results.mostShots)
                                                            : shotsWord(point.shots)},
                    {percentText(point.top1Mean)}, {percentText(point.top1Sd)}, {percentText(point.top5Mean)},
                    {percentText(point.top5Sd)}, {QString::number(point.draws.size())},
                    {point.method == ProbeMethod::Linear ? locale.toString(point.c, 'g', 3)
                            : point.method == ProbeMethod::TipAdapter
                            ? Text::tr("alpha %1, beta %2")
                                  .arg(locale.toString(point.alpha, 'g', 3), locale.toString(point.beta, 'g', 3))
                            : QString()}});
    };
    add(results.curve);
    if (results.others.empty())
        return table;
    // Several methods: each row says whose it is, and the last column what was chosen for it.
    table.columns.back() = Text::tr("Setting");
    const size_t words = results.zeroShot ? 1 : 0;
    std::vector<QString> names(words + results.curve.size(), methodName(ProbeMethod::Linear));
    if (words > 0)
        names.front().clear();
    for (const ProbeResults::Other& other : results.others) {
        add(other.curve);
        names.resize(table.rows.size(), methodName(other.method));
    }
    table.columns.prepend(Text::tr("Method"));
    table.texts = 2;
    for (size_t row = 0; row < table.rows.size(); ++row)
        table.rows[row].insert(table.rows[row].begin(), {names[row]});
    return table;
}

FiguresModel::Table probeLabels(const ProbeResults& results)
{
    FiguresModel::Table table;
    table.columns = {Text::tr("Label"), Text::tr("Test videos"), Text::tr("Recognised by the probe"),
        Text::tr("By words alone"), Text::tr("Most often taken for")};
    const std::vector<std::vector<double>> cells = results.confusions();
    for (int c = 0; c < int(results.classes.size()); ++c) {
        int videos = 0, words = 0;
        for (const ProbeResults::Tested& video : results.tested) {
            videos += video.label == c;
            words += video.label == c && video.byWords == c;
        }
        if (videos == 0)
            continue;
        const std::vector<double>& row = cells[size_t(c)];
        int other = -1;
        for (int o = 0; o < int(row.size()); ++o)
            if (o != c && row[size_t(o)] > (other < 0 ? 0 : row[size_t(other)]))
                other = o;
        const double probe = row[size_t(c)] / videos, zero = double(words) / videos;
        table.rows.push_back({{results.classes[c]}, {QString::number(videos)}, {percentText(probe), probe},
            {percentText(zero), zero},
            {other < 0 ? Text::tr("nothing else")
                       : Text::tr("%1 (%2)").arg(results.classes[other], percentText(row[size_t(other)] / videos))}});
    }
    return table;
}

std::pair<int, int> largestConfusion(const ProbeResults& results)
{
    const std::vector<std::vector<double>> cells = results.confusions();
    std::pair<int, int> best{-1, -1};
    double most = 0;
    for (size_t row = 0; row < cells.size(); ++row) {
        for (size_t column = 0; column < cells.size(); ++column) {
            if (row != column && cells[row][column] > most) {
                most = cells[row][column];
                best = {int(row), int(column)};
            }
        }
    }
    return best;
}

RunLines probeLines(const RunRecord& record)
{
    const ProbeSettings settings = probeSettingsOf(record);
    RunLines lines;
    lines.title = Text::tr("%1, %2").arg(QString::fromStdString(settings.aggregation),
        QString::fromStdString(record.config.value("model", std::string())));
    lines.detail = Text::tr("%1 \u00b7 seed %2 \u00b7 %3 s")
                       .arg(counted(settings.probe.seeds, Text::tr("draw"), Text::tr("draws")))
                       .arg(settings.seed)
                       .arg(QLocale().toString(record.wallSeconds, 'f', 1));
    return lines;
}

namespace {
const char* const kFormula = "min over W, b:\n"
                             "  C sum -log softmax(Wx + b)_y\n"
                             "  + |W|^2 / 2\n"
                             "zero-shot: argmax_c v . w_c";

QString paperText()
{
    return Text::tr("2 to 4 labelled videos a class are enough to match zero-shot (CLIP, ActivityNet200).");
}
} // namespace

Explanation explainProbeAhead(bool ready)
{
    Explanation e;
    e.shown = Text::tr(
        "How accurate a few labelled videos are against none at all: a linear probe that learns from k labelled "
        "videos a label, and beside it the labels' words alone.");
    e.how = Text::tr(
        "The embeddings are frozen. The probe is a logistic regression with an L2 penalty, fitted by L-BFGS on k "
        "training videos a label, many times with other draws, and tested on the videos of the split test.");
    e.formula = QString::fromLatin1(kFormula);
    e.paper = paperText();
    e.repeated =
        Text::tr("On 240 videos of the sample world's 24 actions one labelled video a label is enough: 23.6 % "
                 "against zero-shot's 20.8 %, and 42 % with all. On real clips with the starter it is one as well.");
    e.next = ready ? Text::tr("Run, and see how many labelled videos match the words.")
                   : Text::tr("Give labels and a split to some videos, then run.");
    return e;
}

Explanation explainProbe(const RunRecord& record, const ProbeResults& results)
{
    const ProbeSettings settings = probeSettingsOf(record);
    const QLocale locale;
    Explanation e = explainProbeAhead(true);
    e.shown =
        Text::tr("Accuracy on %1 of %2 after learning from k labelled videos a label. Each point is one draw of these "
                 "videos, the line their mean, the band one standard deviation. The dashed line classifies by the "
                 "labels' words alone.")
            .arg(counted(results.testVideos, Text::tr("test video"), Text::tr("test videos")),
                counted(results.classes.size(), Text::tr("label"), Text::tr("labels")));
    QStringList templates;
    for (const std::string& words : settings.templates)
        templates << QString::fromStdString(words);
    QStringList methods;
    for (const ProbeMethod method : settings.probe.methods)
        methods << methodName(method);
    e.config = {{Text::tr("model"), QString::fromStdString(record.config.value("model", std::string()))},
        {Text::tr("aggregation"), QString::fromStdString(settings.aggregation)},
        {Text::tr("methods"), methods.join(QStringLiteral(", "))}, {Text::tr("shots"), shotsText(settings.probe.shots)},
        {Text::tr("draws"), Text::tr("%1, nested").arg(settings.probe.seeds)},
        {Text::tr("C"),
            settings.probe.c ? locale.toString(*settings.probe.c, 'g', 6) : Text::tr("by the split val, else 10")},
        {Text::tr("prompt"), templates.join(QStringLiteral("; "))}};
    if (!results.others.empty()) {
        e.how += QLatin1Char(' ')
            + Text::tr(
                "The other methods see the same draws, in the space that words share: Tip-Adapter trains nothing, "
                "its labelled videos vote beside the words; LP++ learns a linear probe together with how much "
                "the words count. Their settings are chosen by the split val.");
        e.formula += Text::tr("\nTip-Adapter: 100 v . w_c + alpha sum exp(-beta (1 - v . v_i)) [y_i = c]"
                              "\nLP++: v . (W_c + alpha_c w_c)");
    }
    if (results.zeroShot && !results.curve.empty())
        e.measured = results.crossing
            ? Text::tr("k* = %1 labelled videos a label match the words (%2), with the 95 % interval over the draws.")
                  .arg(crossingText(results), percentText(results.zeroShot->top1))
            : Text::tr("No number of labelled videos that was tried matches the words (%1).")
                  .arg(percentText(results.zeroShot->top1));
    for (const ProbeResults::Other& other : results.others) {
        if (!results.zeroShot)
            continue;
        if (!e.measured.isEmpty())
            e.measured += QLatin1Char('\n');
        e.measured += other.crossing ? Text::tr("%1: k* = %2.").arg(methodName(other.method), crossingText(other))
                                     : Text::tr("%1: no number that was tried.").arg(methodName(other.method));
    }
    if (!results.leftOut.isEmpty())
        e.measured += QLatin1Char('\n')
            + Text::tr("Left out, too few videos: %1.").arg(results.leftOut.join(QStringLiteral(", ")));
    const auto [row, column] = largestConfusion(results);
    e.next = row < 0
        ? Text::tr("Nothing is confused. Try fewer labelled videos, or labels that are nearer to each other.")
        : Text::tr("Look at the videos of \u201c%1\u201d that are taken for \u201c%2\u201d in the matrix below. Are "
                   "their labels right? "
                   "Label two more videos of each and run again. Or ask the words in another way: change the prompt.")
              .arg(results.classes[row], results.classes[column]);
    e.provenance = provenanceText(record);
    return e;
}

} // namespace clipscope
