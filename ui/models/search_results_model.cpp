// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/search_results_model.h"

#include "models/display_text.h"
#include "models/thumbnail_cache.h"

#include <QCoreApplication>
#include <QStringList>

#include <set>

namespace clipscope {

QString reasonText(Reason reason)
{
    switch (reason) {
    case Reason::Picture:
        return QCoreApplication::translate("Reason", "picture");
    case Reason::Name:
        return QCoreApplication::translate("Reason", "name");
    case Reason::Caption:
        return QCoreApplication::translate("Reason", "caption");
    case Reason::Subtitle:
        return QCoreApplication::translate("Reason", "subtitle");
    }
    return {};
}

SearchResultsModel::SearchResultsModel(ThumbnailCache& thumbnails, QObject* parent)
    : QAbstractListModel(parent)
    , m_thumbnails(thumbnails)
{
    connect(&thumbnails, &ThumbnailCache::arrived, this, [this] {
        if (!m_hits.empty())
            Q_EMIT dataChanged(index(0), index(rowCount() - 1), {Qt::DecorationRole});
    });
}

int SearchResultsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_hits.size());
}

QVariant SearchResultsModel::data(const QModelIndex& index, int role) const
{
    const Hit* hit = index.isValid() ? this->hit(index.row()) : nullptr;
    if (!hit)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return fileName(hit->path);
    case Qt::DecorationRole:
        return m_thumbnails.moment(hit->path, hit->peakSec);
    case Qt::ToolTipRole: {
        QString tip = displayPath(hit->path) + QLatin1Char('\n') + spanText(hit->startSec, hit->endSec);
        if (!hit->matchedText.empty())
            tip += QLatin1Char('\n') + tr("matches: %1").arg(QString::fromStdString(hit->matchedText));
        return tip;
    }
    case Qt::AccessibleTextRole:
        return tr("%1, %2, score %3")
            .arg(fileName(hit->path), spanText(hit->startSec, hit->endSec), scoreText(hit->score));
    case SpanRole:
        return spanText(hit->startSec, hit->endSec);
    case ScoreRole:
        return scoreText(hit->score);
    case FractionRole: {
        // Cosines of one query lie close together: the bar compares hits with the best one.
        const double best = m_hits.front().score;
        return best > 0 ? qBound(0.0, hit->score / best, 1.0) : 0.0;
    }
    case ReasonsRole: {
        QStringList reasons;
        for (Reason reason : hit->why)
            reasons << reasonText(reason);
        return reasons;
    }
    case PathRole:
        return displayPath(hit->path);
    case FailedRole:
        return m_thumbnails.failed(hit->path, hit->peakSec);
    default:
        return {};
    }
}

void SearchResultsModel::setHits(std::vector<Hit> hits)
{
    beginResetModel();
    m_hits = std::move(hits);
    endResetModel();
}

const Hit* SearchResultsModel::hit(int row) const
{
    return row >= 0 && row < int(m_hits.size()) ? &m_hits[size_t(row)] : nullptr;
}

int SearchResultsModel::videoCount() const
{
    std::set<VideoId> ids;
    for (const Hit& hit : m_hits)
        ids.insert(hit.video);
    return int(ids.size());
}

} // namespace clipscope
