// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "core/media/video_reference.h"
#include "library/watched_folders.h"

#include <chrono>
#include <fstream>
#include <set>
#include <sys/stat.h>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

/// Bytes that begin like an MP4 file: a candidate that no import can use.
void writeBroken(const fs::path& path, const std::string& more = "not much of a film")
{
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << std::string("\0\0\0\x18"
                                                         "ftypisom",
        12) << more;
}

bool makeVideo(const fs::path& path)
{
    fs::create_directories(path.parent_path());
    return ffmpeg({"-f", "lavfi", "-i", "testsrc2=size=64x48:rate=12:duration=1", "-c:v", "libx264", "-preset",
        "ultrafast", "-pix_fmt", "yuv420p", path.string()});
}

/// As if it had been written so long ago.
void age(const fs::path& path, int seconds)
{
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::seconds(seconds));
}

std::set<std::string> names(const WatchScan& scan)
{
    std::set<std::string> out;
    for (const Arrivals& group : scan.arrivals) {
        for (const fs::path& file : group.files)
            out.insert(file.filename().string());
    }
    return out;
}
using Names = std::set<std::string>;

struct Watched {
    TempDir box;
    std::shared_ptr<VideoLibrary> library = VideoLibrary::openOrCreate(box / "lib.clipscope");
    JobContext context;
    int64_t nowMs = 0;
    FolderWatch watch;

    explicit Watched(bool failedAgain = false)
        : watch(4, failedAgain, [this] { return nowMs; })
    {
        toNow();
        fs::create_directories(box / "films");
        watchFolder(*library, box / "films");
    }
    void toNow()
    {
        nowMs =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
                .count();
    }
    WatchScan scan() { return watch.scan(*library, context); }
};

} // namespace

class WatchedFoldersTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theListIsKeptInTheLibrary()
    {
        const TempDir box;
        fs::create_directories(box / "a");
        fs::create_directories(box / "odd \xff name");
        {
            const auto library = VideoLibrary::openOrCreate(box / "lib");
            QVERIFY(watchedFolders(*library).empty());
            watchFolder(*library, box / "a" / ".." / "a" / "", SamplerSpec::parse("fps:2"));
            watchFolder(*library, box / "odd \xff name");
            watchFolder(*library, box / "a", SamplerSpec::parse("keyframes")); // again: the sampler changes
        }
        const auto library = VideoLibrary::open(box / "lib");
        std::vector<WatchedFolder> list = watchedFolders(*library);
        QCOMPARE(list.size(), size_t(2));
        QCOMPARE(list[0].path, box / "a");
        QCOMPARE(list[0].sampler.toString(), std::string("keyframes"));
        QCOMPARE(list[1].path, box / "odd \xff name");
        fs::remove_all(box / "a"); // one that is gone can still be taken off
        QVERIFY(unwatchFolder(*library, box / "a"));
        QVERIFY(!unwatchFolder(*library, box / "a"));
        QCOMPARE(watchedFolders(*library).size(), size_t(1));
    }

    void whatCannotBeWatched()
    {
        const TempDir box;
        const auto library = VideoLibrary::openOrCreate(box / "lib");
        std::ofstream(box / "file") << "x";
        QVERIFY(
            errorOf<Error>([&] { watchFolder(*library, box / "file"); }).find("is not a folder") != std::string::npos);
        QVERIFY(
            errorOf<Error>([&] { watchFolder(*library, box / "no"); }).find("is not a folder") != std::string::npos);
        QVERIFY(
            errorOf<Error>([&] { watchFolder(*library, box / "lib"); }).find("library itself") != std::string::npos);
        QVERIFY(!errorOf<Error>([&] { watchFolder(*library, box / "lib" / "thumbnails"); }).empty());
        QVERIFY(watchedFolders(*library).empty());
    }

    void aDamagedListIsAnEmptyOne()
    {
        const TempDir box;
        const auto library = VideoLibrary::openOrCreate(box / "lib");
        for (const char* text : {"", "[", "{}", "[{}]", "[7]", "[{\"path\": 3, \"sampler\": \"fps:1\"}]",
                 "[{\"pathHex\": \"zz\", \"sampler\": \"fps:1\"}]", "[{\"path\": \"/x\", \"sampler\": \"none\"}]"}) {
            library->setSetting("watchedFolders", text);
            QVERIFY2(watchedFolders(*library).empty(), text);
        }
    }

    void aFileJoinsWhenItHasStoppedGrowing()
    {
        Watched w;
        writeBroken(w.box / "films" / "deep" / "growing.mp4");
        w.toNow();
        QCOMPARE(names(w.scan()), Names());
        QCOMPARE(w.scan().waiting, 1);
        w.nowMs += 3000;
        writeBroken(w.box / "films" / "deep" / "growing.mp4", "a little more of it");
        age(w.box / "films" / "deep" / "growing.mp4", -3); // written now, as the watch counts time
        QCOMPARE(w.scan().waiting, 1); // changed: its time begins anew
        w.nowMs += 3000;
        QCOMPARE(w.scan().waiting, 1);
        w.nowMs += 1500;
        const WatchScan done = w.scan();
        QCOMPARE(names(done), Names{"growing.mp4"});
        QCOMPARE(done.waiting, 0);
        QCOMPARE(done.arrivals[0].folder.path, w.box / "films");
        // Handed out once; again only when it changes.
        w.nowMs += 60000;
        QCOMPARE(names(w.scan()), Names());
        writeBroken(w.box / "films" / "deep" / "growing.mp4", "and it went on");
        w.toNow();
        QCOMPARE(w.scan().waiting, 1);
        w.nowMs += 5000;
        QCOMPARE(names(w.scan()), Names{"growing.mp4"});
    }

    void anOldFileJoinsAtOnce()
    {
        Watched w;
        writeBroken(w.box / "films" / "old.mkv");
        age(w.box / "films" / "old.mkv", 60);
        QCOMPARE(names(w.scan()), Names{"old.mkv"});
    }

    void aClockAheadIsWaitedFor()
    {
        Watched w;
        writeBroken(w.box / "films" / "server.mp4");
        age(w.box / "films" / "server.mp4", -3600); // the server's clock is an hour ahead
        QCOMPARE(w.scan().waiting, 1);
        w.nowMs += 4100;
        QCOMPARE(names(w.scan()), Names{"server.mp4"});
    }

    void whatNeverJoins()
    {
        Watched w;
        for (const char* name : {"film.mp4.part", "film.mkv.crdownload", "film.mp4.PART", ".hidden.mp4", "x.tmp"})
            writeBroken(w.box / "films" / name);
        std::ofstream(w.box / "films" / "empty.mp4").flush();
        std::ofstream(w.box / "films" / "notes.txt") << "words";
        for (const auto& entry : fs::directory_iterator(w.box / "films"))
            age(entry.path(), 60);
        const WatchScan scan = w.scan();
        QCOMPARE(names(scan), Names());
        QCOMPARE(scan.waiting, 0);
        // Its real name makes it a film.
        fs::rename(w.box / "films" / "film.mp4.part", w.box / "films" / "film.mp4");
        QCOMPARE(names(w.scan()), Names{"film.mp4"});
    }

    void foldersToBeTold()
    {
        Watched w;
        fs::create_directories(w.box / "films" / "a" / "b");
        fs::create_directory_symlink(w.box / "films", w.box / "films" / "loop");
        const WatchScan scan = w.scan();
        if (scan.hasRemote)
            QSKIP("the temporary folder is on a file system that tells no changes");
        QCOMPARE(std::set<fs::path>(scan.folders.begin(), scan.folders.end()),
            (std::set<fs::path>{w.box / "films", w.box / "films" / "a", w.box / "films" / "a" / "b"}));
    }

    void aFolderThatIsNotThere()
    {
        Watched w;
        fs::create_directories(w.box / "drive");
        watchFolder(*w.library, w.box / "drive");
        fs::remove(w.box / "drive");
        writeBroken(w.box / "films" / "a.mp4");
        age(w.box / "films" / "a.mp4", 60);
        const WatchScan scan = w.scan();
        QCOMPARE(scan.unreachable, std::vector<fs::path>{w.box / "drive"});
        QCOMPARE(names(scan), Names{"a.mp4"}); // the others are looked at all the same
    }

    void importedDeletedAndBack()
    {
        NEED_FFMPEG();
        Watched w;
        watchFolder(*w.library, w.box / "films", SamplerSpec::parse("uniform:4"));
        QVERIFY(makeVideo(w.box / "films" / "sea" / "bear.mp4"));
        age(w.box / "films" / "sea" / "bear.mp4", 60);
        WatchScan scan = w.scan();
        const ImportReport report = importArrivals(*w.library, scan.arrivals, ImportOptions(), w.context);
        QCOMPARE(report.ok, 1);
        const VideoRecord video = w.library->videos().at(0);
        QCOMPARE(video.sampler.toString(), std::string("uniform:4")); // the folder's own
        QCOMPARE(video.importRoot, w.box / "films"); // as if the whole folder had been imported
        QVERIFY(!w.library->matchWords("sea", 5).empty());
        scan = w.scan();
        QCOMPARE(names(scan), Names());
        QVERIFY(scan.missing.empty());
        // Deleted: marked, and still in the library. Back: as before, and nothing is imported twice.
        fs::rename(w.box / "films" / "sea" / "bear.mp4", w.box / "elsewhere.mp4");
        scan = w.scan();
        QCOMPARE(scan.missing, std::vector<VideoId>{video.id});
        QCOMPARE(w.library->videoCount(), 1);
        fs::rename(w.box / "elsewhere.mp4", w.box / "films" / "sea" / "bear.mp4");
        scan = w.scan();
        QVERIFY(scan.missing.empty());
        QCOMPARE(names(scan), Names());
        // Videos from elsewhere are nobody's business here.
        QVERIFY(makeVideo(w.box / "other" / "fox.mp4"));
        importVideos(*w.library, {w.box / "other"}, ImportOptions(), w.context);
        fs::remove(w.box / "other" / "fox.mp4");
        QVERIFY(w.scan().missing.empty());
    }

    void failuresAreNotTriedAgainTheNextDay()
    {
        Watched w;
        const fs::path broken = w.box / "films" / "broken.mp4";
        writeBroken(broken);
        age(broken, 60);
        const WatchScan scan = w.scan();
        QCOMPARE(importArrivals(*w.library, scan.arrivals, ImportOptions(), w.context).failed.size(), size_t(1));
        FolderWatch nextDay(4, false, [&] { return w.nowMs; });
        QCOMPARE(names(nextDay.scan(*w.library, w.context)), Names());
        FolderWatch wished(4, true, [&] { return w.nowMs; });
        QCOMPARE(names(wished.scan(*w.library, w.context)), Names{"broken.mp4"});
        writeBroken(broken, "mended, at least changed");
        age(broken, 30);
        FolderWatch dayAfter(4, false, [&] { return w.nowMs; });
        QCOMPARE(names(dayAfter.scan(*w.library, w.context)), Names{"broken.mp4"});
    }

    void stoppingAScan()
    {
        Watched w;
        std::stop_source stop;
        stop.request_stop();
        w.context.stop = stop.get_token();
        writeBroken(w.box / "films" / "a.mp4");
        QVERIFY_EXCEPTION_THROWN(w.scan(), Cancelled);
    }
};

QTEST_GUILESS_MAIN(WatchedFoldersTest)
#include "tst_watched_folders.moc"
