// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs/job_manager.h"
#include "jobs/jobs_model.h"
#include "library/video_import.h"
#include "support/failing_disk.h"
#include "test_library.h"

#include "base/files.h"

#include <QElapsedTimer>
#include <QSignalSpy>

#include <fstream>
#include <sys/mount.h>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

/// A job that meets a full disk waits and says so; nothing is lost, and it goes on.
class FullDiskTest : public QObject {
    Q_OBJECT

    static JobRequest request(bool quiet = false)
    {
        JobRequest made;
        made.title = QStringLiteral("Writing");
        made.lane = Lane::Decode;
        made.quiet = quiet;
        return made;
    }

    /// Writes two files, and counts.
    struct Writer {
        TempDir folder;
        std::atomic<int> written = 0;
        void operator()(JobContext& context)
        {
            for (const char* name : {"a", "b"}) {
                context.onceThereIsSpace([&] { writeFileAtomically(folder / name, name); });
                context.progress(++written, 2, name);
            }
        }
    };

private Q_SLOTS:
    void itPausesAndGoesOnByItself()
    {
        Writer writer;
        JobManager jobs;
        QObject owner;
        QSignalSpy waits(&jobs, &JobManager::jobWaits);
        bool done = false;
        // The steps of one file are five; the second is met by a full disk.
        auto disk = std::make_unique<FailingDisk>(6, FailingDisk::Way::Lasting, ENOSPC);
        QElapsedTimer clock;
        clock.start();
        const JobId id = jobs.start(
            request(), [&](JobContext& context) { writer(context); }, &owner, [&] { done = true; });
        QTRY_COMPARE_WITH_TIMEOUT(waits.size(), 1, 2000);
        QVERIFY2(clock.elapsed() < 2000, qPrintable(QString::number(clock.elapsed())));
        QCOMPARE(waits[0][0].value<JobId>(), id);
        const QString why = waits[0][1].toString();
        QVERIFY2(why.contains("no space left on the disk"), qPrintable(why));
        QVERIFY2(why.contains(QString::fromStdString(writer.folder.path().string())), qPrintable(why));
        QCOMPARE(jobs.job(id)->state, JobState::Paused);
        QCOMPARE(jobStateText(*jobs.job(id)), QStringLiteral("Paused, the disk is full"));
        // It tries, and does not flicker meanwhile.
        const int before = FailingDisk::steps();
        for (int i = 0; i < 25; ++i) {
            QTest::qWait(100);
            QCOMPARE(jobs.job(id)->state, JobState::Paused);
        }
        QVERIFY(FailingDisk::steps() >= before + 2);
        QCOMPARE(waits.size(), 1);
        QCOMPARE(writer.written, 1);
        disk.reset(); // space is free
        QTRY_VERIFY_WITH_TIMEOUT(done, 5000);
        QCOMPARE(jobs.job(id)->state, JobState::Done);
        QCOMPARE(readFile(writer.folder / "a") + readFile(writer.folder / "b"), std::string("ab"));
        QCOMPARE(waits.size(), 2);
        QVERIFY(waits[1][1].toString().isEmpty());
    }

    void resumingTriesAtOnceAndCancelEnds()
    {
        Writer writer;
        JobManager jobs;
        QObject owner;
        QSignalSpy waits(&jobs, &JobManager::jobWaits);
        QSignalSpy ends(&jobs, &JobManager::jobFinished);
        auto disk = std::make_unique<FailingDisk>(1, FailingDisk::Way::Lasting, ENOSPC);
        const JobId id = jobs.start(
            request(), [&](JobContext& context) { writer(context); }, &owner, [] {});
        QTRY_COMPARE(waits.size(), 1);
        const int before = FailingDisk::steps();
        QElapsedTimer clock;
        clock.start();
        jobs.setPaused(id, false); // "Resume"
        QTRY_VERIFY_WITH_TIMEOUT(FailingDisk::steps() > before, 500);
        clock.restart();
        jobs.cancel(id);
        QTRY_COMPARE_WITH_TIMEOUT(ends.size(), 1, 2000);
        QVERIFY2(clock.elapsed() < 500, qPrintable(QString::number(clock.elapsed())));
        QCOMPARE(jobs.job(id)->state, JobState::Cancelled);
        QTRY_VERIFY(jobs.isIdle());
        disk.reset();
        QVERIFY(fs::is_empty(writer.folder.path()));
    }

    void whatNobodySeesFails()
    {
        Writer writer;
        JobManager jobs;
        QObject owner;
        QString failure;
        const FailingDisk disk(1, FailingDisk::Way::Lasting, ENOSPC);
        jobs.start(
            request(true), [&](JobContext& context) { writer(context); }, &owner, [] {},
            [&](const JobFailure& failed) { failure = failed.text(); });
        QTRY_VERIFY(failure.contains("no space left on the disk"));
    }

    void anImportOnASmallDisk()
    {
        TempDir box;
        writeClips(box.path(), {"a.mp4", "b.mp4", "c.mp4", "d.mp4"});
        fs::create_directory(box / "small");
        if (::mount("tmpfs", (box / "small").c_str(), "tmpfs", 0, "size=2m") != 0)
            QSKIP("no right to mount a small disk");
        struct Unmount {
            fs::path path;
            ~Unmount() { ::umount2(path.c_str(), MNT_DETACH); }
        } unmount{box / "small"};
        JobManager jobs;
        QObject owner;
        QSignalSpy waits(&jobs, &JobManager::jobWaits);
        const auto library = VideoLibrary::openOrCreate(box / "small/l");
        {
            std::ofstream fill(box / "small/fill", std::ios::binary);
            const std::string block(4096, 'x');
            while (fill.write(block.data(), 4096).flush()) { }
        }
        std::optional<ImportReport> report;
        const JobId id = jobs.start(
            request(),
            [&](JobContext& context) { return importVideos(*library, {box / "media"}, ImportOptions(), context); },
            &owner, [&](const ImportReport& result) { report = result; });
        QTRY_COMPARE_WITH_TIMEOUT(waits.size(), 1, 20000);
        QCOMPARE(jobs.job(id)->state, JobState::Paused);
        QVERIFY(!report);
        fs::remove(box / "small/fill");
        QTRY_VERIFY_WITH_TIMEOUT(report, 20000);
        QCOMPARE(report->ok, 4);
        QVERIFY(report->failed.empty());
        QCOMPARE(library->videoCount(), 4);
    }
};

QTEST_GUILESS_MAIN(FullDiskTest)
#include "tst_full_disk.moc"
