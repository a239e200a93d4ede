// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/files.h"
#include "library/disk_use.h"
#include "library/embedding_store.h"
#include "library/library_lock.h"
#include "support/test_data.h"

#include <QTest>

#include <chrono>
#include <fstream>
#include <map>
#include <sys/stat.h>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

void age(const fs::path& path, int hours = 48)
{
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(hours));
}

/// A library of three videos with the embeddings of two models, built by hand.
struct Made {
    TempDir box;
    std::shared_ptr<VideoLibrary> library;
    std::vector<VideoRecord> videos;
    EmbeddingKey old, current;
    JobContext context;

    Made()
    {
        qputenv("XDG_CACHE_HOME", QByteArray::fromStdString((box / "cache").string()));
        library = VideoLibrary::openOrCreate(box / "lib.clipscope");
        fs::create_directories(library->folder() / "thumbnails");
        for (const char* name : {"bear", "fox", "star"}) {
            VideoRecord video;
            video.path = box / "media" / name;
            video.hash = sha256(name);
            video.sampledFrames = video.usableFrames = 2;
            fs::create_directories(video.path.parent_path());
            std::ofstream(video.path) << name;
            library->store(video);
            writeFileAtomically(library->thumbnailPath(video), std::string(100, 't'));
            writeFileAtomically(library->stripPath(video), std::string(200, 's'));
            age(library->thumbnailPath(video));
            age(library->stripPath(video));
            videos.push_back(video);
        }
        old = key("starter", "hash-of-starter", 4);
        current = key("clip", "hash-of-clip", 6);
        embed(old);
        embed(current);
    }
    EmbeddingKey key(const std::string& model, const std::string& hash, int dim)
    {
        EmbeddingKey key{0, model, hash, "video", 0, 0, dim, 0};
        library->storeKey(key);
        return key;
    }
    void embed(const EmbeddingKey& key)
    {
        EmbeddingStore store(library->folder(), key);
        for (const VideoRecord& video : videos) {
            VideoEmbedding e;
            e.timesSec = {0, 1};
            e.askedFrames = 2;
            e.joint = {key.jointDim, std::vector<float>(size_t(2 * key.jointDim), .5F)};
            store.write(video, e);
            age(store.path(video));
        }
    }
    fs::path shard(const EmbeddingKey& key, size_t video)
    {
        return EmbeddingStore(library->folder(), key).path(videos[video]);
    }
    DiskUse use() { return measureDiskUse(*library, context); }
    CleanReport clean(const CleanChoice& choice)
    {
        const CleanReport planned = planCleaning(*library, choice, context);
        const CleanReport done = cleanLibrary(*library, choice, context);
        // What was shown before is what was freed.
        if (planned.freed.bytes != done.freed.bytes || planned.freed.files != done.freed.files)
            qFatal("planned %lld bytes, freed %lld", (long long)planned.freed.bytes, (long long)done.freed.bytes);
        return done;
    }
};

std::map<fs::path, std::string> contents(const fs::path& folder)
{
    std::map<fs::path, std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file())
            out[entry.path()] = readFile(entry.path());
    }
    return out;
}

} // namespace

class DiskUseTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyByteIsCountedOnce()
    {
        Made made;
        std::ofstream(made.library->folder() / "notes of mine.txt") << "hello";
        std::ofstream(made.library->folder() / "library.db.before-2") << std::string(50, 'b');
        made.library->keepBackup(made.context);
        {
            const LibraryLock lock(made.library->folder(), made.context);
        }
        const fs::path block = made.library->folder() / "search-cache" / "0123456789abcdef" / "fedcba9876543210.block";
        fs::create_directories(block.parent_path());
        std::ofstream(block) << std::string(30, 'x');
        fs::create_directories(made.box / "cache" / "clipscope" / "class-vectors");
        std::ofstream(made.box / "cache" / "clipscope" / "class-vectors" / "v") << std::string(70, 'c');
        fs::create_symlink(made.videos[0].path, made.library->folder() / "thumbnails" / "link.jpg");
        const DiskUse use = made.use();
        int64_t database = 0;
        for (const char* name : {"library.db", "library.db-wal", "library.db-shm", "library.db.backup", "library.lock"})
            database += fs::exists(made.library->folder() / name) ? fs::file_size(made.library->folder() / name) : 0;
        QVERIFY(fs::file_size(made.library->folder() / "library.db.backup") > 0);
        QVERIFY(fs::exists(made.library->folder() / "library.lock"));
        QCOMPARE(use.database.bytes, database);
        QCOMPARE(use.searchCache.bytes, 30);
        QCOMPARE(use.olderDatabases.bytes, 50);
        QCOMPARE(use.other.bytes, 5);
        QCOMPARE(use.caches.bytes, 70);
        QCOMPARE(use.thumbnails.files, 6);
        QCOMPARE(use.thumbnails.bytes, 900);
        QCOMPARE(use.removed.files + use.damaged.files + use.unfinished.files, 0);
        QCOMPARE(use.embeddings.size(), size_t(2));
        QCOMPARE(use.embeddings[0].key.model, std::string("clip"));
        QVERIFY(use.embeddings[0].current && !use.embeddings[1].current);
        QCOMPARE(use.embeddings[0].shards.files, 3);
        QCOMPARE(use.embeddings[1].shards.files, 3);
        QCOMPARE(use.embeddings[0].shards.bytes, 3 * int64_t(fs::file_size(made.shard(made.current, 0))));
        for (size_t i = 0; i < 2; ++i) {
            const fs::path about = made.shard(i == 0 ? made.current : made.old, 0).parent_path() / kShardsAbout;
            QCOMPARE(use.embeddings[i].about.files, 1);
            QCOMPARE(use.embeddings[i].about.bytes, int64_t(fs::file_size(about)));
        }
        QVERIFY(std::abs(use.embeddings[0].lastWrittenSec + 48 * 3600 - std::time(nullptr)) < 100);
        int64_t sum = 0;
        for (const auto& [path, text] : contents(made.library->folder()))
            sum += fs::is_symlink(path) ? 0 : int64_t(text.size());
        QCOMPARE(use.libraryBytes(), sum);
    }

    void nothingToCleanChangesNothing()
    {
        Made made;
        const auto before = contents(made.box.path());
        QCOMPARE(made.clean(CleanChoice()).freed.files, 0);
        const auto after = contents(made.box.path());
        QCOMPARE(after.size(), before.size());
        for (const auto& [path, bytes] : before) {
            // Readers leave their marks in the memory that SQLite shares.
            if (!path.native().ends_with("library.db-shm"))
                QVERIFY2(after.contains(path) && after.at(path) == bytes, path.c_str());
        }
    }

    void whatRemovedVideosLeft()
    {
        Made made;
        made.library->remove({made.videos[1].id});
        const int64_t bytes =
            300 + int64_t(fs::file_size(made.shard(made.old, 1))) + int64_t(fs::file_size(made.shard(made.current, 1)));
        QCOMPARE(made.use().removed.bytes, bytes);
        QCOMPARE(made.use().removed.files, 4);
        QCOMPARE(made.clean({false, false}).freed.files, 0); // not chosen
        const CleanReport report = made.clean(CleanChoice());
        QCOMPARE(report.freed.bytes, bytes);
        QVERIFY(!fs::exists(made.shard(made.current, 1)) && !fs::exists(made.library->stripPath(made.videos[1])));
        QVERIFY(fs::exists(made.shard(made.current, 0)) && fs::exists(made.library->stripPath(made.videos[0])));
        QCOMPARE(readFile(made.videos[1].path), std::string("fox")); // the media stay
        QCOMPARE(made.use().removed.files, 0);
    }

    void theSameFilmTwiceKeepsItsFiles()
    {
        Made made;
        VideoRecord twin = made.videos[0];
        twin.id = 0;
        twin.path = made.box / "media" / "bear again";
        made.library->store(twin);
        made.library->remove({made.videos[0].id});
        QCOMPARE(made.clean(CleanChoice()).freed.files, 0);
        QVERIFY(fs::exists(made.shard(made.current, 0)));
    }

    void embeddingsOfAnotherModel()
    {
        Made made;
        CleanChoice choice;
        choice.keys = {made.old.id};
        const DiskUse::Embeddings use = made.use().embeddings[1];
        const int64_t bytes = use.shards.bytes + use.about.bytes;
        const fs::path folder = made.shard(made.old, 0).parent_path();
        QCOMPARE(made.clean(choice).freed.bytes, bytes);
        QVERIFY(!fs::exists(folder));
        QCOMPARE(made.library->embeddingKeys().size(), size_t(1));
        QCOMPARE(made.library->embeddingKey("").model, std::string("clip"));
        QVERIFY(EmbeddingStore(made.library->folder(), made.current).read(made.videos[2]).has_value());
        QCOMPARE(made.use().embeddings.size(), size_t(1));
    }

    void thoseInUseAreRefused()
    {
        Made made;
        const auto before = contents(made.box.path());
        CleanChoice choice;
        choice.keys = {made.old.id, made.current.id};
        QVERIFY(errorOf<Error>([&] { cleanLibrary(*made.library, choice, made.context); }).find("searches use")
            != std::string::npos);
        choice.keys = {made.old.id, 999};
        QVERIFY(errorOf<Error>([&] { planCleaning(*made.library, choice, made.context); }).find("999")
            != std::string::npos);
        QVERIFY(errorOf<Error>([&] { made.library->removeKey(made.current.id); }).find("searches use")
            != std::string::npos);
        QCOMPARE(made.library->embeddingKeys().size(), size_t(2));
        for (const auto& [path, text] : before)
            QVERIFY2(fs::exists(path), path.c_str());
    }

    void shardsThatTwoKeysShare()
    {
        Made made;
        // The same weights under another name: the same shards.
        const EmbeddingKey renamed = made.key("/models/clip", "hash-of-clip", 6);
        DiskUse use = made.use();
        QCOMPARE(use.embeddings.size(), size_t(3));
        QCOMPARE(use.embeddings[0].key.model, std::string("/models/clip"));
        QCOMPARE(use.embeddings[0].shards.files, 3);
        QCOMPARE(use.embeddings[1].shards.files, 0); // counted once
        CleanChoice choice;
        choice.keys = {made.current.id};
        QCOMPARE(made.clean(choice).freed.files, 0);
        QVERIFY(EmbeddingStore(made.library->folder(), renamed).read(made.videos[0]).has_value());
        // Neither of the two is the newest: as long as one stays, so do the shards.
        Made other;
        const EmbeddingKey second = other.key("/models/clip", "hash-of-clip", 6);
        other.embed(other.key("newest", "hash-of-newest", 5));
        choice.keys = {second.id};
        QCOMPARE(other.clean(choice).freed.files, 0);
        QVERIFY(EmbeddingStore(other.library->folder(), other.current).read(other.videos[0]).has_value());
        choice.keys = {other.current.id};
        QCOMPARE(other.clean(choice).freed.files, 4); // with what they were made with
    }

    void anUnfinishedRunIsLeftAlone()
    {
        Made made;
        // A run with a third model has written a shard; its key comes at the end.
        const EmbeddingKey coming{0, "third", "hash-of-third", "video", 0, 0, 4, 0};
        VideoEmbedding e;
        e.timesSec = {0};
        e.joint = {4, std::vector<float>(4, .5F)};
        EmbeddingStore store(made.library->folder(), coming);
        store.write(made.videos[0], e);
        QCOMPARE(made.use().unfinished.files, 2); // and what it is made with
        QCOMPARE(made.clean(CleanChoice()).freed.files, 0);
        QVERIFY(store.has(made.videos[0]));
        // A run that has gone on for long keeps what its first shard came with.
        age(store.path(made.videos[0]).parent_path() / kShardsAbout, 25);
        QCOMPARE(made.clean(CleanChoice()).freed.files, 0);
        age(store.path(made.videos[0]), 25); // nobody goes on with it
        QCOMPARE(made.use().removed.files, 2);
        QCOMPARE(made.clean(CleanChoice()).freed.files, 2);
        QVERIFY(!fs::exists(store.path(made.videos[0]).parent_path()));
        // A backup that another program is making.
        std::ofstream(made.library->folder() / "library.db.backup.new-1-1-here") << "half";
        QCOMPARE(made.use().unfinished.files, 1);
        QCOMPARE(made.clean({true, true, true, true, true}).freed.files, 0);
        // A video whose import has written its pictures, but not its row yet.
        writeFileAtomically(made.library->folder() / "thumbnails" / (sha256("coming") + ".jpg"), "picture");
        QCOMPARE(made.clean(CleanChoice()).freed.files, 0);
    }

    void damagedAndHalfWritten()
    {
        Made made;
        std::ofstream(made.shard(made.current, 0), std::ios::app) << "rubbish";
        QVERIFY(!EmbeddingStore(made.library->folder(), made.current).read(made.videos[0])); // sets it aside
        const fs::path half = made.shard(made.current, 1).string() + ".aB3xYz";
        std::ofstream(half) << "half";
        QCOMPARE(made.use().damaged.files, 1);
        QCOMPARE(made.use().unfinished.files, 1); // somebody may be writing it
        age(half);
        QCOMPARE(made.use().damaged.files, 2);
        QCOMPARE(made.clean({true, false}).freed.files, 0);
        QCOMPARE(made.clean(CleanChoice()).freed.files, 2);
        QVERIFY(!fs::exists(half));
    }

    void cachesAndOlderDatabasesOnlyWhenChosen()
    {
        Made made;
        const fs::path copy = made.library->folder() / "library.db.before-2";
        const fs::path cache = made.box / "cache" / "clipscope" / "vectors";
        fs::create_directories(cache.parent_path());
        std::ofstream(copy) << "copy";
        std::ofstream(cache) << "cache";
        QCOMPARE(made.clean(CleanChoice()).freed.files, 0);
        CleanChoice choice;
        choice.olderDatabases = true;
        QCOMPARE(made.clean(choice).freed.bytes, 4);
        QVERIFY(!fs::exists(copy) && fs::exists(cache));
        choice.caches = true;
        QCOMPARE(made.clean(choice).freed.bytes, 5);
        const fs::path block = made.library->folder() / "search-cache" / "0123456789abcdef" / "fedcba9876543210.block";
        fs::create_directories(block.parent_path());
        std::ofstream(block) << "block";
        QCOMPARE(made.clean(choice).freed.files, 0);
        choice.searchCache = true;
        QCOMPARE(made.clean(choice).freed.bytes, 5);
        QVERIFY(!fs::exists(block.parent_path()));
        QCOMPARE(VideoLibrary::open(made.library->folder())->videoCount(), 3);
    }

    void filesOfUnknownOriginStay()
    {
        Made made;
        const fs::path top = made.library->folder();
        const std::vector<fs::path> strange{top / "film.mp4", top / "embeddings" / "mine.cse",
            made.shard(made.old, 0).parent_path() / "film.mp4", top / "thumbnails" / "holiday.jpg",
            made.shard(made.old, 0).parent_path() / "key.json.mine", top / "search-cache" / "mine.block",
            top / "search-cache" / "0123456789abcdef" / "mine.block",
            top / "thumbnails" / "deep" / (sha256("x") + ".jpg"), top / "other" / (sha256("x") + ".cse.damaged")};
        for (const fs::path& path : strange) {
            fs::create_directories(path.parent_path());
            std::ofstream(path) << "mine";
            age(path);
        }
        CleanChoice all{true, true, true, true, true, {made.old.id}};
        QCOMPARE(made.clean(all).freed.files, 4);
        for (const fs::path& path : strange)
            QVERIFY2(fs::exists(path), path.c_str());
    }

    void stoppingIt()
    {
        Made made;
        std::stop_source stop;
        stop.request_stop();
        made.context.stop = stop.get_token();
        QVERIFY_EXCEPTION_THROWN(cleanLibrary(*made.library, CleanChoice(), made.context), Cancelled);
    }
};

QTEST_GUILESS_MAIN(DiskUseTest)
#include "tst_disk_use.moc"
