// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/files.h"
#include "library/library_schema.h"
#include "library/video_library.h"
#include "support/test_data.h"

#include <fstream>
#include <sqlite3.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

VideoRecord record(const fs::path& path)
{
    VideoRecord v;
    v.path = path;
    v.bytes = 123456789012;
    v.modifiedNs = 1700000000123456789;
    v.hash = sha256(path.string());
    v.info = {"mov,mp4", "h264", "yuv420p", 320, 240, 90, 4. / 3, 1.5, 12.25, 29.97, 367, 7, true, true, true, true,
        "HDR (PQ), tone-mapped"};
    v.sampler = SamplerSpec::parse("fps:0.5");
    v.sampledFrames = 6;
    v.usableFrames = 5;
    v.sampleError = {7, 91, 3'033'333'333, 29, 966'666'667};
    v.damage = "1 of 6 frames cannot be decoded";
    v.label = "animal";
    v.split = "train";
    v.importRoot = "/films";
    return v;
}

/// A library as the second version of the schema made it, with one video.
void makeSecondVersion(const fs::path& folder)
{
    VideoRecord made = record("/films/a.mp4");
    VideoLibrary::openOrCreate(folder)->store(made);
    sqlite3* old = nullptr;
    if (sqlite3_open((folder / "library.db").c_str(), &old) != SQLITE_OK
        || sqlite3_exec(old, "DROP TABLE runs; PRAGMA user_version = 2; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)",
               nullptr, nullptr, nullptr)
            != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(old));
    sqlite3_close(old);
}

void compare(const VideoRecord& a, const VideoRecord& b)
{
    QCOMPARE(a.id, b.id);
    QCOMPARE(a.path, b.path);
    QCOMPARE(a.bytes, b.bytes);
    QCOMPARE(a.modifiedNs, b.modifiedNs);
    QCOMPARE(a.hash, b.hash);
    QCOMPARE(a.info.container, b.info.container);
    QCOMPARE(a.info.codec, b.info.codec);
    QCOMPARE(a.info.pixelFormat, b.info.pixelFormat);
    QCOMPARE(a.info.width, b.info.width);
    QCOMPARE(a.info.height, b.info.height);
    QCOMPARE(a.info.rotationDegrees, b.info.rotationDegrees);
    QCOMPARE(a.info.sampleAspect, b.info.sampleAspect);
    QCOMPARE(a.info.startSec, b.info.startSec);
    QCOMPARE(a.info.durationSec, b.info.durationSec);
    QCOMPARE(a.info.fps, b.info.fps);
    QCOMPARE(a.info.frames, b.info.frames);
    QCOMPARE(a.info.keyframes, b.info.keyframes);
    QCOMPARE(a.info.variableFrameRate, b.info.variableFrameRate);
    QCOMPARE(a.info.interlaced, b.info.interlaced);
    QCOMPARE(a.info.hasAlpha, b.info.hasAlpha);
    QCOMPARE(a.info.hasAudio, b.info.hasAudio);
    QCOMPARE(a.info.hdr, b.info.hdr);
    QVERIFY(a.sampler == b.sampler);
    QCOMPARE(a.sampledFrames, b.sampledFrames);
    QCOMPARE(a.usableFrames, b.usableFrames);
    QVERIFY(a.sampleError == b.sampleError);
    QCOMPARE(a.damage, b.damage);
    QCOMPARE(a.label, b.label);
    QCOMPARE(a.split, b.split);
    QCOMPARE(a.importRoot, b.importRoot);
}

std::string bytesOf(const fs::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void patch(const fs::path& file, int64_t at, const std::string& bytes)
{
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(at);
    out << bytes;
}

Caption caption(const std::string& text, std::optional<double> start = {}, std::optional<double> end = {})
{
    return {0, text, start, end, CaptionSource::Caption};
}

} // namespace

class TestVideoLibrary : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void recordsComeBackAsTheyWere()
    {
        const TempDir dir;
        const fs::path folder = dir / "new/with/parents/a.clipscope";
        VideoRecord b = record("/films/b/x.mp4");
        VideoRecord a = record(fs::path("/films/a/bad \xff\xfe name\n.mp4"));
        {
            const auto library = VideoLibrary::openOrCreate(folder);
            QCOMPARE(library->folder(), folder);
            QVERIFY(library->videos().empty());
            library->store(b);
            library->store(a);
            QVERIFY(a.id > 0 && b.id > 0 && a.id != b.id);
        }
        QVERIFY(VideoLibrary::exists(folder));
        const auto library = VideoLibrary::open(folder);
        const auto videos = library->videos();
        QCOMPARE(videos.size(), size_t(2));
        QCOMPARE(library->videoCount(), 2);
        compare(videos[0], a); // by path, not by number
        compare(videos[1], b);
        compare(*library->video(b.id), b);
        compare(*library->videoByPath(a.path), a);
        QVERIFY(!library->video(99) && !library->videoByPath("/films/none.mp4"));
        QCOMPARE(library->thumbnailPath(a), folder / "thumbnails" / (a.hash + ".jpg"));
        QCOMPARE(library->stripPath(a), folder / "thumbnails" / (a.hash + "-strip.jpg"));
    }
    void storingAPathAgainReplacesItAndKeepsItsNumber()
    {
        const TempDir dir;
        const auto library = VideoLibrary::openOrCreate(dir / "l");
        VideoRecord first = record("/films/a.mp4");
        library->store(first);
        library->setCaptions(first.id, CaptionSource::Caption, {caption("a bear")});
        VideoRecord second = record("/films/a.mp4");
        second.hash = "other";
        second.label.clear();
        library->store(second);
        QCOMPARE(second.id, first.id);
        QCOMPARE(library->videoCount(), 1);
        compare(*library->video(first.id), second);
        QCOMPARE(library->captions(first.id).size(), size_t(1));
        library->setLabel(first.id, "zoo");
        library->setSplit(first.id, "test");
        QCOMPARE(library->video(first.id)->label, std::string("zoo"));
        QCOMPARE(library->video(first.id)->split, std::string("test"));
    }
    void removeAndUndo()
    {
        const TempDir dir;
        const auto library = VideoLibrary::openOrCreate(dir / "l");
        VideoRecord a = record("/films/a.mp4"), b = record("/films/b.mp4");
        library->store(a);
        library->store(b);
        library->setCaptions(b.id, CaptionSource::Caption, {caption("an otter swims", 1, 2)});
        const auto captions = library->captions(b.id);
        const auto removed = library->remove({b.id, 4711});
        QCOMPARE(removed.size(), size_t(1));
        compare(removed[0], b);
        QCOMPARE(library->videoCount(), 1);
        QVERIFY(library->matchWords("otter", 5).empty());
        QVERIFY(library->allCaptions().empty());
        QVERIFY(library->remove({b.id}).empty());
        // A new video never gets the number of a removed one, and undo gives the old one back.
        VideoRecord c = record("/films/c.mp4");
        library->store(c);
        QVERIFY(c.id != b.id);
        VideoRecord back = removed[0];
        library->store(back);
        QCOMPARE(back.id, b.id);
        library->setCaptions(back.id, CaptionSource::Caption, captions);
        compare(*library->video(b.id), b);
        QCOMPARE(library->matchWords("otter", 5).size(), size_t(1));
        // A record of another library brings no number with it.
        VideoRecord foreign = record("/films/d.mp4");
        foreign.id = 1'000'000;
        library->store(foreign);
        QVERIFY(foreign.id < 100);
        VideoRecord clash = record("/films/e.mp4");
        clash.id = a.id;
        library->store(clash);
        QVERIFY(clash.id != a.id);
        compare(*library->video(a.id), a);
    }
    void captionsPerSource()
    {
        const TempDir dir;
        const auto library = VideoLibrary::openOrCreate(dir / "l");
        VideoRecord a = record("/films/a.mp4"), b = record("/films/b.mp4");
        library->store(a);
        library->store(b);
        library->setCaptions(a.id, CaptionSource::Caption,
            {caption("untimed"), caption("late", 5, 6), caption("early", 1, 4), caption("  \n"), caption("half", 2),
                caption(std::string("bad \xff"), 1, 3)});
        library->setCaptions(a.id, CaptionSource::Subtitle, {caption("line", 3, 4)});
        library->setCaptions(b.id, CaptionSource::Subtitle, {caption("other", 0, 1)});
        const auto texts = [](const std::vector<Caption>& captions) {
            std::string out;
            for (const Caption& c : captions)
                out += c.text + (c.source == CaptionSource::Subtitle ? "(s) " : " ");
            return out;
        };
        QCOMPARE(texts(library->captions(a.id)), std::string("bad \xEF\xBF\xBD early line(s) late untimed half "));
        QCOMPARE(*library->captions(a.id)[1].startSec, 1.);
        QCOMPARE(*library->captions(a.id)[1].endSec, 4.);
        QCOMPARE(library->captions(a.id)[0].video, a.id);
        QVERIFY(!library->captions(a.id).back().startSec && !library->captions(a.id).back().endSec);
        QCOMPARE(library->allCaptions().size(), size_t(7));
        library->setCaptions(a.id, CaptionSource::Caption, {});
        QCOMPARE(texts(library->captions(a.id)), std::string("line(s) "));
        library->setCaptions(a.id, CaptionSource::Subtitle, {caption("new", 1, 2)});
        QCOMPARE(texts(library->allCaptions()), std::string("new(s) other(s) "));
        const std::string message =
            errorOf<Error>([&] { library->setCaptions(77, CaptionSource::Caption, {caption("x")}); });
        QVERIFY2(message.find("no video number 77") != std::string::npos, message.c_str());
        QVERIFY(!errorOf<Error>([&] { library->setLabel(77, "x"); }).empty());
        QVERIFY(!errorOf<Error>([&] { library->setSplit(77, "x"); }).empty());
    }
    void keys()
    {
        const TempDir dir;
        const auto library = VideoLibrary::openOrCreate(dir / "l");
        const std::string none = errorOf<Error>([&] { library->embeddingKey(""); });
        QVERIFY2(none.find("embed --library " + (dir / "l").string()) != std::string::npos, none.c_str());
        EmbeddingKey starter{0, "starter", "h1", "video", .5, UINT64_MAX, 384, 1280};
        EmbeddingKey clip{0, "clip", "h2", "uniform:8", 0, 7, 512, 0};
        library->storeKey(starter);
        library->storeKey(clip);
        QVERIFY(starter.id > 0 && clip.id > 0 && starter.id != clip.id);
        QCOMPARE(library->embeddingKey("").model, std::string("clip"));
        const EmbeddingKey read = library->embeddingKey("starter");
        QCOMPARE(read.id, starter.id);
        QCOMPARE(read.modelHash, std::string("h1"));
        QCOMPARE(read.sampler, std::string("video"));
        QCOMPARE(read.patchDropout, .5);
        QCOMPARE(read.seed, UINT64_MAX);
        QCOMPARE(read.jointDim, 384);
        QCOMPARE(read.featureDim, 1280);
        EmbeddingKey again = starter;
        again.id = 0;
        library->storeKey(again);
        QCOMPARE(again.id, starter.id);
        QCOMPARE(library->embeddingKey("").model, std::string("starter"));
        EmbeddingKey seeded = starter;
        seeded.seed = 3;
        library->storeKey(seeded);
        QVERIFY(seeded.id != starter.id);
        QCOMPARE(library->embeddingKey("starter").seed, uint64_t(3));
        const auto all = library->embeddingKeys();
        QCOMPARE(all.size(), size_t(3));
        QCOMPARE(all.back().id, seeded.id);
        QCOMPARE(all.front().id, clip.id);
        const std::string other = errorOf<Error>([&] { library->embeddingKey("b32"); });
        QVERIFY2(other.find("--model b32") != std::string::npos, other.c_str());
    }
    void settings()
    {
        const TempDir dir;
        const auto library = VideoLibrary::openOrCreate(dir / "l");
        QVERIFY(!library->setting("view"));
        library->setSetting("view", "grid");
        library->setSetting("view", "{\"size\": 3}");
        library->setSetting("empty", "");
        QCOMPARE(*library->setting("view"), std::string("{\"size\": 3}"));
        QCOMPARE(*library->setting("empty"), std::string());
    }
    void foldersThatAreNoLibrary()
    {
        const TempDir dir;
        const std::string missing = errorOf<Error>([&] { VideoLibrary::open(dir / "nowhere"); });
        QVERIFY2(missing.find("there is no library") != std::string::npos, missing.c_str());
        QVERIFY2(missing.find("import --library") != std::string::npos, missing.c_str());
        QVERIFY(!fs::exists(dir / "nowhere"));

        fs::create_directory(dir / "full");
        std::ofstream(dir / "full/holiday.mp4") << "x";
        const std::string full = errorOf<Error>([&] { VideoLibrary::openOrCreate(dir / "full"); });
        QVERIFY2(full.find("holds other things") != std::string::npos, full.c_str());
        QVERIFY(!fs::exists(dir / "full/library.db"));

        std::ofstream(dir / "file") << "x";
        QVERIFY(!errorOf<Error>([&] { VideoLibrary::openOrCreate(dir / "file"); }).empty());
        QVERIFY(!errorOf<Error>([&] { VideoLibrary::openOrCreate(dir / "file/below"); }).empty());

        // What a creation left that was cut off is no obstacle.
        fs::create_directory(dir / "cut");
        std::ofstream(dir / "cut/library.db.new-1-1") << "x";
        QVERIFY(VideoLibrary::openOrCreate(dir / "cut"));
    }
    void librariesOfTheFirstVersionAreBroughtUpToDate()
    {
        const TempDir dir;
        VideoRecord made = record("/films/a.mp4");
        VideoLibrary::openOrCreate(dir / "old")->store(made);
        sqlite3* old = nullptr;
        QCOMPARE(sqlite3_open((dir / "old/library.db").c_str(), &old), SQLITE_OK);
        std::string sql = "DROP TABLE runs; PRAGMA user_version = 1;";
        for (const char* column : {"moments", "sum_frames", "sum_ns", "largest_frames", "largest_ns"})
            sql += std::string("ALTER TABLE videos DROP COLUMN error_") + column + ";";
        QCOMPARE(sqlite3_exec(old, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(old);

        const auto library = VideoLibrary::open(dir / "old");
        made.sampleError = {}; // was not measured then
        const auto videos = library->videos();
        QCOMPARE(videos.size(), size_t(1));
        compare(videos.front(), made);
        VideoRecord other = record("/films/b.mp4");
        library->store(other);
        compare(*library->videoByPath("/films/b.mp4"), other);
    }
    /// Every step of the schema: a library of version 2 with content is kept as it was and gets its runs.
    void librariesOfTheSecondVersionGetRuns()
    {
        const TempDir dir;
        makeSecondVersion(dir / "old");
        const std::string before = bytesOf(dir / "old/library.db");
        const auto library = VideoLibrary::open(dir / "old");
        QCOMPARE(library->videoCount(), 1);
        QVERIFY(library->runs().empty());
        RunRow run{0, "probe", "a name", "notes", "{}", "{\"a\": 1}"};
        library->storeRun(run);
        QCOMPARE(run.id, int64_t(1));
        QCOMPARE(library->run(1)->arrays, run.arrays);
        QCOMPARE(library->runs().at(0).name, run.name);
        QVERIFY(library->runs().at(0).arrays.empty());
        QVERIFY(fs::exists(dir / "old/library.db.version-2"));
        QCOMPARE(fs::file_size(dir / "old/library.db.version-2"), before.size());
    }
    /// Where an older library cannot be brought up to date, it is read all the same, and nothing is written or lost.
    void anOlderLibraryThatCannotBeWrittenIsRead()
    {
        const TempDir dir;
        makeSecondVersion(dir / "old");
        const std::string before = bytesOf(dir / "old/library.db");
        fs::permissions(dir.path(), fs::perms(0755));
        fs::permissions(dir / "old", fs::perms(0555));
        fs::permissions(dir / "old/library.db", fs::perms(0444));
        const pid_t child = ::fork();
        if (child == 0) {
            int wrong = ::geteuid() == 0 && ::seteuid(65534) != 0 ? 1 : 0;
            try {
                const auto library = VideoLibrary::open(dir / "old");
                wrong += library->readOnly() && library->videoCount() == 1 && library->runs().empty() ? 0 : 2;
                RunRow run{0, "probe", "", "", "{}", "{}"};
                wrong +=
                    errorOf<Error>([&] { library->storeRun(run); }).find("permissions") == std::string::npos ? 4 : 0;
            } catch (const std::exception&) {
                wrong += 8;
            }
            ::_exit(wrong);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        fs::permissions(dir / "old", fs::perms(0755));
        fs::permissions(dir / "old/library.db", fs::perms(0644));
        QCOMPARE(WEXITSTATUS(status), 0);
        QCOMPARE(bytesOf(dir / "old/library.db"), before);
    }
    void foreignDamagedAndNewerDatabases()
    {
        const TempDir dir;
        const auto refusal = [](const fs::path& folder) { return errorOf<Error>([&] { VideoLibrary::open(folder); }); };
        const auto made = [&](const char* name) {
            const auto library = VideoLibrary::openOrCreate(dir / name);
            for (int i = 0; i < 300; ++i) {
                VideoRecord v = record("/films/" + std::to_string(i) + ".mp4");
                library->store(v);
            }
            return dir / name;
        };
        const fs::path good = made("good");

        fs::create_directory(dir / "text");
        std::ofstream(dir / "text/library.db") << "this is no database at all, whatever its name says";
        QVERIFY2(refusal(dir / "text").find("damaged or no Clipscope library") != std::string::npos,
            refusal(dir / "text").c_str());
        fs::create_directory(dir / "empty");
        std::ofstream(dir / "empty/library.db") << "";
        QVERIFY(!refusal(dir / "empty").empty());
        QCOMPARE(fs::file_size(dir / "empty/library.db"), uintmax_t(0));

        fs::copy(good, dir / "foreign");
        patch(dir / "foreign/library.db", 68, std::string(4, '\0'));
        QVERIFY(refusal(dir / "foreign").find("another program") != std::string::npos);

        fs::copy(good, dir / "newer");
        patch(dir / "newer/library.db", 60, {'\0', '\0', '\0', char(kLibrarySchema + 1)});
        const std::string before = bytesOf(dir / "newer/library.db");
        const std::string newer = refusal(dir / "newer");
        QVERIFY2(newer.find("newer Clipscope") != std::string::npos, newer.c_str());
        QVERIFY2(newer.find("Update Clipscope") != std::string::npos, newer.c_str());
        QCOMPARE(bytesOf(dir / "newer/library.db"), before);
        QCOMPARE(
            std::distance(fs::directory_iterator(dir / "newer"), {}), std::distance(fs::directory_iterator(good), {}));

        // A trigger that somebody else has put in is not run.
        fs::copy(good, dir / "changed");
        sqlite3* changed = nullptr;
        QCOMPARE(sqlite3_open((dir / "changed/library.db").c_str(), &changed), SQLITE_OK);
        QCOMPARE(sqlite3_exec(changed, "CREATE TRIGGER t AFTER INSERT ON videos BEGIN DELETE FROM texts; END", nullptr,
                     nullptr, nullptr),
            SQLITE_OK);
        sqlite3_close(changed);
        QVERIFY(refusal(dir / "changed").find("changed by another program") != std::string::npos);

        // Damage of any page is a refusal or a library that works, never anything else.
        const std::string whole = bytesOf(good / "library.db");
        uint64_t state = 88172645463325252U;
        const auto random = [&] { return state ^= state << 13, state ^= state >> 7, state ^= state << 17; };
        int refused = 0;
        for (int round = 0; round < 40; ++round) {
            std::string bad = whole;
            for (int i = 0; i < 200; ++i)
                bad[100 + random() % (bad.size() - 100)] ^= char(1 + random() % 255);
            if (round % 4 == 3)
                bad.resize(100 + random() % (bad.size() - 100));
            fs::remove_all(dir / "bad");
            fs::create_directory(dir / "bad");
            std::ofstream(dir / "bad/library.db", std::ios::binary) << bad;
            try {
                const auto library = VideoLibrary::open(dir / "bad");
                library->videos();
                library->matchWords("films", 10);
                VideoRecord v = record("/films/new.mp4");
                library->store(v);
            } catch (const Error& e) {
                ++refused;
                QCOMPARE(e.kind(), ErrorKind::Storage);
                QVERIFY2(std::string(e.what()).find("library.db") != std::string::npos, e.what());
            }
        }
        QVERIFY2(refused > 30, std::to_string(refused).c_str());
    }
    void twoInstancesLoseNothing()
    {
        const TempDir dir;
        const fs::path folder = dir / "l";
        VideoLibrary::openOrCreate(folder);
        // A second process and a second connection of this one write at the same time.
        const auto writeMany = [&](const std::string& who) {
            const auto library = VideoLibrary::open(folder);
            for (int i = 0; i < 60; ++i) {
                VideoRecord v = record("/films/" + who + std::to_string(i) + ".mp4");
                library->store(v);
                library->setCaptions(v.id, CaptionSource::Caption, {caption(who + " writes")});
            }
        };
        const pid_t child = ::fork();
        QVERIFY(child >= 0);
        if (child == 0) {
            try {
                writeMany("child");
            } catch (...) {
                ::_exit(1);
            }
            ::_exit(0);
        }
        std::string failed;
        std::thread second([&] { failed = errorOf<Error>([&] { writeMany("second"); }); });
        writeMany("first");
        second.join();
        int status = -1;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QCOMPARE(status, 0);
        QVERIFY2(failed.empty(), failed.c_str());
        const auto library = VideoLibrary::open(folder);
        QCOMPARE(library->videoCount(), 180);
        for (const char* who : {"child", "second", "first"})
            QCOMPARE(library->matchWords(who, 1000).size(), size_t(120));
    }
    void manyMayMakeTheSameLibraryAtOnce()
    {
        const TempDir dir;
        std::vector<std::thread> threads;
        std::array<std::string, 8> failed;
        for (size_t i = 0; i < failed.size(); ++i) {
            threads.emplace_back([&, i] {
                failed[i] = errorOf<Error>([&] {
                    VideoRecord v = record("/films/" + std::to_string(i) + ".mp4");
                    VideoLibrary::openOrCreate(dir / "l")->store(v);
                });
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        for (const std::string& message : failed)
            QVERIFY2(message.empty(), message.c_str());
        QCOMPARE(VideoLibrary::open(dir / "l")->videoCount(), 8);
    }
    void everyMethodFromAnyThread()
    {
        const TempDir dir;
        const auto library = VideoLibrary::openOrCreate(dir / "l");
        std::vector<std::thread> threads;
        std::array<std::string, 4> failed;
        for (size_t t = 0; t < failed.size(); ++t) {
            threads.emplace_back([&, t] {
                failed[t] = errorOf<Error>([&] {
                    for (int i = 0; i < 20; ++i) {
                        VideoRecord v = record("/films/" + std::to_string(t) + "-" + std::to_string(i) + ".mp4");
                        library->store(v);
                        library->setCaptions(v.id, CaptionSource::Subtitle, {caption("hello", 1, 2)});
                        library->setLabel(v.id, "l");
                        library->matchWords("hello films", 5);
                        library->videos();
                        if (i % 5 == 0)
                            library->remove({v.id});
                    }
                });
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        for (const std::string& message : failed)
            QVERIFY2(message.empty(), message.c_str());
        QCOMPARE(library->videoCount(), 64);
    }
};

QTEST_GUILESS_MAIN(TestVideoLibrary)
#include "tst_video_library.moc"
