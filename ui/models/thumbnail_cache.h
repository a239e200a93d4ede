// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_library.h"

#include <QCache>
#include <QObject>
#include <QPixmap>
#include <QSet>
#include <QString>

#include <optional>
#include <vector>

namespace clipscope {

class JobManager;
struct RgbImage;

QImage toQImage(const RgbImage& image);

/// Pictures of videos and moments. find() answers at once: the pixmap, or a null one while the picture is fetched on
/// the io lane (asked last, fetched first), and arrived() when it is there. What cannot be fetched is asked once only.
class ThumbnailCache : public QObject {
    Q_OBJECT
public:
    explicit ThumbnailCache(JobManager& jobs, QObject* parent = nullptr);
    /// Forgets everything: another library.
    void reset(std::shared_ptr<VideoLibrary> library);

    QPixmap video(const VideoRecord& record); ///< from the library's own JPEG file
    QPixmap strip(const VideoRecord& record); ///< ten frames side by side
    QPixmap moment(const std::filesystem::path& path, double timeSec); ///< decoded from the video
    bool failed(const std::filesystem::path& path, double timeSec) const;
    /// Videos whose stored pictures may have changed (imported again) are asked anew.
    void forget(const VideoRecord& record);

Q_SIGNALS:
    void arrived();

private:
    struct Wish {
        QString key;
        std::filesystem::path file;
        std::optional<double> timeSec; ///< of a moment; nothing: `file` is a picture
    };
    QPixmap find(Wish wish);
    void fetchNext();
    void take(const QString& key, const QImage& image);

    JobManager& m_jobs;
    std::shared_ptr<VideoLibrary> m_library;
    QCache<QString, QPixmap> m_pixmaps; ///< cost in KiB
    std::vector<Wish> m_wishes; ///< newest last
    QSet<QString> m_failed;
    QSet<QString> m_inFlight;
    quint64 m_generation = 0;
    bool m_announced = false;
};

} // namespace clipscope
