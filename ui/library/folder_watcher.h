// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/watched_folders.h"

#include <QFileSystemWatcher>
#include <QObject>
#include <QTimer>

#include <memory>
#include <vector>

namespace clipscope {

class JobManager;
class VideoLibrary;

/// Looks at the open library's watched folders: when it is opened, when the kernel tells of a change, soon again while
/// a file grows, and every few minutes besides (network drives tell nothing, and the kernel watches a limited number of
/// folders). The looking is done by quiet jobs, one at a time.
class FolderWatcher : public QObject {
    Q_OBJECT
public:
    explicit FolderWatcher(JobManager& jobs, QObject* parent = nullptr, double settleSec = FolderWatch::kSettleSec);
    /// Null: nothing is watched. What was handed out for another library is forgotten.
    void setLibrary(const std::shared_ptr<VideoLibrary>& library);
    void look();
    /// Whether the kernel watches every folder that it can: else only the regular look finds what is new there.
    bool watchesAll() const { return m_watchesAll; }

Q_SIGNALS:
    void arrived(const std::vector<clipscope::Arrivals>& arrivals);
    void looked(const clipscope::WatchScan& scan); ///< after each look, before arrived()
    void failed(const QString& text);

private:
    void lookSoon(int ms);
    void take(const WatchScan& scan);

    JobManager& m_jobs;
    const double m_settleSec;
    std::shared_ptr<VideoLibrary> m_library;
    std::shared_ptr<FolderWatch> m_watch;
    QFileSystemWatcher m_kernel;
    QTimer m_soon;
    QTimer m_regular;
    quint64 m_job = 0; ///< the look that is going on, 0 none
    bool m_again = false;
    bool m_watchesAll = true;
};

} // namespace clipscope
