// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_record.h"

#include <QAbstractListModel>

#include <vector>

namespace clipscope {

class ThumbnailCache;

/// Some videos of the library in a given order, each with a note: what a click on a figure opens.
class VideoListModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { IdRole = Qt::UserRole, NoteRole };
    struct Row {
        VideoRecord video;
        QString note; ///< "in 14 of 20 draws"
    };

    explicit VideoListModel(ThumbnailCache& thumbnails, QObject* parent = nullptr);
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

    void setRows(std::vector<Row> rows);
    VideoId videoAt(int row) const { return m_rows[size_t(row)].video.id; }

private:
    ThumbnailCache& m_thumbnails;
    std::vector<Row> m_rows;
};

} // namespace clipscope
