// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/study_figures.h"

#include "models/display_text.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace clipscope {

namespace {

using Row = StudyResults::Row;

constexpr double kLargestDisc = 46; // pixels
constexpr double kSmallestDisc = 8;

struct Text {
    Q_DECLARE_TR_FUNCTIONS(RetrievalPage)
};

QString trainTowersText()
{
    return Text::tr(
        "Nothing but the model as it is was measured. Under Frozen, name what stands still while the towers are "
        "trained: none, patch, first:3, or several such.");
}

bool isRow(const StudyResults& results, int row)
{
    return row >= 0 && size_t(row) < results.rows.size();
}

/// A lone panel whose points all stand for rows.
void addCurve(StudyFigure& figure, size_t panel, PlotCurve curve, std::vector<int> rows)
{
    figure.panels.resize(std::max(figure.panels.size(), panel + 1));
    figure.rows.resize(figure.panels.size());
    figure.panels[panel].curves.push_back(std::move(curve));
    figure.rows[panel].push_back(std::move(rows));
}

/// The rows with trained towers that are seen as `seen`, by freezing in the order of the study, then by patch dropout.
std::vector<std::vector<int>> byFreezing(const StudyResults& results, int seen)
{
    std::vector<std::vector<int>> out;
    for (size_t i = 0; i < results.rows.size(); ++i) {
        const Row& row = results.rows[i];
        if (!row.trainsTowers() || !row.isSeenAs(results.rows[size_t(seen)]) || row.r1Seeds.empty())
            continue;
        const auto found = std::find_if(out.begin(), out.end(),
            [&](const std::vector<int>& rows) { return results.rows[size_t(rows.front())].freeze == row.freeze; });
        (found == out.end() ? out.emplace_back() : *found).push_back(int(i));
    }
    for (std::vector<int>& rows : out)
        std::sort(rows.begin(), rows.end(),
            [&](int a, int b) { return results.rows[size_t(a)].patchDropout < results.rows[size_t(b)].patchDropout; });
    return out;
}

/// Mean and sd of the seeds as a band, each seed a point.
struct SeedsCurve {
    PlotCurve curve;
    std::vector<int> rows;

    void add(double x, double mean, const std::vector<double>& seeds, const QString& told, int row, auto&& textOf)
    {
        double squares = 0;
        for (const double seed : seeds)
            squares += (seed - mean) * (seed - mean);
        const double sd = seeds.size() > 1 ? std::sqrt(squares / double(seeds.size() - 1)) : 0;
        curve.x.push_back(x);
        curve.mean.push_back(mean);
        curve.low.push_back(mean - sd);
        curve.high.push_back(mean + sd);
        for (size_t seed = 0; seed < seeds.size(); ++seed) {
            curve.points.push_back({x, seeds[seed],
                seeds.size() > 1 ? told + Text::tr("\nseed %1: %2").arg(seed + 1).arg(textOf(seeds[seed])) : told});
            rows.push_back(row);
        }
    }
};

QString secondsText(double seconds)
{
    return Text::tr("%1 s").arg(QLocale().toString(seconds, 'f', seconds < 10 ? 2 : 1));
}

QString countText(double count)
{
    const QLocale locale;
    if (count >= 1e6)
        return Text::tr("%1 M").arg(locale.toString(count / 1e6, 'f', count < 1e7 ? 1 : 0));
    return count >= 1e3 ? Text::tr("%1 k").arg(locale.toString(count / 1e3, 'f', 0)) : locale.toString(count, 'f', 0);
}

/// Ticks at 1, 2 and 5 of each power of ten that the values lie between.
std::vector<PlotTick> logTicks(double least, double most)
{
    std::vector<PlotTick> out;
    for (double power = std::pow(10, std::floor(std::log10(least))); power <= 10 * most; power *= 10)
        for (const double step : {1., 2., 5.})
            if (const double value = step * power; value >= least / 2.6 && value <= most * 2.6)
                out.push_back({std::log10(value), countText(value)});
    return out;
}

} // namespace

int StudyFigure::rowOf(int panel, int curve, int point) const
{
    if (panel < 0 || size_t(panel) >= rows.size() || curve < 0 || size_t(curve) >= rows[size_t(panel)].size())
        return -1;
    const std::vector<int>& points = rows[size_t(panel)][size_t(curve)];
    return point < 0 || size_t(point) >= points.size() ? -1 : points[size_t(point)];
}

std::vector<int> seenRows(const StudyResults& results)
{
    std::vector<int> out;
    for (size_t i = 0; i < results.rows.size(); ++i)
        if (results.rows[i].trainsTowers() && !results.rows[i].r1Seeds.empty()
            && std::none_of(
                out.begin(), out.end(), [&](int row) { return results.rows[size_t(row)].isSeenAs(results.rows[i]); }))
            out.push_back(int(i));
    std::stable_sort(out.begin(), out.end(),
        [&](int a, int b) { return results.rows[size_t(a)].totalFrames() > results.rows[size_t(b)].totalFrames(); });
    return out;
}

std::vector<int> towerRows(const StudyResults& results)
{
    std::vector<int> out;
    for (size_t i = 0; i < results.rows.size(); ++i)
        if (!results.rows[i].r1Seeds.empty() && std::none_of(out.begin(), out.end(), [&](int row) {
                return results.rows[size_t(row)].hasTowersOf(results.rows[i]);
            }))
            out.push_back(int(i));
    return out;
}

StudyFigure dropoutFigure(const StudyResults& results, int seen)
{
    StudyFigure out;
    const std::vector<std::vector<int>> lines =
        isRow(results, seen) ? byFreezing(results, seen) : std::vector<std::vector<int>>();
    std::set<double> shares;
    for (const std::vector<int>& line : lines)
        for (const int row : line)
            shares.insert(results.rows[size_t(row)].patchDropout);
    if (lines.empty())
        out.missing = trainTowersText();
    else if (shares.size() < 2)
        out.missing = Text::tr("One patch dropout was measured. Give several, for instance 0, 0.5, 0.75.");
    if (!out.missing.isEmpty())
        return out;
    for (const std::vector<int>& line : lines) {
        SeedsCurve accuracy, seconds;
        accuracy.curve.name = seconds.curve.name = Text::tr("freeze %1").arg(results.rows[size_t(line.front())].freeze);
        for (const int i : line) {
            const Row& row = results.rows[size_t(i)];
            accuracy.add(row.patchDropout, row.r1, row.r1Seeds,
                Text::tr("%1: R@1 %2").arg(row.name(), percentText(row.r1)), i, percentText);
            if (row.secondsPerEpoch)
                seconds.add(row.patchDropout, *row.secondsPerEpoch,
                    row.secondsPerEpochSeeds.empty() ? std::vector<double>{*row.secondsPerEpoch}
                                                     : row.secondsPerEpochSeeds,
                    Text::tr("%1: %2 an epoch").arg(row.name(), secondsText(*row.secondsPerEpoch)), i, secondsText);
        }
        addCurve(out, 0, std::move(accuracy.curve), std::move(accuracy.rows));
        addCurve(out, 1, std::move(seconds.curve), std::move(seconds.rows));
    }
    const QString seenAs = results.rows[size_t(seen)].seenName();
    for (PlotContent& panel : out.panels) {
        panel.xLabel = Text::tr("patch dropout p while training");
        for (const double share : shares)
            panel.xTicks.push_back({share, QLocale().toString(share)});
    }
    out.panels[0].title = Text::tr("R@1 over patch dropout, seen as %1").arg(seenAs);
    out.panels[0].yLabel = Text::tr("captions whose video comes first");
    out.panels[1].title = Text::tr("Seconds an epoch over patch dropout");
    out.panels[1].yLabel = Text::tr("seconds an epoch (each video once)");
    out.panels[1].percent = false;
    out.panels[1].legend = false; // the first one's
    out.panels[1].fromZero = true;
    for (const Row& row : results.rows)
        if (!row.trainsTowers() && row.isSeenAs(results.rows[size_t(seen)]) && !row.r1Seeds.empty())
            out.panels[0].references.push_back({row.r1, Text::tr("the model as it is: %1").arg(percentText(row.r1))});
    return out;
}

StudyFigure costFigure(const StudyResults& results, int seen)
{
    StudyFigure out;
    if (isRow(results, seen))
        for (const std::vector<int>& line : byFreezing(results, seen)) {
            PlotCurve curve;
            std::vector<int> rows;
            curve.name = Text::tr("freeze %1").arg(results.rows[size_t(line.front())].freeze);
            for (const int i : line) {
                const Row& row = results.rows[size_t(i)];
                if (!row.picturesPerSecond || row.trainedParameters < 1)
                    continue;
                PlotPoint point;
                point.x = std::log10(row.trainedParameters);
                point.y = *row.picturesPerSecond;
                point.shade = row.r1;
                point.label = Text::tr("%1, p = %2: %3")
                                  .arg(row.freeze, QLocale().toString(row.patchDropout), percentText(row.r1));
                point.text = Text::tr("%1: R@1 %2, %3 trained parameters, %4 pictures a second")
                                 .arg(row.name(), percentText(row.r1), countText(row.trainedParameters),
                                     QLocale().toString(*row.picturesPerSecond, 'f', 1));
                curve.points.push_back(point);
                rows.push_back(i);
            }
            if (!rows.empty())
                addCurve(out, 0, std::move(curve), std::move(rows));
        }
    if (out.panels.empty()) {
        out.missing = trainTowersText();
        return out;
    }
    PlotContent& plot = out.panels[0];
    double most = 0, lowest = 1, leastParameters = 1e300, mostParameters = 0;
    for (const PlotCurve& curve : plot.curves)
        for (const PlotPoint& point : curve.points) {
            most = std::max(most, *point.shade);
            lowest = std::min(lowest, *point.shade);
            leastParameters = std::min(leastParameters, std::pow(10, point.x));
            mostParameters = std::max(mostParameters, std::pow(10, point.x));
        }
    for (PlotCurve& curve : plot.curves)
        for (PlotPoint& point : curve.points) {
            point.diameter = std::max(kSmallestDisc, most > 0 ? kLargestDisc * std::sqrt(*point.shade / most) : 0);
            point.shade = most > lowest ? (*point.shade - lowest) / (most - lowest) : 1;
        }
    plot.title = Text::tr("What a training costs and brings, seen as %1").arg(results.rows[size_t(seen)].seenName());
    plot.xLabel = Text::tr("trained parameters, on a logarithmic scale");
    plot.yLabel = Text::tr("pictures a second while training");
    plot.xTicks = logTicks(leastParameters, mostParameters);
    plot.percent = false;
    plot.fromZero = true;
    return out;
}

StudyFigure sameFramesFigure(const StudyResults& results, int towers)
{
    StudyFigure out;
    std::map<int, std::vector<int>> groups; // by all frames seen
    if (isRow(results, towers))
        for (size_t i = 0; i < results.rows.size(); ++i) {
            const Row& row = results.rows[i];
            if (row.r1Seeds.empty() || !row.hasTowersOf(results.rows[size_t(towers)]))
                continue;
            std::vector<int>& group = groups[row.totalFrames()];
            // A single clip is its own aggregate, unless the aggregation learns to join its frames.
            const bool again = row.clips == 1 && row.aggregation != QLatin1String("transformer")
                && std::any_of(group.begin(), group.end(), [&](int other) {
                       const Row& before = results.rows[size_t(other)];
                       return before.clips == 1 && before.aggregation != QLatin1String("transformer");
                   });
            if (!again)
                group.push_back(int(i));
        }
    std::erase_if(groups, [&](const auto& group) {
        std::set<int> frames;
        for (const int row : group.second)
            frames.insert(results.rows[size_t(row)].frames);
        return frames.size() < 2;
    });
    if (groups.empty()) {
        out.missing = Text::tr("No number of frames was reached in two ways. Ask for F and K whose products meet: "
                               "frames a clip 4, 8, 16 and clips 1, 2, 4 reach 16 frames in three.");
        return out;
    }
    std::map<QString, size_t> curveOf; // of an aggregation
    PlotContent plot;
    std::vector<std::vector<int>> rows;
    double x = 0;
    for (auto& [frames, group] : groups) {
        std::stable_sort(group.begin(), group.end(),
            [&](int a, int b) { return results.rows[size_t(a)].frames < results.rows[size_t(b)].frames; });
        plot.xTicks.push_back({x + double(group.size() - 1) / 2, Text::tr("%1 frames").arg(frames)});
        for (const int i : group) {
            const Row& row = results.rows[size_t(i)];
            const auto [found, isNew] = curveOf.emplace(row.aggregation, plot.curves.size());
            if (isNew) {
                plot.curves.emplace_back();
                plot.curves.back().name = row.aggregation;
                plot.curves.back().shape = PlotCurve::Shape::Bars;
                rows.emplace_back();
            }
            PlotCurve& curve = plot.curves[found->second];
            curve.x.push_back(x);
            curve.mean.push_back(row.r1);
            curve.low.push_back(row.r1Low);
            curve.high.push_back(row.r1High);
            curve.barLabels.push_back(QStringLiteral("%1\u00d7%2").arg(row.frames).arg(row.clips));
            const QString told =
                Text::tr("%1: R@1 %2, 95 % interval %3 to %4")
                    .arg(row.name(), percentText(row.r1), percentText(row.r1Low), percentText(row.r1High));
            for (size_t seed = 0; seed < row.r1Seeds.size(); ++seed) {
                curve.points.push_back({x, row.r1Seeds[seed],
                    row.r1Seeds.size() > 1
                        ? told + Text::tr("\nseed %1: %2").arg(seed + 1).arg(percentText(row.r1Seeds[seed]))
                        : told});
                rows[found->second].push_back(i);
            }
            x += 1;
        }
        x += 1;
    }
    plot.title = Text::tr("As many frames in several ways, %1").arg(results.rows[size_t(towers)].towersName());
    plot.xLabel = Text::tr("frames seen of a video; over each bar F\u00d7K: frames a clip times clips");
    plot.yLabel = Text::tr("captions whose video comes first");
    out.panels = {std::move(plot)};
    out.rows = {std::move(rows)};
    return out;
}

StudyFigure trainingFigure(const StudyResults& results, int towers)
{
    using Moment = StudyResults::Training::Moment;
    struct Quantity {
        QString title, label;
        std::optional<double> Moment::*value;
        bool percent;
    };
    const Quantity quantities[] = {
        {Text::tr("Contrastive loss while training"), Text::tr("contrastive loss"), &Moment::loss, false},
        {Text::tr("R@1 on the split val while training"), Text::tr("R@1 on the split val"), &Moment::r1, true},
        {Text::tr("Pictures a second while training"), Text::tr("pictures a second"), &Moment::picturesPerSecond,
            false},
    };
    StudyFigure out;
    std::vector<const StudyResults::Training*> trainings;
    for (const StudyResults::Training& training : results.trainings)
        if (isRow(results, towers) ? training.isOf(results.rows[size_t(towers)])
                                   : training.isLike(results.trainings.back()))
            trainings.push_back(&training);
    const bool trained =
        std::any_of(results.rows.begin(), results.rows.end(), [](const Row& row) { return row.trainsTowers(); });
    if (trainings.empty()) {
        out.missing = trained
            ? Text::tr("This run has not kept how its trainings went. Take its settings and run it again.")
            : trainTowersText();
        return out;
    }
    std::vector<int> frames; // one colour each, whatever the seed
    for (const StudyResults::Training* training : trainings)
        if (std::find(frames.begin(), frames.end(), training->frames) == frames.end())
            frames.push_back(training->frames);
    for (const Quantity& quantity : quantities) {
        PlotContent panel;
        panel.title = quantity.title;
        panel.xLabel = Text::tr("pictures seen");
        panel.yLabel = quantity.label;
        panel.percent = quantity.percent;
        panel.fromZero = true;
        panel.legend = out.panels.empty(); // once for all
        std::vector<std::vector<int>> rows;
        for (const StudyResults::Training* training : trainings) {
            PlotCurve curve;
            curve.category = int(std::find(frames.begin(), frames.end(), training->frames) - frames.begin());
            if (std::none_of(panel.curves.begin(), panel.curves.end(),
                    [&](const PlotCurve& before) { return before.category == curve.category; }))
                curve.name = Text::tr("F%1, a line each seed").arg(training->frames);
            for (const Moment& moment : training->moments) {
                const std::optional<double> value = moment.*quantity.value;
                if (!value)
                    continue;
                curve.x.push_back(moment.pictures);
                curve.mean.push_back(*value);
                const QString number = quantity.percent ? percentText(*value) : QLocale().toString(*value, 'g', 4);
                curve.points.push_back({moment.pictures, *value,
                    Text::tr("%1, after %2 pictures: %3 %4")
                        .arg(training->name(), QLocale().toString(qint64(moment.pictures)), quantity.label, number)});
            }
            rows.emplace_back(curve.points.size(), -1);
            panel.curves.push_back(std::move(curve));
        }
        out.panels.push_back(std::move(panel));
        out.rows.push_back(std::move(rows));
    }
    return out;
}

} // namespace clipscope
