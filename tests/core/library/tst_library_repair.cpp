// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"
#include "library/damaged_library.h"
#include "library/embedding_store.h"
#include "library/library_repair.h"
#include "media/video_writer.h"
#include "support/failing_disk.h"
#include "support/test_data.h"

#include <fstream>
#include <sqlite3.h>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

constexpr int kVideos = 4;

std::string bytesOf(const fs::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void writeBytes(const fs::path& file, const std::string& bytes)
{
    std::ofstream(file, std::ios::binary) << bytes;
}

std::string nameOf(int i)
{
    return "clip" + std::to_string(i) + ".mp4";
}

EmbeddingKey keyOf(const std::string& model)
{
    return {0, model, "hash of " + model, "video", 0, 0, 3, 0};
}

VideoEmbedding embedding(float value)
{
    VideoEmbedding e;
    e.timesSec = {0};
    e.durationSec = 1;
    e.askedFrames = 1;
    e.joint = {3, std::vector<float>(3, value)};
    return e;
}

RepairReport repair(const fs::path& folder)
{
    JobContext context;
    return repairLibrary(folder, context);
}

bool isDamaged(const fs::path& folder)
{
    try {
        VideoLibrary::open(folder);
        return false;
    } catch (const DamagedLibrary& e) {
        if (std::string(e.what()).find("clipscope-cli repair --library " + folder.string()) == std::string::npos)
            throw std::runtime_error(e.what());
        return true;
    }
}

} // namespace

/// Libraries whose database is damaged, gone, older or newer.
class TestLibraryRepair : public QObject {
    Q_OBJECT

    TempDir m_media;
    TempDir m_made;

    fs::path make(const fs::path& folder) const
    {
        fs::copy(m_made / "l", folder, fs::copy_options::recursive);
        return folder;
    }

    /// A library of the videos with labels, captions, shards and a backup.
    void makeFirst(const fs::path& folder) const
    {
        JobContext context;
        const auto library = VideoLibrary::openOrCreate(folder);
        importVideos(*library, {m_media.path()}, {SamplerSpec::parse("uniform:2")}, context);
        for (const std::string model : {"older", "newer"}) {
            EmbeddingKey key = keyOf(model);
            EmbeddingStore store(folder, key);
            for (const VideoRecord& video : library->videos())
                store.write(video, embedding(float(video.id)));
            library->storeKey(key);
        }
        for (const VideoRecord& video : library->videos()) {
            library->setLabel(video.id, "label of " + video.path.filename().string());
            library->setSplit(video.id, "train");
            library->setCaptions(video.id, CaptionSource::Caption,
                {{0, "caption of " + video.path.filename().string(), 0., .5, CaptionSource::Caption}});
        }
        library->setSetting("window.madeOf", "somewhere");
        for (const char* name : {"first", "second", "third"}) {
            RunRow run{0, "probe", name, "notes of it", "{\"kind\": \"probe\"}", "{\"ranks\": [1]}"};
            library->storeRun(run);
        }
        library->removeRuns({2});
        library->keepBackup(context);
    }

    /// That it is whole again; shards are found and not made again.
    void checkWhole(const fs::path& folder, const std::map<std::string, fs::file_time_type>& shards) const
    {
        const auto library = VideoLibrary::open(folder);
        QCOMPARE(library->videoCount(), kVideos);
        for (int i = 0; i < kVideos; ++i) {
            const auto video = library->videoByPath(m_media / nameOf(i));
            QVERIFY2(video, nameOf(i).c_str());
            QCOMPARE(video->label, "label of " + nameOf(i));
            QCOMPARE(video->split, std::string("train"));
            QCOMPARE(video->sampler.toString(), std::string("uniform:2"));
            QCOMPARE(video->info.width, 64);
            QCOMPARE(video->usableFrames, 2);
            QVERIFY(!video->damaged());
            QCOMPARE(video->importRoot, m_media.path());
            const auto captions = library->captions(video->id);
            QCOMPARE(captions.size(), size_t(1));
            QCOMPARE(captions[0].text, "caption of " + nameOf(i));
            QCOMPARE(library->matchWords(nameOf(i), 1).at(0).video, video->id);
        }
        QCOMPARE(library->embeddingKey("").model, std::string("newer"));
        QCOMPARE(library->embeddingKeys().size(), size_t(2));
        QCOMPARE(library->setting("window.madeOf").value_or(""), std::string("somewhere"));
        QCOMPARE(library->runs().size(), size_t(2));
        QCOMPARE(library->runs()[0].id, int64_t(3));
        QCOMPARE(library->run(1)->name, std::string("first"));
        QCOMPARE(library->run(3)->arrays, std::string("{\"ranks\": [1]}"));
        QVERIFY(shardsOf(folder) == shards);
        JobContext context;
        const ImportReport again = importVideos(*library, {m_media.path()}, {SamplerSpec::parse("uniform:2")}, context);
        QCOMPARE(again.skipped, kVideos);
    }

    static std::map<std::string, fs::file_time_type> shardsOf(const fs::path& folder)
    {
        std::map<std::string, fs::file_time_type> out;
        for (const auto& entry : fs::recursive_directory_iterator(folder / "embeddings")) {
            if (entry.path().extension() == ".cse")
                out[entry.path().string()] = entry.last_write_time();
        }
        return out;
    }

private Q_SLOTS:
    void initTestCase()
    {
        for (int i = 0; i < kVideos; ++i) {
            VideoWriter writer(m_media / nameOf(i), {.width = 64, .height = 48, .fps = 12});
            for (int frame = 0; frame < 6; ++frame) {
                RgbImage image(64, 48);
                std::fill(image.pixels.begin(), image.pixels.end(), uint8_t(20 + 30 * i + frame));
                writer.write(image);
            }
            writer.finish();
        }
        makeFirst(m_made / "l");
    }

    void aSoundLibraryIsLeftAsItIs()
    {
        const TempDir dir;
        const fs::path folder = make(dir / "l");
        const std::string before = bytesOf(folder / "library.db");
        const RepairReport report = repair(folder);
        QVERIFY(!report.damaged);
        QCOMPARE(bytesOf(folder / "library.db"), before);
        QVERIFY2(errorOf<Error>([&] { repair(dir / "nowhere"); }).find("there is no library") != std::string::npos, "");
    }

    void damaged_data()
    {
        QTest::addColumn<QString>("damage");
        QTest::newRow("first page overwritten") << "head";
        QTest::newRow("header alone") << "header";
        QTest::newRow("cut to a third") << "cut";
        QTest::newRow("cut within the first rows") << "rows";
        QTest::newRow("empty") << "empty";
        QTest::newRow("the head of every third page") << "pages";
        QTest::newRow("gone") << "gone";
        QTest::newRow("another's text") << "text";
    }
    void damaged()
    {
        QFETCH(QString, damage);
        const TempDir dir;
        const fs::path folder = make(dir / "l");
        const fs::path database = folder / "library.db";
        const auto shards = shardsOf(folder);
        std::string bytes = bytesOf(database);
        if (damage == "head")
            bytes.replace(0, 4096, std::string(4096, 'x'));
        else if (damage == "header")
            bytes.replace(0, 60, std::string(60, '\0'));
        else if (damage == "cut")
            bytes.resize(bytes.size() / 3);
        else if (damage == "rows")
            bytes.resize(5000);
        else if (damage == "empty")
            bytes.clear();
        else if (damage == "text")
            bytes = "this is no database";
        else if (damage == "pages")
            for (size_t page = 2 * 4096; page < bytes.size(); page += 3 * 4096)
                bytes.replace(page, 8, "\xff\xff\xff\xff\xff\xff\xff\xff");
        writeBytes(database, bytes);
        if (damage == "gone")
            fs::remove(database);
        QVERIFY(isDamaged(folder));
        QVERIFY(errorOf<Error>([&] { VideoLibrary::openOrCreate(folder); }).find("repair") != std::string::npos);

        const RepairReport report = repair(folder);
        QVERIFY(report.damaged);
        QCOMPARE(report.videos, kVideos);
        QCOMPARE(report.captions, kVideos);
        QCOMPARE(report.labelled, kVideos);
        QCOMPARE(report.shards, 2 * kVideos);
        QCOMPARE(report.runs, 2);
        QVERIFY(report.missing.empty());
        if (damage == "gone")
            QVERIFY(report.setAside.empty());
        else
            QCOMPARE(bytesOf(report.setAside), bytes); // never deleted, as it was
        checkWhole(folder, shards);
        QVERIFY(!repair(folder).damaged);
    }

    void withoutABackupTheRowsThemselvesTell()
    {
        const TempDir dir;
        const fs::path folder = make(dir / "l");
        const auto shards = shardsOf(folder);
        VideoLibrary::open(folder)->setLabel(1, VideoLibrary::open(folder)->video(1)->label);
        fs::remove(folder / "library.db.backup");
        // The first page lost: with it where all tables begin.
        std::string bytes = bytesOf(folder / "library.db");
        bytes.replace(0, 4096, std::string(4096, '\0'));
        writeBytes(folder / "library.db", bytes);
        QVERIFY(isDamaged(folder));
        const RepairReport report = repair(folder);
        QCOMPARE(report.videos, kVideos);
        checkWhole(folder, shards);
    }

    void aMissingFileStaysAsItWasKnown()
    {
        const TempDir dir;
        fs::copy(m_media.path(), dir / "media");
        JobContext context;
        {
            const auto library = VideoLibrary::openOrCreate(dir / "l");
            importVideos(*library, {dir / "media"}, {SamplerSpec::parse("uniform:2")}, context);
            library->setLabel(library->videoByPath(dir / "media" / nameOf(2))->id, "kept");
        }
        fs::remove(dir / "media" / nameOf(2));
        std::string bytes = bytesOf(dir / "l/library.db");
        bytes.replace(0, 100, std::string(100, 'x'));
        writeBytes(dir / "l/library.db", bytes);
        const RepairReport report = repair(dir / "l");
        QCOMPARE(report.videos, kVideos);
        QCOMPARE(report.missing.size(), size_t(1));
        QCOMPARE(report.missing[0].path, dir / "media" / nameOf(2));
        const auto library = VideoLibrary::open(dir / "l");
        QCOMPARE(library->videoByPath(dir / "media" / nameOf(2))->label, std::string("kept"));
    }

    void aJournalThatIsGoneOrCutIsNoCrash()
    {
        const TempDir dir;
        const fs::path folder = make(dir / "l");
        const fs::path copy = dir / "copy";
        const auto library = VideoLibrary::open(folder);
        for (const VideoRecord& video : library->videos())
            library->setLabel(video.id, "in the journal");
        QVERIFY(fs::file_size(folder / "library.db-wal") > 0);
        for (const bool gone : {true, false}) {
            fs::remove_all(copy);
            fs::copy(folder, copy, fs::copy_options::recursive);
            fs::remove(copy / "library.db-shm");
            if (gone)
                fs::remove(copy / "library.db-wal");
            else
                fs::resize_file(copy / "library.db-wal", fs::file_size(copy / "library.db-wal") / 2);
            const auto opened = VideoLibrary::open(copy); // the state of an earlier commit
            QCOMPARE(opened->videoCount(), kVideos);
        }
    }

    void aLibraryInUseIsNotRepaired()
    {
        const TempDir dir;
        const fs::path folder = make(dir / "l");
        const auto open = VideoLibrary::open(folder);
        // By another process: closing the file here would give the locks of this one away.
        QCOMPARE(inChild([&] {
            std::fstream out(folder / "library.db", std::ios::in | std::ios::out | std::ios::binary);
            out << std::string(100, 'x');
        }),
            0);
        const int refused = inChild([&] {
            const std::string message = errorOf<Error>([&] { repair(folder); });
            if (message.find("is open in another program (process " + std::to_string(::getppid()) + ")")
                == std::string::npos)
                throw std::runtime_error(message);
        });
        QCOMPARE(refused, 0);
    }

    void aRepairThatFailsChangesNothing()
    {
        const TempDir dir;
        const fs::path folder = make(dir / "l");
        std::string bytes = bytesOf(folder / "library.db");
        bytes.replace(0, 100, std::string(100, 'x'));
        writeBytes(folder / "library.db", bytes);
        JobContext context;
        std::stop_source stop;
        context.stop = stop.get_token();
        context.onProgress = [&](const Progress& progress) {
            if (progress.done == 2)
                stop.request_stop();
        };
        QVERIFY_THROWS_EXCEPTION(Cancelled, repairLibrary(folder, context));
        QCOMPARE(bytesOf(folder / "library.db"), bytes);
        for (int nth = 1; nth < 12; ++nth) {
            const int ended = inChild([&] {
                const FailingDisk disk(nth, FailingDisk::Way::Dies);
                repair(folder);
            });
            QVERIFY(fs::exists(folder / "library.db"));
            if (ended == 0)
                break;
        }
        if (isDamaged(folder))
            QVERIFY(repair(folder).damaged);
        QCOMPARE(VideoLibrary::open(folder)->videoCount(), kVideos);
        for (const auto& entry : fs::directory_iterator(folder))
            QVERIFY2(entry.path().string().find(".new-") == std::string::npos, entry.path().c_str());
    }

    void anOlderSchemaIsKeptAndMigrated()
    {
        const TempDir dir;
        fs::create_directory(dir / "l");
        sqlite3* old = nullptr;
        QCOMPARE(sqlite3_open((dir / "l/library.db").c_str(), &old), SQLITE_OK);
        // Version 0: our mark and nothing else.
        QCOMPARE(sqlite3_exec(old, "PRAGMA application_id = 0x436c7363; PRAGMA user_version = 0; VACUUM", nullptr,
                     nullptr, nullptr),
            SQLITE_OK);
        sqlite3_close(old);
        QCOMPARE(VideoLibrary::open(dir / "l")->videoCount(), 0);
        QVERIFY(fs::exists(dir / "l/library.db.version-0"));
        fs::remove(dir / "l/library.db.version-0");
        VideoLibrary::open(dir / "l");
        QVERIFY(!fs::exists(dir / "l/library.db.version-0")); // once
    }
};

QTEST_GUILESS_MAIN(TestLibraryRepair)
#include "tst_library_repair.moc"
