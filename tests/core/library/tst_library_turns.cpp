// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"
#include "library/library_lock.h"
#include "library/video_library.h"
#include "support/failing_disk.h"
#include "support/test_data.h"

#include <chrono>
#include <csignal>
#include <sys/prctl.h>
#include <thread>

using namespace clipscope;
using namespace clipscope::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

VideoRecord record(const fs::path& path)
{
    VideoRecord v;
    v.path = path;
    v.hash = sha256(path.string());
    return v;
}

/// A child that holds a lock until it is killed; it writes a byte to `ready` once it has it.
pid_t holder(const fs::path& folder, int ready)
{
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const LibraryLock lock(folder, {});
        [[maybe_unused]] const ssize_t written = ::write(ready, "x", 1);
        for (;;)
            ::pause();
    }
    return child;
}

} // namespace

/// Several programs on one library.
class TestLibraryTurns : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void noUpdateIsLost()
    {
        // One process imports the same videos again and again, the other labels them: each label stays.
        const TempDir dir;
        constexpr int kVideos = 100;
        {
            const auto library = VideoLibrary::openOrCreate(dir / "l");
            for (int i = 0; i < kVideos; ++i) {
                VideoRecord v = record("/films/" + std::to_string(i) + ".mp4");
                library->store(v);
            }
        }
        std::array<int, 2> done{};
        QCOMPARE(::pipe(done.data()), 0);
        const pid_t importer = ::fork();
        if (importer == 0) {
            ::close(done[1]);
            try {
                const auto library = VideoLibrary::open(dir / "l");
                for (int round = 0;; ++round) {
                    for (int i = 0; i < kVideos; ++i) {
                        VideoRecord v = record("/films/" + std::to_string(i) + ".mp4");
                        library->storeMedia(v);
                    }
                    char byte = 0;
                    if (::read(done[0], &byte, 1) == 0) // the other end is closed: it has labelled all
                        ::_exit(0);
                }
            } catch (...) {
                ::_exit(1);
            }
        }
        ::close(done[0]);
        {
            const auto library = VideoLibrary::open(dir / "l");
            for (int i = 0; i < kVideos; ++i) {
                const VideoId id = library->videoByPath("/films/" + std::to_string(i) + ".mp4")->id;
                library->setLabel(id, "label " + std::to_string(i));
                library->setSplit(id, "test");
                if (i % 10 == 0)
                    QCOMPARE(::write(done[1], "x", 1), ssize_t(1)); // another round
            }
        }
        ::close(done[1]);
        int status = -1;
        QCOMPARE(::waitpid(importer, &status, 0), importer);
        QCOMPARE(status, 0);
        int lost = 0;
        const auto library = VideoLibrary::open(dir / "l");
        for (int i = 0; i < kVideos; ++i) {
            const auto video = library->videoByPath("/films/" + std::to_string(i) + ".mp4");
            lost += video->label != "label " + std::to_string(i) || video->split != "test";
        }
        QCOMPARE(lost, 0);
        QCOMPARE(library->videoCount(), kVideos);
    }

    void openingAgainGivesNoLockAway()
    {
        // Closing any descriptor of a file gives away all locks the process has on it. When looking at the header did
        // so, another program that came and went took the journal away under the first one.
        const TempDir dir;
        const auto first = VideoLibrary::openOrCreate(dir / "l");
        VideoRecord a = record("/films/a.mp4");
        first->store(a);
        VideoLibrary::open(dir / "l"); // comes and goes in this process
        QCOMPARE(inChild([&] {
            if (VideoLibrary::open(dir / "l")->videoCount() != 1)
                throw std::runtime_error("not there");
        }),
            0);
        VideoRecord b = record("/films/b.mp4");
        first->store(b);
        QCOMPARE(inChild([&] {
            if (VideoLibrary::open(dir / "l")->videoCount() != 2)
                throw std::runtime_error("lost");
        }),
            0);
    }

    void jobsTakeTurnsAndSayWhomTheyWaitFor()
    {
        const TempDir dir;
        VideoLibrary::openOrCreate(dir / "l");
        std::array<int, 2> ready{};
        QCOMPARE(::pipe(ready.data()), 0);
        const pid_t child = holder(dir / "l", ready[1]);
        char byte = 0;
        QCOMPARE(::read(ready[0], &byte, 1), ssize_t(1));

        // Reading and single changes need no turn.
        const auto library = VideoLibrary::open(dir / "l");
        VideoRecord v = record("/films/a.mp4");
        library->store(v);
        QCOMPARE(library->matchWords("films", 5).size(), size_t(1));

        std::string said;
        JobContext context;
        std::stop_source stop;
        context.stop = stop.get_token();
        context.onLog = [&](LogLevel, const std::string& text) {
            said += text;
            stop.request_stop();
        };
        QVERIFY_THROWS_EXCEPTION(Cancelled, LibraryLock(dir / "l", context));
        QVERIFY2(said.find("process " + std::to_string(child)) != std::string::npos, said.c_str());
        QVERIFY2(said.find(fs::read_symlink("/proc/self/exe").filename().string()) != std::string::npos, said.c_str());

        // It has its turn once the other one is gone, however that went.
        std::thread killer([&] {
            std::this_thread::sleep_for(300ms);
            ::kill(child, SIGKILL);
        });
        const LibraryLock mine(dir / "l", {});
        killer.join();
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFSIGNALED(status));
        QVERIFY(readFile(dir / "l/library.lock").find(std::to_string(::getpid())) != std::string::npos);
    }

    void jobsOfOneProgramShare()
    {
        const TempDir dir;
        VideoLibrary::openOrCreate(dir / "l");
        auto first = std::make_unique<LibraryLock>(dir / "l", JobContext());
        std::thread([&] { const LibraryLock second(dir / "l", {}); }).join();
        auto third = std::make_unique<LibraryLock>(dir / "l", JobContext());
        first.reset();
        // Another process does not get in while one of ours has it.
        const auto other = [&] {
            JobContext context;
            std::stop_source stop;
            context.stop = stop.get_token();
            context.onLog = [&](LogLevel, const std::string&) { stop.request_stop(); };
            const LibraryLock lock(dir / "l", context);
        };
        QCOMPARE(inChild(other), 1);
        third.reset();
        QCOMPARE(inChild(other), 0);
    }

    void aFolderThatCannotBeWritten()
    {
        const TempDir dir;
        fs::create_directory(dir / "l");
        fs::permissions(dir.path(), fs::perms(0755));
        {
            const auto library = VideoLibrary::openOrCreate(dir / "l");
            VideoRecord v = record("/films/a bear.mp4");
            library->store(v);
        }
        const auto asNobody = [&](const std::function<void()>& work) {
            return inChild([&] {
                if (::geteuid() == 0 && ::seteuid(65534) != 0)
                    throw std::runtime_error("seteuid");
                work();
            });
        };
        fs::permissions(dir / "l", fs::perms(0555));
        fs::permissions(dir / "l/library.db", fs::perms(0444));
        const int found = asNobody([&] {
            const auto library = VideoLibrary::open(dir / "l");
            if (!library->readOnly() || library->matchWords("bear", 5).size() != 1)
                throw std::runtime_error("cannot be searched");
        });
        const int refused = asNobody([&] {
            const auto library = VideoLibrary::open(dir / "l");
            VideoRecord v = record("/films/b.mp4");
            const std::string message = errorOf<Error>([&] { library->store(v); });
            const std::string locked = errorOf<Error>([&] { const LibraryLock lock(dir / "l", {}); });
            if (message.find("Check the permissions") == std::string::npos
                || locked.find("library.lock") == std::string::npos)
                throw std::runtime_error(message + locked);
        });
        fs::permissions(dir / "l", fs::perms(0755));
        fs::permissions(dir / "l/library.db", fs::perms(0644));
        QCOMPARE(found, 0);
        QCOMPARE(refused, 0);
        QVERIFY(!VideoLibrary::open(dir / "l")->readOnly());
    }
};

QTEST_GUILESS_MAIN(TestLibraryTurns)
#include "tst_library_turns.moc"
