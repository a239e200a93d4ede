// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_record.h"

#include <QAbstractListModel>

#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace clipscope {

class ThumbnailCache;

/// The videos of the open library, in path order; new ones come in at the end while an import runs.
class LibraryModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { IdRole = Qt::UserRole, PathRole, DurationRole, DetailRole, DamageRole, LabelRole };

    explicit LibraryModel(ThumbnailCache& thumbnails, QObject* parent = nullptr);
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

    /// Everything anew; selection and scroll place stay when they are the same videos as before.
    void setVideos(std::vector<VideoRecord> videos);
    /// Inserts, or replaces the one with the same id.
    void add(const std::vector<VideoRecord>& videos);
    /// Replaces those that are there; their pictures are the same as before.
    void update(const std::vector<VideoRecord>& videos);
    void remove(const std::vector<VideoId>& ids);
    /// Videos whose file is not there now: they stay, and say so.
    void setMissing(const std::vector<VideoId>& ids);
    int missingCount() const;
    const VideoRecord* video(int row) const;
    const VideoRecord* videoById(VideoId id) const;
    int rowOf(VideoId id) const; ///< -1 when it is not there
    const std::vector<VideoRecord>& videos() const { return m_videos; }
    int damagedCount() const;

private:
    void reindex();

    ThumbnailCache& m_thumbnails;
    std::vector<VideoRecord> m_videos;
    std::unordered_map<VideoId, int> m_rows;
    std::unordered_set<VideoId> m_missing;
};

/// "61 of 80 frames usable", empty for a sound video.
QString damageText(const VideoRecord& video);
/// "Frames looked at: 12 (uniform:12)", and a line that says how far they lie off where they are not exact.
QString samplingText(const VideoRecord& video);

} // namespace clipscope
