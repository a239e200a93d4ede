// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs/power_watch.h"

#include "base/power_supply.h"
#include "jobs/job_manager.h"

#include <utility>

namespace clipscope {

namespace {
constexpr int kLookMs = 10000;
}

PowerWatch::PowerWatch(JobManager& jobs, QObject* parent, std::filesystem::path supplies)
    : QObject(parent)
    , m_jobs(jobs)
    , m_supplies(std::move(supplies))
{
    m_timer.setInterval(kLookMs);
    connect(&m_timer, &QTimer::timeout, this, &PowerWatch::look);
    connect(&jobs, &JobManager::jobAdded, this, &PowerWatch::hold);
    connect(&jobs, &JobManager::jobChanged, this, [this](JobId id) {
        // Somebody else let it go on.
        if (const auto job = m_jobs.job(id); m_held.contains(id) && job && job->state != JobState::Paused) {
            m_held.erase(id);
            m_resumed.insert(id);
        }
    });
    connect(&jobs, &JobManager::jobFinished, this, [this](JobId id) {
        m_held.erase(id);
        m_resumed.erase(id);
    });
}

void PowerWatch::setEnabled(bool enabled)
{
    if (enabled == isEnabled())
        return;
    if (enabled) {
        m_timer.start();
        look();
    } else {
        m_timer.stop();
        take(false);
    }
}

void PowerWatch::look()
{
    JobRequest request;
    request.title = tr("Looking at the power supply");
    request.topic = QStringLiteral("power");
    request.quiet = true;
    m_jobs.start(
        request, [supplies = m_supplies](JobContext&) { return runsOnBattery(supplies); }, this,
        [this](bool onBattery) {
            if (isEnabled())
                take(onBattery);
        });
}

void PowerWatch::take(bool onBattery)
{
    if (onBattery == m_onBattery)
        return;
    m_onBattery = onBattery;
    if (onBattery) {
        for (const JobView& job : m_jobs.jobs())
            hold(job.id);
    } else {
        release();
        m_resumed.clear();
        m_overruled = false;
        m_told = false;
    }
}

void PowerWatch::goOn()
{
    m_overruled = true;
    release();
}

void PowerWatch::hold(JobId id)
{
    const std::optional<JobView> job = m_jobs.job(id);
    if (!m_onBattery || m_overruled || !job || isFinal(job->state) || job->state == JobState::Paused)
        return;
    if ((job->lane != Lane::Decode && job->lane != Lane::Model) || m_resumed.contains(id))
        return;
    m_jobs.setPaused(id, true, tr("on battery"));
    m_held.insert(id);
    if (!std::exchange(m_told, true))
        Q_EMIT pausedWork();
}

void PowerWatch::release()
{
    for (const JobId id : std::exchange(m_held, {}))
        m_jobs.setPaused(id, false);
}

} // namespace clipscope
