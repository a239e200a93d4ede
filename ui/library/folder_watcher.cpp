// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/folder_watcher.h"

#include "jobs/job_manager.h"
#include "models/display_text.h"

#include <QSet>

#include <utility>

namespace clipscope {

namespace {
constexpr int kRegularMs = 3 * 60 * 1000;
constexpr int kChangeMs = 500; // a change seldom comes alone
constexpr int kMostFolders = 1000; // the kernel's watches are shared by all programs of the user
} // namespace

FolderWatcher::FolderWatcher(JobManager& jobs, QObject* parent, double settleSec)
    : QObject(parent)
    , m_jobs(jobs)
    , m_settleSec(settleSec)
{
    m_soon.setSingleShot(true);
    m_regular.setInterval(kRegularMs);
    connect(&m_soon, &QTimer::timeout, this, &FolderWatcher::look);
    connect(&m_regular, &QTimer::timeout, this, &FolderWatcher::look);
    connect(&m_kernel, &QFileSystemWatcher::directoryChanged, this, [this] { lookSoon(kChangeMs); });
}

void FolderWatcher::setLibrary(const std::shared_ptr<VideoLibrary>& library)
{
    m_jobs.cancel(std::exchange(m_job, 0));
    m_again = false;
    m_library = library;
    m_watch = library ? std::make_shared<FolderWatch>(m_settleSec) : nullptr;
    m_soon.stop();
    m_watchesAll = true;
    if (const QStringList old = m_kernel.directories(); !old.isEmpty())
        m_kernel.removePaths(old);
    if (!library) {
        m_regular.stop();
        return;
    }
    m_regular.start();
    look();
}

void FolderWatcher::lookSoon(int ms)
{
    if (!m_soon.isActive() || m_soon.remainingTime() > ms)
        m_soon.start(ms);
}

void FolderWatcher::look()
{
    if (!m_library)
        return;
    if (m_job != 0) {
        m_again = true;
        return;
    }
    JobRequest request;
    request.title = tr("Looking at the watched folders");
    request.quiet = true;
    const auto next = [this] {
        m_job = 0;
        if (std::exchange(m_again, false))
            lookSoon(0);
    };
    m_job = m_jobs.start(
        request, [library = m_library, watch = m_watch](JobContext& context) { return watch->scan(*library, context); },
        this,
        [this, next](const WatchScan& scan) {
            next();
            take(scan);
        },
        [this, next](const JobFailure& failure) {
            next();
            Q_EMIT failed(failure.text());
        });
}

void FolderWatcher::take(const WatchScan& scan)
{
    QSet<QString> wanted;
    for (const auto& folder : scan.folders) {
        if (wanted.size() < kMostFolders)
            wanted.insert(displayPath(folder));
    }
    const QStringList before = m_kernel.directories();
    const QSet<QString> watched(before.begin(), before.end());
    const QStringList fresh = (wanted - watched).values();
    if (const QStringList gone = (watched - wanted).values(); !gone.isEmpty())
        m_kernel.removePaths(gone);
    const bool news = !fresh.isEmpty();
    const QStringList refused = fresh.isEmpty() ? QStringList() : m_kernel.addPaths(fresh);
    m_watchesAll = refused.isEmpty() && qsizetype(scan.folders.size()) <= kMostFolders;
    // What grows in place, and what came between the look and the watching, is told by nobody.
    if (news || scan.waiting > 0)
        lookSoon(int(m_settleSec * 1000) + 200);
    Q_EMIT looked(scan);
    if (!scan.arrivals.empty())
        Q_EMIT arrived(scan.arrivals);
}

} // namespace clipscope
