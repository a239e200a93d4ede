// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/library_model.h"

#include "models/display_text.h"
#include "models/thumbnail_cache.h"

#include <QCoreApplication>

#include <algorithm>

namespace clipscope {

namespace {
/// Imported embeddings, of which there is no file.
bool isVectorsAlone(const VideoRecord& video)
{
    return video.info.width == 0 && video.bytes == 0;
}
} // namespace

QString damageText(const VideoRecord& video)
{
    if (!video.damaged())
        return {};
    if (video.usableFrames >= video.sampledFrames)
        return QString::fromStdString(video.damage);
    return QCoreApplication::translate("LibraryModel", "%1 of %2 frames usable")
        .arg(video.usableFrames)
        .arg(video.sampledFrames);
}

QString samplingText(const VideoRecord& video)
{
    QString text = QCoreApplication::translate("LibraryModel", "Frames looked at: %1 (%2)")
                       .arg(video.sampledFrames)
                       .arg(QString::fromStdString(video.sampler.toString()));
    const SampleError& error = video.sampleError;
    if (error.largestFrames > 0)
        text += QCoreApplication::translate("LibraryModel", "\n%1 s off the exact moment on average, %2 s at most")
                    .arg(error.meanSec(), 0, 'f', 2)
                    .arg(error.largestSec(), 0, 'f', 2);
    return text;
}

LibraryModel::LibraryModel(ThumbnailCache& thumbnails, QObject* parent)
    : QAbstractListModel(parent)
    , m_thumbnails(thumbnails)
{
    connect(&thumbnails, &ThumbnailCache::arrived, this, [this] {
        if (!m_videos.empty())
            Q_EMIT dataChanged(index(0), index(rowCount() - 1), {Qt::DecorationRole});
    });
}

int LibraryModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_videos.size());
}

QVariant LibraryModel::data(const QModelIndex& index, int role) const
{
    const VideoRecord* video = index.isValid() ? this->video(index.row()) : nullptr;
    if (!video)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return fileName(video->path);
    case Qt::DecorationRole:
        return m_thumbnails.video(*video);
    case Qt::ToolTipRole: {
        QString tip = displayPath(video->path) + QLatin1Char('\n') + samplingText(*video);
        if (m_missing.contains(video->id))
            tip += QLatin1Char('\n') + tr("The file is not there now. Its embeddings are kept and can be searched.");
        if (video->damaged())
            tip += QLatin1Char('\n') + damageText(*video)
                + (video->damage.empty() ? QString() : QLatin1Char('\n') + QString::fromStdString(video->damage));
        return tip;
    }
    case Qt::AccessibleTextRole:
        return tr("%1, %2").arg(fileName(video->path), durationText(video->info.durationSec))
            + (m_missing.contains(video->id) ? tr(", file missing") : QString())
            + (video->damaged() ? tr(", damaged: %1").arg(damageText(*video)) : QString());
    case IdRole:
        return QVariant::fromValue<qlonglong>(video->id);
    case PathRole:
        return displayPath(video->path);
    case DurationRole:
        return isVectorsAlone(*video) ? QString() : durationText(video->info.durationSec);
    case DetailRole:
        if (isVectorsAlone(*video))
            return tr("vectors alone");
        return QStringLiteral("%1 \u00d7 %2 \u00b7 %3")
            .arg(video->info.width)
            .arg(video->info.height)
            .arg(bytesText(video->bytes));
    case DamageRole:
        return m_missing.contains(video->id) ? tr("file missing") : damageText(*video);
    case LabelRole:
        return QString::fromStdString(video->label);
    default:
        return {};
    }
}

void LibraryModel::setVideos(std::vector<VideoRecord> videos)
{
    const bool same = videos.size() == m_videos.size()
        && std::all_of(videos.begin(), videos.end(), [this](const VideoRecord& v) { return rowOf(v.id) >= 0; });
    if (!same || videos.empty()) {
        beginResetModel();
        m_videos = std::move(videos);
        reindex();
        endResetModel();
        return;
    }
    // The end of an import: the same videos in another order. Selection and scroll place stay.
    Q_EMIT layoutAboutToBeChanged();
    const QModelIndexList before = persistentIndexList();
    std::vector<VideoId> ids;
    for (const QModelIndex& index : before)
        ids.push_back(m_videos[size_t(index.row())].id);
    m_videos = std::move(videos);
    reindex();
    for (size_t i = 0; i < ids.size(); ++i)
        changePersistentIndex(before[int(i)], index(rowOf(ids[i])));
    Q_EMIT layoutChanged();
    Q_EMIT dataChanged(index(0), index(rowCount() - 1));
}

void LibraryModel::add(const std::vector<VideoRecord>& videos)
{
    std::vector<VideoRecord> fresh;
    for (const VideoRecord& video : videos) {
        m_thumbnails.forget(video);
        const int row = rowOf(video.id);
        if (row >= 0) {
            m_videos[size_t(row)] = video;
            Q_EMIT dataChanged(index(row), index(row));
        } else {
            fresh.push_back(video);
        }
    }
    if (fresh.empty())
        return;
    const int first = rowCount();
    beginInsertRows({}, first, first + int(fresh.size()) - 1);
    m_videos.insert(m_videos.end(), fresh.begin(), fresh.end());
    reindex();
    endInsertRows();
}

void LibraryModel::update(const std::vector<VideoRecord>& videos)
{
    for (const VideoRecord& video : videos) {
        if (const int row = rowOf(video.id); row >= 0) {
            m_videos[size_t(row)] = video;
            Q_EMIT dataChanged(index(row), index(row));
        }
    }
}

void LibraryModel::remove(const std::vector<VideoId>& ids)
{
    std::vector<int> rows;
    for (VideoId id : ids) {
        if (const int row = rowOf(id); row >= 0)
            rows.push_back(row);
    }
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    while (!rows.empty()) {
        // Neighbours go together, the last ones first so that the rows before them keep their numbers.
        const int last = rows.back();
        int first = last;
        rows.pop_back();
        while (!rows.empty() && rows.back() == first - 1) {
            first = rows.back();
            rows.pop_back();
        }
        beginRemoveRows({}, first, last);
        m_videos.erase(m_videos.begin() + first, m_videos.begin() + last + 1);
        reindex();
        endRemoveRows();
    }
}

const VideoRecord* LibraryModel::video(int row) const
{
    return row >= 0 && row < int(m_videos.size()) ? &m_videos[size_t(row)] : nullptr;
}

const VideoRecord* LibraryModel::videoById(VideoId id) const
{
    return video(rowOf(id));
}

int LibraryModel::rowOf(VideoId id) const
{
    const auto found = m_rows.find(id);
    return found == m_rows.end() ? -1 : found->second;
}

int LibraryModel::damagedCount() const
{
    return int(std::count_if(m_videos.begin(), m_videos.end(), [](const VideoRecord& v) { return v.damaged(); }));
}

void LibraryModel::setMissing(const std::vector<VideoId>& ids)
{
    std::unordered_set<VideoId> missing(ids.begin(), ids.end());
    if (missing == m_missing)
        return;
    m_missing = std::move(missing);
    if (!m_videos.empty())
        Q_EMIT dataChanged(index(0), index(rowCount() - 1));
}

int LibraryModel::missingCount() const
{
    return int(std::count_if(
        m_videos.begin(), m_videos.end(), [this](const VideoRecord& v) { return m_missing.contains(v.id); }));
}

void LibraryModel::reindex()
{
    m_rows.clear();
    for (size_t i = 0; i < m_videos.size(); ++i)
        m_rows[m_videos[i].id] = int(i);
}

} // namespace clipscope
