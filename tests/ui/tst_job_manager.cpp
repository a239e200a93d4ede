// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs/job_manager.h"
#include "jobs/progress_meter.h"
#include "ui_watchdog.h"

#include <QSignalSpy>
#include <QTest>

#include <chrono>
#include <map>
#include <stdexcept>
#include <sys/resource.h>
#include <thread>

using namespace clipscope;
using namespace std::chrono_literals;

namespace {

JobRequest request(const QString& title, Lane lane = Lane::Io)
{
    JobRequest made;
    made.title = title;
    made.lane = lane;
    return made;
}

/// Works until it is asked to stop.
void untilStopped(JobContext& context)
{
    while (true) {
        context.throwIfStopped();
        std::this_thread::sleep_for(2ms);
    }
}

} // namespace

class JobManagerTest : public QObject {
    Q_OBJECT

    /// Counts terminal states a job.
    std::map<JobId, std::vector<JobState>> m_ends;
    void watch(JobManager& jobs)
    {
        m_ends.clear();
        connect(
            &jobs, &JobManager::jobFinished, this, [this](JobId id, JobState state) { m_ends[id].push_back(state); });
    }

private Q_SLOTS:
    void aResultArrivesInThisThreadAndLater()
    {
        JobManager jobs;
        watch(jobs);
        QObject owner;
        int got = 0;
        bool inside = true;
        Qt::HANDLE worker = nullptr;
        const JobId id = jobs.start(
            request("work"),
            [&worker](JobContext&) {
                worker = QThread::currentThreadId();
                return 42;
            },
            &owner,
            [&](int value) {
                QVERIFY(!inside);
                QVERIFY(QThread::currentThread() == thread());
                got = value;
            });
        inside = false;
        QCOMPARE(got, 0);
        QTRY_COMPARE(got, 42);
        QVERIFY(worker != QThread::currentThreadId());
        QCOMPARE(m_ends[id], std::vector<JobState>{JobState::Done});
        QVERIFY(jobs.isIdle());
    }

    void aResultThatCannotBeCopied()
    {
        JobManager jobs;
        QObject owner;
        int got = 0;
        jobs.start(
            request("work"), [](JobContext&) { return std::make_unique<int>(7); }, &owner,
            [&](std::unique_ptr<int> value) { got = *value; });
        QTRY_COMPARE(got, 7);
    }

    void exceptionsArriveWithTheirText_data()
    {
        QTest::addColumn<int>("what");
        QTest::addColumn<QString>("expected");
        QTest::newRow("Error") << 0 << "bear.mp4: is cut off. Copy it again.";
        QTest::newRow("std::exception") << 1 << "file 37 broken";
        QTest::newRow("bad_alloc") << 2 << "There is not enough memory. Close other programs and try again.";
        QTest::newRow("anything") << 3 << "An unknown error";
    }

    void exceptionsArriveWithTheirText()
    {
        QFETCH(int, what);
        QFETCH(QString, expected);
        JobManager jobs;
        watch(jobs);
        QObject owner;
        QString failure;
        bool done = false;
        const JobId id = jobs.start(
            request("work"),
            [what](JobContext&) {
                switch (what) {
                case 0:
                    throw Error(ErrorKind::Media, "is cut off", "bear.mp4", "Copy it again.");
                case 1:
                    throw std::runtime_error("file 37 broken");
                case 2:
                    throw std::bad_alloc();
                default:
                    throw 7;
                }
            },
            &owner, [&] { done = true; }, [&](const JobFailure& f) { failure = f.text(); });
        QTRY_COMPARE(failure, expected);
        QVERIFY(!done);
        QCOMPARE(m_ends[id], std::vector<JobState>{JobState::Failed});
        QCOMPARE(jobs.job(id)->failure, expected);
    }

    void cancelOfARunningJob()
    {
        JobManager jobs;
        watch(jobs);
        QObject owner;
        bool told = false;
        const JobId id = jobs.start(
            request("long"), untilStopped, &owner, [&] { told = true; }, [&](const JobFailure&) { told = true; });
        QTRY_COMPARE(jobs.job(id)->state, JobState::Running);
        QElapsedTimer timer;
        timer.start();
        jobs.cancel(id);
        QVERIFY(jobs.job(id)->stopping || isFinal(jobs.job(id)->state));
        QTRY_VERIFY_WITH_TIMEOUT(isFinal(jobs.job(id)->state), 2000);
        QVERIFY2(timer.elapsed() < 200, qPrintable(QString::number(timer.elapsed())));
        jobs.cancel(id);
        QTest::qWait(50);
        QCOMPARE(m_ends[id], std::vector<JobState>{JobState::Cancelled});
        QVERIFY(!told);
    }

    void cancelOfAQueuedJobEndsItAtOnce()
    {
        JobManager jobs;
        watch(jobs);
        QObject owner;
        bool ran = false;
        const JobId first = jobs.start(request("first", Lane::Model), untilStopped, &owner, [] {});
        const JobId second = jobs.start(
            request("second", Lane::Model), [&ran](JobContext&) { ran = true; }, &owner, [] {});
        QTRY_COMPARE(jobs.job(first)->state, JobState::Running);
        jobs.cancel(second);
        QCOMPARE(jobs.job(second)->state, JobState::Cancelled);
        jobs.cancel(first);
        QTRY_VERIFY(jobs.isIdle());
        QVERIFY(!ran);
        QCOMPARE(m_ends[first].size(), size_t(1));
        QCOMPARE(m_ends[second].size(), size_t(1));
    }

    void whoeverCancelsNeverGetsTheResult()
    {
        JobManager jobs;
        QObject owner;
        bool told = false;
        std::atomic<bool> go = false;
        const JobId id = jobs.start(
            request("deaf"),
            [&go](JobContext&) {
                while (!go)
                    std::this_thread::sleep_for(1ms);
                return 1;
            },
            &owner, [&](int) { told = true; });
        QTRY_COMPARE(jobs.job(id)->state, JobState::Running);
        jobs.cancel(id);
        go = true;
        QTRY_COMPARE(jobs.job(id)->state, JobState::Cancelled);
        QVERIFY(!told);
    }

    void theNewestOfATopicWins()
    {
        JobManager jobs;
        watch(jobs);
        QObject owner;
        std::vector<int> got;
        std::vector<JobId> ids;
        for (int i = 0; i < 10; ++i) {
            JobRequest made = request("search", Lane::Query);
            made.topic = QStringLiteral("search");
            ids.push_back(jobs.start(
                made,
                [i](JobContext& context) {
                    for (int step = 0; step < 20; ++step) {
                        context.throwIfStopped();
                        std::this_thread::sleep_for(1ms);
                    }
                    return i;
                },
                &owner, [&](int value) { got.push_back(value); }));
            QTest::qWait(3);
        }
        QTRY_VERIFY(jobs.isIdle());
        QCOMPARE(got, std::vector<int>{9});
        for (JobId id : ids)
            QCOMPARE(m_ends[id].size(), size_t(1));
    }

    void theDeathOfTheOwnerStopsTheJob()
    {
        JobManager jobs;
        watch(jobs);
        auto owner = std::make_unique<QObject>();
        bool told = false;
        const JobId id = jobs.start(
            request("orphan"), untilStopped, owner.get(), [&] { told = true; },
            [&](const JobFailure&) { told = true; });
        QTRY_COMPARE(jobs.job(id)->state, JobState::Running);
        owner.reset();
        QTRY_COMPARE(jobs.job(id)->state, JobState::Cancelled);
        QVERIFY(!told);
        QCOMPARE(m_ends[id].size(), size_t(1));
    }

    void progressIsThrottledAndTheLastStateIsRight()
    {
        JobManager jobs;
        QObject owner;
        std::vector<qint64> changes;
        QElapsedTimer timer;
        timer.start();
        connect(&jobs, &JobManager::jobChanged, &owner, [&] { changes.push_back(timer.elapsed()); });
        bool done = false;
        JobRequest made = request("busy");
        made.unit = QStringLiteral("items");
        const JobId id = jobs.start(
            made,
            [](JobContext& context) {
                const auto until = std::chrono::steady_clock::now() + 1s;
                int64_t i = 0;
                while (std::chrono::steady_clock::now() < until)
                    context.progress(++i, 100000000, "item");
                context.progress(100000000, 100000000, "end");
            },
            &owner, [&] { done = true; });
        QTRY_VERIFY(done);
        QVERIFY2(changes.size() <= 14, qPrintable(QString::number(changes.size())));
        QVERIFY(changes.size() >= 3);
        QCOMPARE(jobs.job(id)->done, qint64(100000000));
        QCOMPARE(jobs.job(id)->text, QStringLiteral("end"));
    }

    void partialsAllArriveBeforeTheEnd()
    {
        JobManager jobs;
        QObject owner;
        int partials = 0;
        int calls = 0;
        int atEnd = -1;
        JobRequest made = request("parts");
        made.onPartials = [&](const std::vector<std::any>& values) {
            ++calls;
            for (const std::any& value : values)
                QCOMPARE(std::any_cast<int>(value), partials++);
        };
        jobs.start(
            made,
            [](JobContext& context) {
                for (int i = 0; i < 5000; ++i)
                    context.partial(i);
            },
            &owner, [&] { atEnd = partials; });
        QTRY_COMPARE(atEnd, 5000);
        QVERIFY(calls < 20);
    }

    void aPausedJobStandsStill()
    {
        JobManager jobs;
        QObject owner;
        std::atomic<int> steps = 0;
        bool done = false;
        const JobId id = jobs.start(
            request("steps"),
            [&steps](JobContext& context) {
                for (int i = 0; i < 200; ++i) {
                    context.throwIfStopped();
                    steps = i;
                    context.progress(i, 200);
                    std::this_thread::sleep_for(2ms);
                }
            },
            &owner, [&] { done = true; });
        QTRY_VERIFY(steps > 3);
        jobs.setPaused(id, true);
        QCOMPARE(jobs.job(id)->state, JobState::Paused);
        QTest::qWait(30);
        const int stood = steps;
        QTest::qWait(100);
        QCOMPARE(steps.load(), stood);
        jobs.setPaused(id, false);
        QTRY_VERIFY(done);
        QCOMPARE(jobs.job(id)->state, JobState::Done);
    }

    void aPausedJobCanBeCancelled()
    {
        JobManager jobs;
        watch(jobs);
        QObject owner;
        const JobId id = jobs.start(
            request("steps"),
            [](JobContext& context) {
                for (int64_t i = 0;; ++i) {
                    context.throwIfStopped();
                    context.progress(i, 0);
                    std::this_thread::sleep_for(1ms);
                }
            },
            &owner, [] {});
        QTRY_COMPARE(jobs.job(id)->state, JobState::Running);
        jobs.setPaused(id, true);
        QTest::qWait(20);
        jobs.cancel(id);
        QTRY_VERIFY_WITH_TIMEOUT(isFinal(jobs.job(id)->state), 500);
        QCOMPARE(m_ends[id], std::vector<JobState>{JobState::Cancelled});
    }

    void backgroundWorkGivesWay()
    {
        JobManager jobs;
        QObject owner;
        const int usual = ::getpriority(PRIO_PROCESS, 0);
        const auto runOn = [&](Lane lane) {
            int nice = -100;
            jobs.start(
                request("how low", lane), [](JobContext&) { return ::getpriority(PRIO_PROCESS, 0); }, &owner,
                [&nice](int value) { nice = value; });
            [&] { QTRY_VERIFY(nice != -100); }();
            return nice;
        };
        jobs.setLowPriority(true);
        QCOMPARE(runOn(Lane::Decode), std::max(10, usual));
        QCOMPARE(runOn(Lane::Model), std::max(10, usual));
        QCOMPARE(runOn(Lane::Query), usual); // the user waits for these
        QCOMPARE(runOn(Lane::Io), usual);
        jobs.setLowPriority(false);
        // A thread may not be allowed to come back; the next one is as any other.
        QTest::qWait(1500);
        QCOMPARE(runOn(Lane::Model), usual);
        QCOMPARE(::getpriority(PRIO_PROCESS, 0), usual);
    }

    void theLogKeepsItsEnd()
    {
        JobManager jobs;
        QObject owner;
        bool done = false;
        const JobId id = jobs.start(
            request("chatty"),
            [](JobContext& context) {
                for (int i = 0; i < 1500; ++i)
                    context.log(LogLevel::Info, std::to_string(i));
            },
            &owner, [&] { done = true; });
        QTRY_VERIFY(done);
        QCOMPARE(jobs.job(id)->log.size(), 1000);
        QCOMPARE(jobs.job(id)->log.last(), QStringLiteral("1499"));
    }

    void stopAllAndIdle()
    {
        JobManager jobs;
        QObject owner;
        QSignalSpy idle(&jobs, &JobManager::idle);
        for (int i = 0; i < 8; ++i)
            jobs.start(request("many", Lane(i % 4)), untilStopped, &owner, [] {});
        QTest::qWait(30);
        jobs.requestStopAll();
        QTRY_COMPARE(idle.size(), 1);
        QVERIFY(jobs.isIdle());
        for (const JobView& job : jobs.jobs())
            QCOMPARE(job.state, JobState::Cancelled);
    }

    void theDestructorWaitsForItsWorkers()
    {
        std::atomic<bool> left = false;
        {
            JobManager jobs;
            QObject owner;
            jobs.start(
                request("long"),
                [&left](JobContext& context) {
                    while (!context.stopped())
                        std::this_thread::sleep_for(1ms);
                    std::this_thread::sleep_for(20ms);
                    left = true;
                },
                &owner, [] {});
            QTest::qWait(30);
        }
        QVERIFY(left);
    }

    void theGuiThreadAnswersWhileJobsRun()
    {
        JobManager jobs;
        QObject owner;
        int ended = 0;
        test::UiWatchdog watchdog;
        for (Lane lane : {Lane::Query, Lane::Decode, Lane::Model, Lane::Io}) {
            JobRequest made = request("busy", lane);
            made.onPartials = [](const std::vector<std::any>&) {};
            jobs.start(
                made,
                [](JobContext& context) {
                    const auto until = std::chrono::steady_clock::now() + 1s;
                    for (int64_t i = 0; std::chrono::steady_clock::now() < until; ++i) {
                        context.progress(i, 0, "step");
                        context.partial(i);
                        if (i % 50 == 0)
                            context.log(LogLevel::Info, "line");
                        std::this_thread::sleep_for(100us);
                    }
                },
                &owner, [&] { ++ended; });
        }
        QTRY_COMPARE_WITH_TIMEOUT(ended, 4, 20000);
        QVERIFY(watchdog.answers() > 20);
        QVERIFY2(watchdog.longestMs() < 100, qPrintable(QString::number(watchdog.longestMs())));
    }

    void rateAndTimeLeft()
    {
        ProgressMeter meter;
        meter.add(0, 0, 100);
        QVERIFY(!meter.rate());
        meter.add(1000, 10, 100);
        QCOMPARE(*meter.rate(), 10.0);
        QVERIFY(!meter.secondsLeft()); // too early to say
        meter.add(3000, 30, 100);
        QCOMPARE(*meter.secondsLeft(), 7.0);
        // Ten times slower: the last ten seconds count, not the whole run.
        for (int second = 4; second <= 20; ++second)
            meter.add(1000 * second, 30 + (second - 3), 100);
        QCOMPARE(*meter.rate(), 1.0);
        meter.add(21000, 0, 50); // a new phase
        QVERIFY(!meter.rate());
    }
};

QTEST_GUILESS_MAIN(JobManagerTest)
#include "tst_job_manager.moc"
