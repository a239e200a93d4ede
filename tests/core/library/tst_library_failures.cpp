// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"
#include "failing_vfs.h"
#include "library/embedding_store.h"
#include "library/video_import.h"
#include "media/video_writer.h"
#include "support/failing_disk.h"
#include "support/test_data.h"

#include <fstream>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

using Way = FailingDisk::Way;

VideoRecord record(const fs::path& path)
{
    VideoRecord v;
    v.path = path;
    v.hash = sha256(path.string());
    v.sampledFrames = v.usableFrames = 12;
    return v;
}

std::vector<Caption> captions(const std::string& text, int count)
{
    std::vector<Caption> out;
    for (int i = 0; i < count; ++i)
        out.push_back({0, text + " " + std::to_string(i), double(i), double(i + 1), CaptionSource::Caption});
    return out;
}

VideoEmbedding embedding(float value)
{
    VideoEmbedding e;
    e.timesSec = {0, 1};
    e.durationSec = 2;
    e.askedFrames = 2;
    e.joint = {3, std::vector<float>(6, value)};
    return e;
}

std::string integrityOf(const fs::path& library)
{
    sqlite3* handle = nullptr;
    std::string result = "not opened";
    if (sqlite3_open((library / "library.db").c_str(), &handle) == SQLITE_OK) {
        const auto take = [](void* to, int, char** values, char**) {
            *static_cast<std::string*>(to) = values[0];
            return 0;
        };
        sqlite3_exec(handle, "PRAGMA integrity_check", take, &result, nullptr);
    }
    sqlite3_close(handle);
    return result;
}

/// Names of files that an unfinished write or building has left anywhere below.
std::string leftovers(const fs::path& folder)
{
    std::string out;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (name.find(".unfinished-") != std::string::npos || name.find(".new-") != std::string::npos)
            out += name + " ";
    }
    return out;
}

/// One thing that is done to a library, whose every step is made to fail.
struct Case {
    std::function<void(const fs::path& dir)> prepare;
    std::function<void(const fs::path& dir)> work;
    /// After a failure, or after none.
    std::function<void(const fs::path& dir, bool failed)> check;
};

} // namespace

/// Every write, sync, truncation, removal and renaming that a library makes, SQLite's included, fails in turn.
class TestLibraryFailures : public QObject {
    Q_OBJECT

    FailingVfs m_vfs;

    static void ways()
    {
        QTest::addColumn<int>("way");
        QTest::addColumn<int>("error");
        QTest::newRow("once") << int(Way::Once) << EIO;
        QTest::newRow("full disk") << int(Way::Lasting) << ENOSPC;
        QTest::newRow("killed") << int(Way::Dies) << 0;
    }

    static void run(const Case& one, Way way, int error, int least)
    {
        int failures = 0;
        for (int nth = 1;; ++nth) {
            const TempDir dir;
            one.prepare(dir.path());
            std::string message;
            bool died = false;
            bool last = false;
            const auto work = [&] {
                const FailingDisk disk(nth, way, error);
                one.work(dir.path());
            };
            if (way == Way::Dies) {
                died = inChild(work) == FailingDisk::kDied;
                last = !died;
            } else {
                message = errorOf<Error>(work);
                last = FailingDisk::steps() < nth;
            }
            if (error == ENOSPC && !message.empty())
                QVERIFY2(message.find("no space left on the disk") != std::string::npos, message.c_str());
            failures += died || !message.empty();
            one.check(dir.path(), died || !message.empty());
            if (QTest::currentTestFailed()) {
                qWarning("step %d: %s", nth, message.c_str());
                return;
            }
            if (last)
                break;
            QVERIFY(nth < 2000);
        }
        qInfo("%d of the steps failed the work", failures);
        QVERIFY2(failures >= least, std::to_string(failures).c_str());
    }

private Q_SLOTS:
    void creation_data() { ways(); }
    void creation()
    {
        QFETCH(int, way);
        QFETCH(int, error);
        Case one;
        one.prepare = [](const fs::path&) {};
        one.work = [](const fs::path& dir) { VideoLibrary::openOrCreate(dir / "l"); };
        one.check = [](const fs::path& dir, bool failed) {
            QVERIFY(failed || VideoLibrary::exists(dir / "l"));
            if (VideoLibrary::exists(dir / "l"))
                VideoLibrary::open(dir / "l");
            VideoRecord v = record("/films/a.mp4");
            VideoLibrary::openOrCreate(dir / "l")->store(v);
            QCOMPARE(VideoLibrary::open(dir / "l")->videoCount(), 1);
            QCOMPARE(leftovers(dir), std::string());
        };
        run(one, Way(way), error, 10);
    }

    void commits_data() { ways(); }
    void commits()
    {
        QFETCH(int, way);
        QFETCH(int, error);
        Case one;
        one.prepare = [](const fs::path& dir) {
            const auto library = VideoLibrary::openOrCreate(dir / "l");
            VideoRecord a = record("/films/a.mp4");
            library->store(a);
            library->setCaptions(a.id, CaptionSource::Caption, captions("old", 3));
        };
        one.work = [](const fs::path& dir) {
            const auto library = VideoLibrary::open(dir / "l");
            const VideoId a = library->videoByPath("/films/a.mp4")->id;
            library->setCaptions(a, CaptionSource::Caption, captions("new", 40));
            VideoRecord b = record("/films/b.mp4");
            library->store(b);
            library->setLabel(a, "bear");
        };
        one.check = [](const fs::path& dir, bool failed) {
            {
                const auto library = VideoLibrary::open(dir / "l");
                const auto a = library->videoByPath("/films/a.mp4");
                QVERIFY(a);
                const auto texts = library->captions(a->id);
                const bool first = texts.size() == 40;
                QVERIFY(first || texts.size() == 3);
                for (const Caption& text : texts)
                    QVERIFY(text.text.starts_with(first ? "new" : "old"));
                QCOMPARE(library->matchWords("new", 1000).size(), size_t(first ? 40 : 0));
                const bool second = library->videoByPath("/films/b.mp4").has_value();
                const bool third = a->label == "bear";
                QVERIFY(first || !second);
                QVERIFY(second || !third);
                QVERIFY(failed || third);
            }
            QCOMPARE(integrityOf(dir / "l"), std::string("ok"));
            // The next run goes on.
            const auto library = VideoLibrary::open(dir / "l");
            VideoRecord b = record("/films/b.mp4");
            library->store(b);
            QCOMPARE(library->videoCount(), 2);
        };
        run(one, Way(way), error, 5);
    }

    void shards_data() { ways(); }
    void shards()
    {
        QFETCH(int, way);
        QFETCH(int, error);
        const VideoRecord video = record("/films/a.mp4");
        const EmbeddingKey key{0, "fake", "hash", "video", 0, 0, 3, 0};
        Case one;
        one.prepare = [&](const fs::path& dir) {
            VideoLibrary::openOrCreate(dir / "l");
            EmbeddingStore(dir / "l", key).write(video, embedding(1));
        };
        one.work = [&](const fs::path& dir) { EmbeddingStore(dir / "l", key).write(video, embedding(2)); };
        one.check = [&](const fs::path& dir, bool failed) {
            EmbeddingStore store(dir / "l", key);
            const auto read = store.read(video);
            QVERIFY(read && (read->joint.values[0] == 2 || (failed && read->joint.values[0] == 1)));
            VideoLibrary::open(dir / "l"); // what a killed process left goes at the latest here
            QCOMPARE(leftovers(dir), std::string());
            store.write(video, embedding(3));
            QCOMPARE(store.read(video)->joint.values[0], 3.f);
        };
        run(one, Way(way), error, 4);
    }

    void aBackupIsOldOrNew()
    {
        Case one;
        one.prepare = [](const fs::path& dir) {
            const auto library = VideoLibrary::openOrCreate(dir / "l");
            library->keepBackup({});
            VideoRecord v = record("/films/a.mp4");
            library->store(v);
        };
        one.work = [](const fs::path& dir) { VideoLibrary::open(dir / "l")->keepBackup({}); };
        one.check = [](const fs::path& dir, bool) {
            const auto library = VideoLibrary::open(dir / "l");
            QCOMPARE(library->videoCount(), 1);
            QCOMPARE(leftovers(dir), std::string());
            fs::create_directory(dir / "copy");
            fs::copy_file(dir / "l/library.db.backup", dir / "copy/library.db");
            QVERIFY(VideoLibrary::open(dir / "copy")->videoCount() <= 1);
        };
        run(one, Way::Dies, 0, 5);
        // A copy that cannot be made is a warning, and the job that made it is done.
        const TempDir dir;
        one.prepare(dir.path());
        const auto library = VideoLibrary::open(dir / "l");
        std::string said;
        JobContext context;
        context.onLog = [&](LogLevel, const std::string& text) { said += text; };
        {
            const FailingDisk disk(1, Way::Lasting, ENOSPC);
            library->keepBackup(context);
        }
        QVERIFY2(said.find("No new copy") != std::string::npos, said.c_str());
    }

    void imports_data() { ways(); }
    void imports()
    {
        QFETCH(int, way);
        QFETCH(int, error);
#if defined(__SANITIZE_THREAD__)
        if (Way(way) == Way::Dies)
            QSKIP("ThreadSanitizer cannot follow a fork that starts threads");
#endif
        const TempDir media;
        {
            VideoWriter writer(media / "clip.mp4", {.width = 64, .height = 48, .fps = 12});
            for (int i = 0; i < 6; ++i)
                writer.write(RgbImage(64, 48));
            writer.finish();
        }
        std::ofstream(media / "clip.srt") << "1\n00:00:00,000 --> 00:00:00,400\na grey picture\n";
        const auto import = [&](const fs::path& dir) {
            JobContext context;
            return importVideos(
                *VideoLibrary::openOrCreate(dir / "l"), {media.path()}, {SamplerSpec::parse("uniform:2")}, context);
        };
        Case one;
        one.prepare = [](const fs::path& dir) { VideoLibrary::openOrCreate(dir / "l"); };
        one.work = [&](const fs::path& dir) {
            if (!import(dir).failed.empty())
                throw Error(ErrorKind::Internal, "what befalls the library is no fault of the file");
        };
        one.check = [&](const fs::path& dir, bool failed) {
            {
                const auto library = VideoLibrary::open(dir / "l");
                const std::vector<VideoRecord> videos = library->videos();
                QVERIFY(failed || videos.size() == 1);
                for (const VideoRecord& video : videos) {
                    QVERIFY(fs::file_size(library->thumbnailPath(video)) > 0);
                    QVERIFY(fs::file_size(library->stripPath(video)) > 0);
                }
            }
            const ImportReport again = import(dir);
            QCOMPARE(again.ok + again.skipped, 1);
            const auto library = VideoLibrary::open(dir / "l");
            QCOMPARE(library->allCaptions().size(), size_t(1));
            QCOMPARE(leftovers(dir), std::string());
            QCOMPARE(integrityOf(dir / "l"), std::string("ok"));
        };
        run(one, Way(way), error, 10);
    }
};

QTEST_GUILESS_MAIN(TestLibraryFailures)
#include "tst_library_failures.moc"
