// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jobs/job.h"

#include <QElapsedTimer>
#include <QObject>
#include <QPointer>
#include <QThreadPool>
#include <QTimer>

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <type_traits>
#include <utility>

namespace clipscope {

/// The one owner of worker threads (the player's decoder apart). All methods belong to the GUI thread; results, partial
/// results and signals arrive there, through the event loop, never inside start().
class JobManager : public QObject {
    Q_OBJECT
public:
    explicit JobManager(QObject* parent = nullptr);
    /// Stops everything and waits for the workers.
    ~JobManager() override;

    /// Runs fn(JobContext&) on the lane. Exactly one of these follows: onDone(T), onFailed(JobFailure), or nothing when
    /// it was cancelled. The death of `owner` cancels it. jobFinished() is told in each case.
    template <class Function, class Done>
    JobId start(JobRequest request, Function fn, QObject* owner, Done onDone,
        std::function<void(const JobFailure&)> onFailed = {})
    {
        using Result = std::invoke_result_t<Function, JobContext&>;
        if constexpr (std::is_void_v<Result>) {
            return enqueue(std::move(request), std::move(fn), owner, std::move(onDone), std::move(onFailed));
        } else {
            auto result = std::make_shared<std::optional<Result>>();
            return enqueue(
                std::move(request),
                [fn = std::move(fn), result](JobContext& context) mutable { result->emplace(fn(context)); }, owner,
                [onDone = std::move(onDone), result]() mutable { onDone(std::move(**result)); }, std::move(onFailed));
        }
    }

    /// A queued job ends at once; a running one as soon as its function looks at the stop token.
    void cancel(JobId id);
    /// A paused job stands still at its next progress report. `reason` is shown beside the state; empty: the user's
    /// wish. A job that met a full disk pauses by itself, tries again every second and goes on when there is space;
    /// resuming it tries at once.
    void setPaused(JobId id, bool paused, const QString& reason = {});
    void addFailedItems(JobId id, const std::vector<FailedItem>& items);
    /// Jobs of the lanes Decode and Model that begin from now on work behind everything else on the computer, or no
    /// longer do. Never the lanes the user waits for. Off until it is set.
    void setLowPriority(bool low) { m_lowPriority = low; }
    /// Removes finished jobs from the list.
    void clearFinished();

    /// Listed jobs, oldest first.
    std::vector<JobView> jobs() const;
    std::optional<JobView> job(JobId id) const;

    /// Stops every job. idle() follows when the last worker has come back.
    void requestStopAll();
    bool isIdle() const;

Q_SIGNALS:
    void jobAdded(clipscope::JobId id);
    void jobChanged(clipscope::JobId id);
    void jobRemoved(clipscope::JobId id);
    /// It pauses by itself: `why` says what the user has to mend; empty: it goes on. Once each.
    void jobWaits(clipscope::JobId id, const QString& why);
    void jobFinished(clipscope::JobId id, clipscope::JobState state);
    void idle();

private:
    struct Job;
    struct Outcome;
    JobId enqueue(JobRequest request, std::function<void(JobContext&)> work, QObject* owner,
        std::function<void()> deliver, std::function<void(const JobFailure&)> onFailed);
    static Outcome run(Job& job);
    void collect();
    bool collect(Job& job);
    void setWaiting(Job& job, const QString& why);
    void finish(JobId id, const Outcome& outcome);
    void end(Job& job, JobState state);
    Job* find(JobId id) const;

    std::map<JobId, std::shared_ptr<Job>> m_jobs;
    std::array<QThreadPool, 4> m_pools;
    std::atomic<bool> m_lowPriority = false;
    QTimer m_timer;
    JobId m_nextId = 1;
    int m_atWork = 0; ///< workers that have not come back
};

} // namespace clipscope
