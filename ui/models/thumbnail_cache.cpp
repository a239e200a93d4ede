// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/thumbnail_cache.h"

#include "jobs/job_manager.h"
#include "media/thumbnail_maker.h"
#include "models/display_text.h"

#include <QImage>
#include <QTimer>

#include <algorithm>

namespace clipscope {

namespace {
constexpr int kBudgetKiB = 256 * 1024;
constexpr size_t kWishes = 256; // more than two screens of cards; older wishes have been scrolled away
constexpr int kAtOnce = 2;
constexpr int kAnnounceMs = 16;

QString momentKey(const std::filesystem::path& path, double timeSec)
{
    return displayPath(path) + QLatin1Char('@') + QString::number(qint64(timeSec * 1000));
}
} // namespace

QImage toQImage(const RgbImage& image)
{
    if (image.empty())
        return {};
    return QImage(image.pixels.data(), image.width, image.height, 3 * image.width, QImage::Format_RGB888)
        .convertToFormat(QImage::Format_RGB32);
}

ThumbnailCache::ThumbnailCache(JobManager& jobs, QObject* parent)
    : QObject(parent)
    , m_jobs(jobs)
    , m_pixmaps(kBudgetKiB)
{
}

void ThumbnailCache::reset(std::shared_ptr<VideoLibrary> library)
{
    m_library = std::move(library);
    m_pixmaps.clear();
    m_wishes.clear();
    m_failed.clear();
    m_inFlight.clear();
    ++m_generation;
}

QPixmap ThumbnailCache::video(const VideoRecord& record)
{
    if (!m_library)
        return {};
    const std::filesystem::path file = m_library->thumbnailPath(record);
    return find({displayPath(file), file, {}});
}

QPixmap ThumbnailCache::strip(const VideoRecord& record)
{
    if (!m_library)
        return {};
    const std::filesystem::path file = m_library->stripPath(record);
    return find({displayPath(file), file, {}});
}

QPixmap ThumbnailCache::moment(const std::filesystem::path& path, double timeSec)
{
    return find({momentKey(path, timeSec), path, timeSec});
}

bool ThumbnailCache::failed(const std::filesystem::path& path, double timeSec) const
{
    return m_failed.contains(momentKey(path, timeSec));
}

void ThumbnailCache::forget(const VideoRecord& record)
{
    if (!m_library)
        return;
    for (const std::filesystem::path& file : {m_library->thumbnailPath(record), m_library->stripPath(record)}) {
        m_pixmaps.remove(displayPath(file));
        m_failed.remove(displayPath(file));
    }
}

QPixmap ThumbnailCache::find(Wish wish)
{
    if (const QPixmap* known = m_pixmaps.object(wish.key))
        return *known;
    if (m_failed.contains(wish.key) || m_inFlight.contains(wish.key))
        return {};
    const auto asked = std::find_if(m_wishes.begin(), m_wishes.end(), [&](const Wish& w) { return w.key == wish.key; });
    if (asked != m_wishes.end())
        m_wishes.erase(asked);
    m_wishes.push_back(std::move(wish));
    if (m_wishes.size() > kWishes)
        m_wishes.erase(m_wishes.begin());
    fetchNext();
    return {};
}

void ThumbnailCache::fetchNext()
{
    while (!m_wishes.empty() && m_inFlight.size() < kAtOnce) {
        const Wish wish = std::move(m_wishes.back());
        m_wishes.pop_back();
        m_inFlight.insert(wish.key);
        JobRequest request;
        request.title = tr("Thumbnail");
        request.quiet = true;
        m_jobs.start(
            request,
            [wish](JobContext& context) {
                if (wish.timeSec)
                    return toQImage(thumbnailAt(wish.file, *wish.timeSec, context));
                return QImage(displayPath(wish.file));
            },
            this,
            [this, key = wish.key, generation = m_generation](const QImage& image) {
                if (generation == m_generation)
                    take(key, image);
            },
            [this, key = wish.key, generation = m_generation](const JobFailure&) {
                if (generation == m_generation)
                    take(key, {});
            });
    }
}

void ThumbnailCache::take(const QString& key, const QImage& image)
{
    m_inFlight.remove(key);
    if (image.isNull()) {
        m_failed.insert(key);
    } else {
        const int kib = std::max(1, int(image.sizeInBytes() / 1024));
        m_pixmaps.insert(key, new QPixmap(QPixmap::fromImage(image)), kib);
    }
    fetchNext();
    // Pictures come in bursts: the views repaint once for all of a frame's time.
    if (!m_announced) {
        m_announced = true;
        QTimer::singleShot(kAnnounceMs, this, [this] {
            m_announced = false;
            Q_EMIT arrived();
        });
    }
}

} // namespace clipscope
