// SPDX-License-Identifier: GPL-3.0-or-later
// The figures of a study that lessons tell.
#include "models/display_text.h"
#include "retrieval/study_results.h"

#include <QLocale>

#include <algorithm>

namespace clipscope {

namespace {

using Row = StudyResults::Row;

/// Of the rows with this aggregation that train nothing, the one with the fewest or the most frames; -1: none.
int extreme(const StudyResults& results, const QString& aggregation, bool most)
{
    int found = -1;
    for (int row = 0; row < int(results.rows.size()); ++row) {
        const Row& here = results.rows[size_t(row)];
        if (here.trainsTowers() || here.aggregation != aggregation)
            continue;
        const int frames = here.totalFrames();
        if (found < 0
            || (most ? frames > results.rows[size_t(found)].totalFrames()
                     : frames < results.rows[size_t(found)].totalFrames()))
            found = row;
    }
    return found;
}

QString points(double share)
{
    return QLocale().toString(100 * share, 'f', 1);
}

void addFrames(const StudyResults& results, std::map<QString, QString>& facts)
{
    const QString mean = QStringLiteral("mean");
    const int fewest = extreme(results, mean, false), most = extreme(results, mean, true);
    if (fewest < 0)
        return;
    const QLocale locale;
    const auto add = [&](const QString& name, const Row& row) {
        facts[name + QStringLiteral(".frames")] = locale.toString(row.totalFrames());
        facts[name + QStringLiteral(".r1")] = percentText(row.r1);
    };
    add(QStringLiteral("study.fewest"), results.rows[size_t(fewest)]);
    add(QStringLiteral("study.most"), results.rows[size_t(most)]);
    const auto gain = std::ranges::find_if(results.comparisons, [&](const StudyResults::Comparison& comparison) {
        return comparison.row == most && comparison.against == fewest;
    });
    if (gain != results.comparisons.end()) {
        facts[QStringLiteral("study.gain")] = points(gain->difference);
        facts[QStringLiteral("study.gain.low")] = points(gain->low);
        facts[QStringLiteral("study.gain.high")] = points(gain->high);
    }
    for (const QString& aggregation : {mean, QStringLiteral("query"), QStringLiteral("transformer")})
        if (const int row = extreme(results, aggregation, true); row >= 0)
            facts[QStringLiteral("study.most.%1.r1").arg(aggregation)] = percentText(results.rows[size_t(row)].r1);
}

/// Trained towers with the smallest and the largest share of dropped patches.
void addDropout(const StudyResults& results, std::map<QString, QString>& facts)
{
    std::vector<const Row*> trained;
    for (const Row& row : results.rows)
        if (row.trainsTowers() && row.secondsPerEpoch)
            trained.push_back(&row);
    if (trained.empty())
        return;
    const auto [least, most] = std::ranges::minmax_element(trained, {}, &Row::patchDropout);
    if ((*least)->patchDropout == (*most)->patchDropout)
        return;
    const QLocale locale;
    const auto add = [&](const QString& name, const Row& row) {
        facts[name + QStringLiteral(".p")] = locale.toString(row.patchDropout, 'g', 3);
        facts[name + QStringLiteral(".seconds")] = locale.toString(*row.secondsPerEpoch, 'f', 2);
        facts[name + QStringLiteral(".r1")] = percentText(row.r1);
    };
    add(QStringLiteral("study.dropout.without"), **least);
    add(QStringLiteral("study.dropout.with"), **most);
}

} // namespace

std::map<QString, QString> studyFacts(const StudyResults& results)
{
    std::map<QString, QString> facts;
    if (results.queries == 0)
        return facts;
    facts[QStringLiteral("study.queries")] = QLocale().toString(results.queries);
    addFrames(results, facts);
    addDropout(results, facts);
    return facts;
}

} // namespace clipscope
