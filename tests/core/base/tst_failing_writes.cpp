// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/file_writer.h"
#include "base/files.h"
#include "base/job_context.h"
#include "support/failing_disk.h"
#include "support/test_data.h"

#include <fstream>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

/// Each step of an atomic write fails once, for good, and is the last of the process.
class TestFailingWrites : public QObject {
    Q_OBJECT

    static size_t filesIn(const fs::path& folder) { return size_t(std::distance(fs::directory_iterator(folder), {})); }

private Q_SLOTS:
    void oldOrNewNeverAMix_data()
    {
        QTest::addColumn<int>("way");
        QTest::addColumn<int>("error");
        QTest::newRow("once") << int(FailingDisk::Way::Once) << EIO;
        QTest::newRow("full disk") << int(FailingDisk::Way::Lasting) << ENOSPC;
        QTest::newRow("killed") << int(FailingDisk::Way::Dies) << 0;
    }
    void oldOrNewNeverAMix()
    {
        QFETCH(int, way);
        QFETCH(int, error);
        const std::string before(3000, 'o');
        const std::string after(50000, 'n');
        int failures = 0;
        for (int nth = 1;; ++nth) {
            const TempDir dir;
            writeFileAtomically(dir / "f", before);
            const auto work = [&] {
                const FailingDisk disk(nth, FailingDisk::Way(way), error);
                writeFileAtomically(dir / "f", after);
            };
            std::string message;
            bool died = false;
            if (FailingDisk::Way(way) == FailingDisk::Way::Dies)
                died = inChild(work) == FailingDisk::kDied;
            else
                message = errorOf<Error>(work);
            const std::string now = readFile(dir / "f");
            QVERIFY2(now == before || now == after, std::to_string(nth).c_str());
            if (message.empty() && !died)
                QCOMPARE(now, after);
            if (!message.empty()) {
                QVERIFY2(message.find((dir / "f").string()) != std::string::npos, message.c_str());
                QCOMPARE(message.find("no space left on the disk") != std::string::npos, error == ENOSPC);
                QCOMPARE(filesIn(dir.path()), size_t(1));
            }
            removeUnfinished(dir.path());
            QCOMPARE(filesIn(dir.path()), size_t(1));
            writeFileAtomically(dir / "f", after);
            QCOMPARE(readFile(dir / "f"), after);
            failures += !message.empty() || died;
            if (FailingDisk::Way(way) == FailingDisk::Way::Dies ? !died : FailingDisk::steps() < nth)
                break;
            QVERIFY(nth < 100);
        }
        // Making, writing, syncing and renaming; what the folder's own sync says is not asked, but a crash may be
        // there.
        QCOMPARE(failures, FailingDisk::Way(way) == FailingDisk::Way::Dies ? 5 : 4);
    }
    void onlyWhatNobodyHoldsIsRemoved()
    {
        const TempDir dir;
        {
            FileWriter writer(dir / "held");
            std::ofstream(dir / "left.unfinished-aB3xYz") << "of a process that is gone";
            std::ofstream(dir / "unfinished-business.txt") << "somebody's";
            std::ofstream(dir / ".unfinished-abcdef") << "somebody's";
            fs::create_directory(dir / "folder.unfinished-abcdef");
            QCOMPARE(filesIn(dir.path()), size_t(5));
            removeUnfinished(dir.path());
            QCOMPARE(filesIn(dir.path()), size_t(4));
            QVERIFY(!fs::exists(dir / "left.unfinished-aB3xYz"));
            writer.write("whole", 5);
            writer.commit();
        }
        QCOMPARE(readFile(dir / "held"), std::string("whole"));
        removeUnfinished(dir / "nowhere");
    }
    void aStepIsMadeAgainOnceThereIsSpace()
    {
        const TempDir dir;
        JobContext context;
        int asked = 0;
        {
            // The second write, of the first three bytes' file, meets a full disk twice.
            const FailingDisk disk(2, FailingDisk::Way::Lasting, ENOSPC);
            context.onDiskFull = [&](const DiskFull& full) {
                if (std::string(full.what()).find((dir / "f").string()) == std::string::npos)
                    return false;
                if (++asked == 2)
                    diskFault = nullptr; // the user has freed some
                return true;
            };
            const int result = context.onceThereIsSpace([&] {
                writeFileAtomically(dir / "f", "abc");
                return 42;
            });
            QCOMPARE(result, 42);
        }
        QCOMPARE(asked, 2);
        QCOMPARE(readFile(dir / "f"), std::string("abc"));
        {
            const FailingDisk disk(1, FailingDisk::Way::Lasting, ENOSPC);
            context.onDiskFull = [](const DiskFull&) { return false; };
            QVERIFY_THROWS_EXCEPTION(DiskFull, context.onceThereIsSpace([&] { writeFileAtomically(dir / "f", "x"); }));
            context.onDiskFull = nullptr;
            QVERIFY_THROWS_EXCEPTION(DiskFull, context.onceThereIsSpace([&] { writeFileAtomically(dir / "f", "x"); }));
            // Other failures are not waited for.
            context.onDiskFull = [](const DiskFull&) { return true; };
            QVERIFY_THROWS_EXCEPTION(
                Error, context.onceThereIsSpace([] { throw Error(ErrorKind::Storage, "is gone"); }));
            std::stop_source stop;
            context.stop = stop.get_token();
            context.onDiskFull = [&](const DiskFull&) { return !stop.request_stop(); };
            QVERIFY_THROWS_EXCEPTION(Cancelled, context.onceThereIsSpace([&] { writeFileAtomically(dir / "f", "x"); }));
        }
        QCOMPARE(readFile(dir / "f"), std::string("abc"));
    }
};

QTEST_GUILESS_MAIN(TestFailingWrites)
#include "tst_failing_writes.moc"
