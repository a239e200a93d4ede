// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs/job_manager.h"
#include "jobs/jobs_model.h"
#include "jobs/power_watch.h"
#include "support/test_data.h"

#include <QSignalSpy>
#include <QTest>

#include <atomic>
#include <fstream>
#include <thread>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

/// Works in small steps until it is stopped.
struct Steps {
    std::shared_ptr<std::atomic<int>> done = std::make_shared<std::atomic<int>>(0);
    void operator()(JobContext& context) const
    {
        for (;; ++*done) {
            context.throwIfStopped();
            context.progress(*done, 0);
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }
    bool stands() const
    {
        QTest::qWait(30);
        const int before = *done;
        QTest::qWait(60);
        return *done == before;
    }
};

JobRequest request(Lane lane)
{
    JobRequest made;
    made.title = QStringLiteral("work");
    made.lane = lane;
    return made;
}

} // namespace

class PowerWatchTest : public QObject {
    Q_OBJECT
private:
    /// A laptop in a folder.
    void supply(bool mains)
    {
        for (const auto& [name, file, text] : {std::tuple("AC", "type", "Mains"), {"AC", "online", mains ? "1" : "0"},
                 {"BAT0", "type", "Battery"}, {"BAT0", "status", mains ? "Charging" : "Discharging"}}) {
            fs::create_directories(m_box / name);
            std::ofstream(m_box / name / file) << text << "\n";
        }
    }
    void look(PowerWatch& watch, bool mains)
    {
        supply(mains);
        watch.look();
        QTRY_COMPARE(watch.onBattery(), !mains);
    }
    TempDir m_box;

private Q_SLOTS:
    void pausesAndGoesOnByItself()
    {
        supply(true);
        JobManager jobs;
        PowerWatch watch(jobs, nullptr, m_box.path());
        QSignalSpy told(&watch, &PowerWatch::pausedWork);
        watch.setEnabled(true);
        QObject owner;
        const Steps decode, model, io;
        const JobId a = jobs.start(request(Lane::Decode), decode, &owner, [] {});
        const JobId b = jobs.start(request(Lane::Model), model, &owner, [] {});
        const JobId c = jobs.start(request(Lane::Io), io, &owner, [] {});
        QTRY_VERIFY(*decode.done > 2 && *model.done > 2 && *io.done > 2);

        look(watch, false);
        QCOMPARE(jobs.job(a)->state, JobState::Paused);
        QCOMPARE(jobStateText(*jobs.job(b)), QStringLiteral("Paused: on battery"));
        QTRY_COMPARE(jobs.job(c)->state, JobState::Running); // the list is brought up to date every 100 ms
        QVERIFY(decode.stands() && model.stands() && !io.stands());
        QCOMPARE(told.size(), 1);
        // What begins meanwhile waits as well.
        const Steps later;
        const JobId d = jobs.start(request(Lane::Decode), later, &owner, [] {});
        QCOMPARE(jobs.job(d)->state, JobState::Paused);
        QCOMPARE(told.size(), 1);

        look(watch, true);
        QTRY_COMPARE(jobs.job(a)->state, JobState::Running);
        QTRY_COMPARE(jobs.job(b)->state, JobState::Running);
        QVERIFY(jobs.job(a)->pausedFor.isEmpty());
        QVERIFY(!decode.stands() && !model.stands());
        QVERIFY(jobs.job(d)->state != JobState::Paused);
    }

    void theUserIsRight()
    {
        supply(true);
        JobManager jobs;
        PowerWatch watch(jobs, nullptr, m_box.path());
        watch.setEnabled(true);
        QObject owner;
        const Steps resumed, paused;
        const JobId a = jobs.start(request(Lane::Decode), resumed, &owner, [] {});
        const JobId b = jobs.start(request(Lane::Model), paused, &owner, [] {});
        QTRY_VERIFY(*resumed.done > 2 && *paused.done > 2);
        jobs.setPaused(b, true); // by hand
        look(watch, false);
        QCOMPARE(jobStateText(*jobs.job(b)), QStringLiteral("Paused"));
        jobs.setPaused(a, false); // by hand
        QVERIFY(!resumed.stands());
        watch.look();
        QTest::qWait(100);
        QVERIFY(!resumed.stands()); // not paused again
        look(watch, true);
        QCOMPARE(jobs.job(b)->state, JobState::Paused); // still the user's wish
        // The next time on battery counts anew.
        look(watch, false);
        QCOMPARE(jobStateText(*jobs.job(a)), QStringLiteral("Paused: on battery"));
    }

    void goingOnAllTheSame()
    {
        supply(false);
        JobManager jobs;
        PowerWatch watch(jobs, nullptr, m_box.path());
        watch.setEnabled(true);
        QTRY_VERIFY(watch.onBattery());
        QObject owner;
        const Steps first, second;
        const JobId a = jobs.start(request(Lane::Model), first, &owner, [] {});
        QCOMPARE(jobs.job(a)->state, JobState::Paused);
        watch.goOn();
        QTRY_VERIFY(*first.done > 2);
        const JobId b = jobs.start(request(Lane::Decode), second, &owner, [] {});
        QTRY_COMPARE(jobs.job(b)->state, JobState::Running);
    }

    void switchedOff()
    {
        supply(false);
        JobManager jobs;
        PowerWatch watch(jobs, nullptr, m_box.path());
        QObject owner;
        const Steps steps;
        const JobId id = jobs.start(request(Lane::Model), steps, &owner, [] {});
        QTRY_COMPARE(jobs.job(id)->state, JobState::Running); // off at first
        watch.setEnabled(true);
        QTRY_COMPARE(jobs.job(id)->state, JobState::Paused);
        watch.setEnabled(false);
        QTRY_COMPARE(jobs.job(id)->state, JobState::Running);
    }

    void aPausedJobCanBeCancelled()
    {
        supply(false);
        JobManager jobs;
        PowerWatch watch(jobs, nullptr, m_box.path());
        watch.setEnabled(true);
        QTRY_VERIFY(watch.onBattery());
        QObject owner;
        const JobId id = jobs.start(request(Lane::Model), Steps(), &owner, [] {});
        QCOMPARE(jobs.job(id)->state, JobState::Paused);
        jobs.cancel(id);
        QTRY_COMPARE(jobs.job(id)->state, JobState::Cancelled);
        QTRY_VERIFY(jobs.isIdle());
    }
};

QTEST_GUILESS_MAIN(PowerWatchTest)
#include "tst_power_watch.moc"
