// SPDX-License-Identifier: GPL-3.0-or-later
#include "player/moment_list.h"

#include "models/display_text.h"
#include "models/search_results_model.h"
#include "retrieval/moments.h"

#include <QHeaderView>

#include <algorithm>

namespace clipscope {

namespace {
constexpr int kPeaks = 4; // of the heat strip, besides the hits
constexpr int kRowHeight = 26;
constexpr int kShownRows = 4;
} // namespace

std::vector<ListedMoment> momentsOfVideo(
    const VideoRecord& video, const Hit* chosen, const std::vector<Hit>& hits, const SearchEngine::HeatStrip& heat)
{
    std::vector<ListedMoment> moments;
    const auto overlaps = [&moments](double start, double end) {
        return std::any_of(moments.begin(), moments.end(),
            [&](const ListedMoment& known) { return start < known.hit.endSec && end > known.hit.startSec; });
    };
    const auto isHit = [&hits](const Hit& moment) {
        return std::any_of(hits.begin(), hits.end(),
            [&](const Hit& hit) { return hit.video == moment.video && hit.startSec == moment.startSec; });
    };
    if (chosen)
        moments.push_back({*chosen, isHit(*chosen)});
    for (const Hit& hit : hits) {
        if (hit.video == video.id && !overlaps(hit.startSec, hit.endSec))
            moments.push_back({hit, true});
    }
    for (const Moment& peak : findMoments(heat.timesSec, heat.scores, video.info.durationSec, kPeaks)) {
        if (overlaps(peak.startSec, peak.endSec))
            continue;
        Hit hit;
        hit.video = video.id;
        hit.path = video.path;
        hit.startSec = peak.startSec;
        hit.endSec = peak.endSec;
        hit.peakSec = peak.peakSec;
        hit.score = peak.score;
        hit.why = {Reason::Picture};
        moments.push_back({std::move(hit), false});
    }
    std::sort(moments.begin(), moments.end(),
        [](const ListedMoment& a, const ListedMoment& b) { return a.hit.startSec < b.hit.startSec; });
    return moments;
}

MomentList::MomentList(QWidget* parent)
    : QTableWidget(0, 3, parent)
{
    setAccessibleName(tr("Moments of this video"));
    setHorizontalHeaderLabels({tr("Moment"), tr("Score"), tr("Why")});
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(kRowHeight);
    horizontalHeader()->setStretchLastSection(true);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    setColumnWidth(0, 150);
    setColumnWidth(1, 70);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setShowGrid(false);
    setTabKeyNavigation(false);
    setWordWrap(false);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    connect(this, &QTableWidget::cellClicked, this, [this](int row) { Q_EMIT chosen(row, false); });
    connect(this, &QTableWidget::cellActivated, this, [this](int row) { Q_EMIT chosen(row, true); });
}

void MomentList::setMoments(const std::vector<ListedMoment>& moments, int chosen)
{
    setRowCount(int(moments.size()));
    for (int row = 0; row < int(moments.size()); ++row) {
        const auto& [hit, ranked] = moments[size_t(row)];
        QStringList why;
        for (Reason reason : hit.why)
            why << reasonText(reason);
        if (!ranked)
            why = {tr("peak of the heat strip")};
        const QString cells[] = {spanText(hit.startSec, hit.endSec),
            ranked ? scoreText(hit.score) : QStringLiteral("\u2013"), why.join(QStringLiteral(", "))};
        for (int column = 0; column < 3; ++column) {
            auto* item = new QTableWidgetItem(cells[column]);
            item->setToolTip(ranked ? QString::fromStdString(hit.matchedText)
                                    : tr("Not among the results: a lower peak of the query over this video"));
            setItem(row, column, item);
        }
    }
    if (chosen >= 0)
        selectRow(chosen);
    setVisible(!moments.empty());
    setFixedHeight(
        horizontalHeader()->sizeHint().height() + kRowHeight * std::clamp(int(moments.size()), 1, kShownRows) + 4);
}

} // namespace clipscope
