// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/video_list_model.h"

#include "models/display_text.h"
#include "models/thumbnail_cache.h"

#include <utility>

namespace clipscope {

VideoListModel::VideoListModel(ThumbnailCache& thumbnails, QObject* parent)
    : QAbstractListModel(parent)
    , m_thumbnails(thumbnails)
{
    connect(&thumbnails, &ThumbnailCache::arrived, this, [this] {
        if (!m_rows.empty())
            Q_EMIT dataChanged(index(0), index(rowCount() - 1), {Qt::DecorationRole});
    });
}

int VideoListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

QVariant VideoListModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const Row& row = m_rows[size_t(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return fileName(row.video.path);
    case Qt::DecorationRole:
        return m_thumbnails.video(row.video);
    case Qt::ToolTipRole:
        return displayPath(row.video.path) + QLatin1Char('\n') + row.note;
    case Qt::AccessibleTextRole:
        return fileName(row.video.path) + QStringLiteral(", ") + row.note;
    case IdRole:
        return QVariant::fromValue<qlonglong>(row.video.id);
    case NoteRole:
        return row.note;
    default:
        return {};
    }
}

void VideoListModel::setRows(std::vector<Row> rows)
{
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

} // namespace clipscope
