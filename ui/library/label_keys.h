// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QStringList>

#include <memory>

namespace clipscope {

class JobManager;
class LibraryModel;
class VideoLibrary;

/// Which label each of the keys 1 to 9 gives; kept in the library. Before somebody has chosen, the labels in use.
class LabelKeys : public QObject {
    Q_OBJECT
public:
    static constexpr int kKeys = 9;

    LabelKeys(JobManager& jobs, const LibraryModel& videos, QObject* parent = nullptr);
    void setLibrary(const std::shared_ptr<VideoLibrary>& library);
    const QStringList& names() const { return m_names; } ///< nine; empty: the key gives nothing
    void setNames(const QStringList& names);

Q_SIGNALS:
    void changed();
    void failed(const QString& text);

private:
    QStringList labelsInUse() const;

    JobManager& m_jobs;
    const LibraryModel& m_videos;
    std::shared_ptr<VideoLibrary> m_library;
    QStringList m_names;
};

} // namespace clipscope
