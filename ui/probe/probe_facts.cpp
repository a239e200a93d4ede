// SPDX-License-Identifier: GPL-3.0-or-later
// The figures of a probe that lessons tell.
#include "models/display_text.h"
#include "probe/probe_results.h"
#include "probe/probe_views.h"

#include <QCoreApplication>
#include <QLocale>

namespace clipscope {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(ProbePage)
};

QString shotsOf(const ShotCurvePoint& point)
{
    return point.shots == 0 ? Text::tr("all") : QLocale().toString(point.shots);
}

QString crossingSentence(const ProbeResults& results)
{
    if (results.crossing)
        return Text::tr("The curve passes zero-shot at %1 labelled videos a label.")
            .arg(QLocale().toString(*results.crossing, 'f', 1));
    const bool above = results.curve.front().top1Mean >= results.zeroShot->top1;
    return above ? Text::tr("The probe is above zero-shot from its first point on.")
                 : Text::tr("Within these numbers the curve does not pass zero-shot.");
}

} // namespace

std::map<QString, QString> probeFacts(const ProbeResults& results)
{
    std::map<QString, QString> facts;
    if (results.curve.empty() || results.testVideos == 0)
        return facts;
    const QLocale locale;
    facts[QStringLiteral("probe.test")] = locale.toString(results.testVideos);
    facts[QStringLiteral("probe.labels")] = locale.toString(results.classes.size());
    const auto add = [&](const QString& name, const ShotCurvePoint& point) {
        facts[name] = percentText(point.top1Mean);
        facts[name + QStringLiteral(".shots")] = shotsOf(point);
    };
    add(QStringLiteral("probe.first"), results.curve.front());
    add(QStringLiteral("probe.last"), results.curve.back());
    if (results.zeroShot) {
        facts[QStringLiteral("probe.zeroShot")] = percentText(results.zeroShot->top1);
        facts[QStringLiteral("probe.crossing")] = crossingSentence(results);
    }
    if (const auto [row, column] = largestConfusion(results); row >= 0) {
        facts[QStringLiteral("probe.confused.label")] = results.classes[row];
        facts[QStringLiteral("probe.confused.as")] = results.classes[column];
    }
    return facts;
}

} // namespace clipscope
