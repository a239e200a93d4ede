// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs/job_manager.h"
#include "library/folder_watcher.h"
#include "patience.h"
#include "test_library.h"

#include <QSignalSpy>
#include <QTest>

#include <fstream>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {
constexpr double kSettleSec = .4;
} // namespace

/// Real files, the real kernel.
class FolderWatcherTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_box = std::make_unique<TempDir>();
        m_library = VideoLibrary::openOrCreate(*m_box / "lib.clipscope");
        fs::create_directories(*m_box / "films");
        watchFolder(*m_library, *m_box / "films");
        m_jobs = std::make_unique<JobManager>();
        m_watcher = std::make_unique<FolderWatcher>(*m_jobs, nullptr, kSettleSec);
        m_files.clear();
        m_looks = 0;
        connect(m_watcher.get(), &FolderWatcher::arrived, this, [this](const std::vector<Arrivals>& arrivals) {
            for (const Arrivals& group : arrivals)
                m_files.insert(m_files.end(), group.files.begin(), group.files.end());
        });
        connect(m_watcher.get(), &FolderWatcher::looked, this, [this](const WatchScan& scan) {
            m_last = scan;
            ++m_looks;
        });
    }
    void cleanup()
    {
        m_watcher.reset();
        m_jobs.reset();
        m_library.reset();
        m_box.reset();
    }

    void whatIsThereAtOpening()
    {
        writeClip(*m_box / "films" / "bear.mp4", 12);
        m_watcher->setLibrary(m_library);
        QTRY_COMPARE_WITH_TIMEOUT(m_files, std::vector<fs::path>{*m_box / "films" / "bear.mp4"}, kPatience);
    }

    void whatComesLater()
    {
        m_watcher->setLibrary(m_library);
        QTRY_VERIFY_WITH_TIMEOUT(m_looks > 0, kPatience);
        QTest::qWait(int(kSettleSec * 1000) + 500); // the look that follows a new folder is over
        if (m_last.hasRemote)
            QSKIP("the temporary folder is on a file system that tells no changes");
        const int looks = m_looks;
        QTest::qWait(300);
        QCOMPARE(m_looks, looks); // nothing happens: nothing is looked at
        writeClip(*m_box / "films" / "a.mp4", 12);
        QTRY_COMPARE_WITH_TIMEOUT(m_files.size(), size_t(1), kPatience);
        // A folder made later is watched too.
        fs::create_directories(*m_box / "films" / "new" / "deep");
        QTest::qWait(1500);
        writeClip(*m_box / "films" / "new" / "deep" / "b.mp4", 12);
        QTRY_COMPARE_WITH_TIMEOUT(m_files.size(), size_t(2), kPatience);
        QVERIFY(m_watcher->watchesAll());
    }

    void aCopyInProgressIsWaitedFor()
    {
        m_watcher->setLibrary(m_library);
        QTRY_VERIFY_WITH_TIMEOUT(m_looks > 0, kPatience);
        writeClip(*m_box / "whole.mp4", 24);
        std::ifstream in(*m_box / "whole.mp4", std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
        const fs::path copy = *m_box / "films" / "copy.mp4";
        for (size_t part = 0; part < 8; ++part) {
            const size_t from = bytes.size() * part / 8, to = bytes.size() * (part + 1) / 8;
            std::ofstream(copy, std::ios::binary | std::ios::app) << bytes.substr(from, to - from);
            QTest::qWait(150);
            QVERIFY(m_files.empty());
        }
        QTRY_COMPARE_WITH_TIMEOUT(m_files, std::vector<fs::path>{copy}, kPatience);
        QCOMPARE(fs::file_size(copy), bytes.size());
    }

    void anotherLibraryOrNone()
    {
        m_watcher->setLibrary(m_library);
        m_watcher->setLibrary(nullptr); // in the middle of a look
        writeClip(*m_box / "films" / "a.mp4", 12);
        QTest::qWait(1500);
        QVERIFY(m_files.empty());
        QCOMPARE(m_looks, 0);
        QTRY_VERIFY(m_jobs->isIdle());
        m_watcher->setLibrary(m_library);
        QTRY_COMPARE_WITH_TIMEOUT(m_files.size(), size_t(1), kPatience);
    }

private:
    std::unique_ptr<TempDir> m_box;
    std::shared_ptr<VideoLibrary> m_library;
    std::unique_ptr<JobManager> m_jobs;
    std::unique_ptr<FolderWatcher> m_watcher;
    std::vector<fs::path> m_files;
    WatchScan m_last;
    int m_looks = 0;
};

QTEST_GUILESS_MAIN(FolderWatcherTest)
#include "tst_folder_watcher.moc"
