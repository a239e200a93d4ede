// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jobs/job.h"

#include <QObject>
#include <QTimer>

#include <filesystem>
#include <set>

namespace clipscope {

class JobManager;

/// Pauses background work (lanes Decode and Model) while the computer runs on its battery, and lets it go on when it no
/// longer does. What the user pauses or resumes by hand is never touched again.
class PowerWatch : public QObject {
    Q_OBJECT
public:
    explicit PowerWatch(
        JobManager& jobs, QObject* parent = nullptr, std::filesystem::path supplies = "/sys/class/power_supply");
    /// Off at first. Switching it off lets what it has paused go on.
    void setEnabled(bool enabled);
    bool isEnabled() const { return m_timer.isActive(); }
    bool onBattery() const { return m_onBattery; }
    /// Looks at the supplies now; otherwise every ten seconds.
    void look();
    /// Lets everything it has paused go on, and pauses nothing more until the mains have been back.
    void goOn();

Q_SIGNALS:
    void pausedWork(); ///< the first job of this time on battery stands still

private:
    void take(bool onBattery);
    void hold(JobId id);
    void release();

    JobManager& m_jobs;
    std::filesystem::path m_supplies;
    QTimer m_timer;
    std::set<JobId> m_held; ///< paused by this object and by nobody since
    std::set<JobId> m_resumed; ///< by the user
    bool m_onBattery = false;
    bool m_overruled = false;
    bool m_told = false;
};

} // namespace clipscope
