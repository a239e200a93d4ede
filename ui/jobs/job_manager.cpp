// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs/job_manager.h"

#include "base/low_priority.h"
#include "jobs/progress_meter.h"

#include <QThread>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>

namespace clipscope {

namespace {
constexpr int kTickMs = 100;
constexpr auto kDiskRetry = std::chrono::milliseconds(1000);
constexpr auto kDiskCalm = std::chrono::milliseconds(400); ///< so long without a full disk: there is space again
constexpr int kLogLines = 1000;
constexpr size_t kKeptJobs = 50;
constexpr int kExpiryMs = 1000; // a thread that has low priority may not be allowed to leave it: it ends when idle

bool isBackground(Lane lane)
{
    return lane == Lane::Decode || lane == Lane::Model;
}
} // namespace

bool isFinal(JobState state)
{
    return state == JobState::Done || state == JobState::Failed || state == JobState::Cancelled;
}

QString JobFailure::text() const
{
    QString sentence = subject.isEmpty() ? happened : subject + QStringLiteral(": ") + happened;
    if (!remedy.isEmpty()) {
        if (!sentence.endsWith(QLatin1Char('.')))
            sentence += QLatin1Char('.');
        sentence += QLatin1Char(' ') + remedy;
    }
    return sentence;
}

/// Shared by the GUI thread and one worker. What the worker writes stands behind `mutex`.
struct JobManager::Job {
    JobRequest request;
    std::function<void(JobContext&)> work;
    std::stop_source stop;

    std::mutex mutex;
    std::condition_variable resumed;
    bool pauseAsked = false;
    bool begun = false;
    bool reported = false;
    Progress latest;
    std::vector<std::any> partials;
    QStringList log;
    int diskWaits = 0; ///< threads of the job that stand before a full disk
    int diskTries = 0; ///< counts what the user has asked for
    QString diskFull;
    std::chrono::steady_clock::time_point diskTried; ///< when the last of them went to try again

    // GUI thread only.
    JobView view;
    ProgressMeter meter;
    QElapsedTimer running;
    qint64 runMsBefore = 0; ///< running time before the last pause
    QPointer<QObject> owner;
    std::function<void()> deliver;
    std::function<void(const JobFailure&)> onFailed;

    qint64 runMs() const { return runMsBefore + (running.isValid() ? running.elapsed() : 0); }
};

struct JobManager::Outcome {
    JobState state = JobState::Done;
    JobFailure failure;
};

JobManager::JobManager(QObject* parent)
    : QObject(parent)
{
    qRegisterMetaType<JobState>("clipscope::JobState");
    const int cores = QThread::idealThreadCount();
    const int widths[] = {1, std::max(1, cores / 2), 1, 2};
    for (size_t i = 0; i < m_pools.size(); ++i) {
        m_pools[i].setMaxThreadCount(widths[i]);
        m_pools[i].setExpiryTimeout(isBackground(Lane(i)) ? kExpiryMs : -1);
    }
    m_timer.setInterval(kTickMs);
    connect(&m_timer, &QTimer::timeout, this, qOverload<>(&JobManager::collect));
}

JobManager::~JobManager()
{
    requestStopAll();
    for (QThreadPool& pool : m_pools)
        pool.waitForDone();
}

JobId JobManager::enqueue(JobRequest request, std::function<void(JobContext&)> work, QObject* owner,
    std::function<void()> deliver, std::function<void(const JobFailure&)> onFailed)
{
    if (!request.topic.isEmpty()) {
        std::vector<JobId> older;
        for (const auto& [id, job] : m_jobs) {
            if (job->request.topic == request.topic && !isFinal(job->view.state))
                older.push_back(id);
        }
        for (JobId id : older)
            cancel(id);
    }
    const JobId id = m_nextId++;
    auto job = std::make_shared<Job>();
    job->view.id = id;
    job->view.title = request.title;
    job->view.unit = request.unit;
    job->view.lane = request.lane;
    job->request = std::move(request);
    job->work = std::move(work);
    job->owner = owner;
    job->deliver = std::move(deliver);
    job->onFailed = std::move(onFailed);
    m_jobs.emplace(id, job);
    ++m_atWork;
    m_pools[size_t(job->request.lane)].start([this, job, id] {
        if (isBackground(job->view.lane))
            clipscope::setLowPriority(m_lowPriority);
        const Outcome outcome = run(*job);
        QMetaObject::invokeMethod(
            this,
            [this, id, outcome] {
                finish(id, outcome);
                if (--m_atWork == 0)
                    Q_EMIT idle();
            },
            Qt::QueuedConnection);
    });
    if (!m_timer.isActive())
        m_timer.start();
    if (!job->request.quiet)
        Q_EMIT jobAdded(id);
    return id;
}

/// The worker's side: no exception leaves it, and what it returns is the job's one outcome.
JobManager::Outcome JobManager::run(Job& job)
{
    {
        const std::lock_guard lock(job.mutex);
        job.begun = true;
    }
    JobContext context;
    context.stop = job.stop.get_token();
    context.onProgress = [&job](const Progress& progress) {
        std::unique_lock lock(job.mutex);
        job.latest = progress;
        job.reported = true;
        job.resumed.wait(lock, [&job] { return !job.pauseAsked || job.stop.stop_requested(); });
    };
    context.onLog = [&job](LogLevel level, const std::string& text) {
        const std::lock_guard lock(job.mutex);
        if (job.log.size() == kLogLines) // what came last explains the end
            job.log.removeFirst();
        job.log << (level == LogLevel::Warning ? QStringLiteral("! ") : QString()) + QString::fromStdString(text);
    };
    context.onPartial = [&job](const std::any& value) {
        const std::lock_guard lock(job.mutex);
        job.partials.push_back(value);
    };
    // A job that nobody sees cannot be resumed: it fails, and its owner tells.
    if (!job.request.quiet) {
        context.onDiskFull = [&job](const DiskFull& full) {
            std::unique_lock lock(job.mutex);
            job.diskFull = QString::fromUtf8(full.what());
            ++job.diskWaits;
            const int tries = job.diskTries;
            job.resumed.wait_for(lock, kDiskRetry, [&] { return job.diskTries != tries || job.stop.stop_requested(); });
            --job.diskWaits;
            job.diskTried = std::chrono::steady_clock::now();
            return !job.stop.stop_requested();
        };
    }
    Outcome outcome;
    const auto fail = [&outcome](ErrorKind kind, const QString& happened, const QString& remedy = {}) {
        outcome.state = JobState::Failed;
        outcome.failure = {kind, happened, {}, remedy};
    };
    try {
        context.throwIfStopped();
        job.work(context);
    } catch (const Cancelled&) {
        outcome.state = JobState::Cancelled;
    } catch (const Error& e) {
        fail(e.kind(), QString::fromStdString(e.happened()), QString::fromStdString(e.remedy()));
        outcome.failure.subject = QString::fromStdString(e.subject());
    } catch (const std::bad_alloc&) {
        fail(ErrorKind::Resource, tr("There is not enough memory"), tr("Close other programs and try again."));
    } catch (const std::exception& e) {
        fail(ErrorKind::Internal, QString::fromUtf8(e.what()));
    } catch (...) {
        fail(ErrorKind::Internal, tr("An unknown error"));
    }
    // The function and what it holds die here, on the worker, not in the GUI thread.
    job.work = nullptr;
    return outcome;
}

void JobManager::cancel(JobId id)
{
    Job* job = find(id);
    if (!job || isFinal(job->view.state))
        return;
    job->stop.request_stop();
    {
        const std::lock_guard lock(job->mutex);
        if (job->begun)
            job->view.stopping = true;
    }
    job->resumed.notify_all();
    if (!job->view.stopping)
        end(*job, JobState::Cancelled);
    else if (!job->request.quiet)
        Q_EMIT jobChanged(id);
}

void JobManager::setPaused(JobId id, bool paused, const QString& reason)
{
    Job* job = find(id);
    if (!job || isFinal(job->view.state) || job->view.stopping)
        return;
    {
        const std::lock_guard lock(job->mutex);
        job->diskTries += paused ? 0 : 1;
        if (job->pauseAsked != paused) {
            job->pauseAsked = paused;
        } else {
            job->resumed.notify_all();
            return;
        }
    }
    job->resumed.notify_all();
    job->view.pausedFor = paused ? reason : QString();
    if (paused) {
        job->runMsBefore = job->runMs();
        job->running.invalidate();
        job->view.state = JobState::Paused;
    } else {
        job->view.state = JobState::Queued; // collect() finds out whether it has begun
    }
    collect(*job);
    Q_EMIT jobChanged(id);
}

void JobManager::addFailedItems(JobId id, const std::vector<FailedItem>& items)
{
    Job* job = find(id);
    if (!job || items.empty())
        return;
    job->view.failedItems.insert(job->view.failedItems.end(), items.begin(), items.end());
    Q_EMIT jobChanged(id);
}

void JobManager::clearFinished()
{
    std::vector<JobId> finished;
    for (const auto& [id, job] : m_jobs) {
        if (isFinal(job->view.state))
            finished.push_back(id);
    }
    for (JobId id : finished) {
        m_jobs.erase(id);
        Q_EMIT jobRemoved(id);
    }
}

std::vector<JobView> JobManager::jobs() const
{
    std::vector<JobView> views;
    for (const auto& [id, job] : m_jobs) {
        if (!job->request.quiet)
            views.push_back(job->view);
    }
    return views;
}

std::optional<JobView> JobManager::job(JobId id) const
{
    const Job* job = find(id);
    return job ? std::optional(job->view) : std::nullopt;
}

void JobManager::requestStopAll()
{
    std::vector<JobId> ids;
    for (const auto& [id, job] : m_jobs)
        ids.push_back(id);
    for (JobId id : ids)
        cancel(id);
}

bool JobManager::isIdle() const
{
    return m_atWork == 0;
}

void JobManager::collect()
{
    bool open = false;
    // Callbacks may start or cancel jobs: walk over a copy.
    std::vector<std::shared_ptr<Job>> all;
    for (const auto& [id, job] : m_jobs)
        all.push_back(job);
    for (const auto& job : all) {
        if (isFinal(job->view.state))
            continue;
        open = true;
        if (!job->owner && !job->stop.stop_requested()) {
            cancel(job->view.id); // nobody is left to take the result
            continue;
        }
        if (collect(*job) && !job->request.quiet)
            Q_EMIT jobChanged(job->view.id);
    }
    if (!open)
        m_timer.stop();
}

/// Takes over what the worker has reported since the last time. True when a list has to show something new.
bool JobManager::collect(Job& job)
{
    std::vector<std::any> partials;
    bool begun = false;
    bool reported = false;
    Progress latest;
    QString waitsFor;
    {
        const std::lock_guard lock(job.mutex);
        // A thread that tries again has not got through yet.
        const bool tries = std::chrono::steady_clock::now() - job.diskTried < kDiskCalm;
        if (job.diskWaits > 0 || (tries && !job.view.waitsFor.isEmpty()))
            waitsFor = job.diskFull;
        begun = job.begun;
        reported = std::exchange(job.reported, false);
        latest = job.latest;
        partials.swap(job.partials);
        job.view.log = job.log;
    }
    bool changed = reported;
    if (begun && job.view.state == JobState::Queued) {
        job.view.state = JobState::Running;
        job.running.start();
        changed = true;
    }
    if (waitsFor != job.view.waitsFor) {
        setWaiting(job, waitsFor);
        changed = true;
    }
    if (job.view.state == JobState::Running) {
        const qint64 ms = job.runMs();
        changed |= ms / 1000 != job.view.runMs / 1000;
        job.view.runMs = ms;
    }
    if (reported) {
        job.view.done = latest.done;
        job.view.total = latest.total;
        job.view.text = QString::fromStdString(latest.text);
        job.meter.add(job.view.runMs, latest.done, latest.total);
        job.view.rate = job.meter.rate();
        job.view.secondsLeft = job.meter.secondsLeft();
    }
    if (!partials.empty() && job.owner && job.request.onPartials)
        job.request.onPartials(partials);
    return changed;
}

void JobManager::setWaiting(Job& job, const QString& why)
{
    const bool waited = !job.view.waitsFor.isEmpty();
    job.view.waitsFor = why;
    if (!why.isEmpty() && job.view.state == JobState::Running) {
        job.runMsBefore = job.runMs();
        job.running.invalidate();
        job.view.state = JobState::Paused;
    } else if (why.isEmpty() && job.view.state == JobState::Paused && !job.pauseAsked) {
        job.view.state = JobState::Running;
        job.running.start();
    }
    if (waited == why.isEmpty())
        Q_EMIT jobWaits(job.view.id, why);
}

void JobManager::finish(JobId id, const Outcome& outcome)
{
    const auto found = m_jobs.find(id);
    if (found == m_jobs.end() || isFinal(found->second->view.state))
        return;
    const std::shared_ptr<Job> job = found->second;
    collect(*job);
    // Whoever asked for the stop no longer wants the result, even if it was just ready.
    const bool stopped = job->stop.stop_requested();
    const JobState state = stopped || !job->owner ? JobState::Cancelled : outcome.state;
    if (state == JobState::Failed)
        job->view.failure = outcome.failure.text();
    const auto deliver = std::move(job->deliver);
    const auto onFailed = std::move(job->onFailed);
    const QPointer<QObject> owner = job->owner;
    end(*job, state);
    if (!owner) // what end() told may have ended it
        return;
    if (state == JobState::Done && deliver)
        deliver();
    else if (state == JobState::Failed && onFailed)
        onFailed(outcome.failure);
}

void JobManager::end(Job& job, JobState state)
{
    job.view.runMs = job.runMs();
    job.view.state = state;
    job.view.stopping = false;
    if (!job.view.waitsFor.isEmpty())
        setWaiting(job, {});
    job.view.rate.reset();
    job.view.secondsLeft.reset();
    job.deliver = nullptr;
    job.onFailed = nullptr;
    const JobId id = job.view.id;
    const bool quiet = job.request.quiet;
    if (!quiet)
        Q_EMIT jobChanged(id);
    if (quiet) {
        m_jobs.erase(id);
    } else {
        size_t listed = 0;
        for (const auto& entry : m_jobs)
            listed += isFinal(entry.second->view.state) ? 1 : 0;
        for (auto it = m_jobs.begin(); listed > kKeptJobs && it != m_jobs.end();) {
            const JobId old = it->first;
            if (isFinal(it->second->view.state) && old != id) {
                it = m_jobs.erase(it);
                --listed;
                Q_EMIT jobRemoved(old);
            } else {
                ++it;
            }
        }
    }
    Q_EMIT jobFinished(id, state);
}

JobManager::Job* JobManager::find(JobId id) const
{
    const auto found = m_jobs.find(id);
    return found == m_jobs.end() ? nullptr : found->second.get();
}

} // namespace clipscope
