// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/files.h"
#include "library/embedding_shard.h"
#include "library/embedding_store.h"
#include "support/test_data.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <set>
#include <sys/stat.h>
#include <thread>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

VideoRecord video(const std::string& name)
{
    VideoRecord v;
    v.path = "/films/" + name;
    v.hash = sha256(name);
    return v;
}

EmbeddingKey key()
{
    return {1, "starter", "abc", "video", 0, 0, 4, 3};
}

VideoEmbedding embedding(int frames = 5, float first = .5f)
{
    VideoEmbedding e;
    e.durationSec = 12.5;
    e.askedFrames = frames + 1;
    e.joint.dim = 4;
    e.features.dim = 3;
    for (int i = 0; i < frames; ++i)
        e.timesSec.push_back(i * 2.5);
    for (int i = 0; i < frames * 4; ++i)
        e.joint.values.push_back(first + float(i) / 100);
    for (int i = 0; i < frames * 3; ++i)
        e.features.values.push_back(-float(i) / 7);
    return e;
}

bool equal(const VideoEmbedding& a, const VideoEmbedding& b)
{
    return a.timesSec == b.timesSec && a.durationSec == b.durationSec && a.askedFrames == b.askedFrames
        && a.joint.dim == b.joint.dim && a.joint.values == b.joint.values && a.features.dim == b.features.dim
        && a.features.values == b.features.values;
}

void write(const fs::path& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary) << bytes;
}

} // namespace

class TestEmbeddingStore : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void shardsComeBackBitForBit()
    {
        const TempDir dir;
        const EmbeddingStore store(dir / "lib", key());
        const VideoRecord a = video("a"), b = video("b");
        QVERIFY(!store.has(a) && !store.read(a));
        EmbeddingStore(dir / "lib", key()).write(a, embedding());
        QVERIFY(store.has(a) && !store.has(b));
        QVERIFY(equal(*store.read(a), embedding()));
        QCOMPARE(store.path(a).filename(), fs::path(a.hash + ".cse"));
        QCOMPARE(store.path(a).parent_path().parent_path(), dir / "lib/embeddings");
        // Written again: replaced. No other file stays in the folder but the one that says what its shards are.
        EmbeddingStore(dir / "lib", key()).write(a, embedding(2));
        QVERIFY(equal(*store.read(a), embedding(2)));
        QCOMPARE(std::distance(fs::directory_iterator(store.path(a).parent_path()), {}), std::ptrdiff_t(2));
        // A video of which no frame could be decoded, and an encoder without features.
        EmbeddingStore(dir / "lib", key()).write(b, embedding(0));
        QVERIFY(equal(*store.read(b), embedding(0)));
        EmbeddingKey joint = key();
        joint.featureDim = 0;
        joint.seed = 5;
        VideoEmbedding plain = embedding();
        plain.features = {};
        EmbeddingStore(dir / "lib", joint).write(a, plain);
        QVERIFY(equal(*EmbeddingStore(dir / "lib", joint).read(a), plain));
    }
    void everyPartOfTheKeyCounts()
    {
        const TempDir dir;
        VideoRecord a = video("a");
        std::vector<EmbeddingKey> keys(6, key());
        keys[1].modelHash = "def";
        keys[2].sampler = "uniform:8";
        keys[3].patchDropout = .5;
        keys[4].seed = UINT64_MAX;
        keys[5].modelHash.clear();
        std::set<fs::path> paths;
        for (const EmbeddingKey& k : keys)
            paths.insert(EmbeddingStore(dir.path(), k).path(a));
        QCOMPARE(paths.size(), keys.size());
        // Where each video's own sampler is used, another sampler is another shard; where the key names one it is not.
        const fs::path own = EmbeddingStore(dir.path(), key()).path(a);
        const fs::path named = EmbeddingStore(dir.path(), keys[2]).path(a);
        a.sampler = SamplerSpec::parse("fps:2");
        QVERIFY(EmbeddingStore(dir.path(), key()).path(a) != own);
        QCOMPARE(EmbeddingStore(dir.path(), keys[2]).path(a), named);
        // The row's number in library.db and the model's spelling do not matter when its hash is known.
        EmbeddingKey renamed = key();
        renamed.id = 9;
        renamed.model = "/models/starter";
        a.sampler = {};
        QCOMPARE(EmbeddingStore(dir.path(), renamed).path(a), own);
    }
    void damageIsSetAside()
    {
        const TempDir dir;
        EmbeddingStore store(dir / "lib", key());
        const VideoRecord a = video("a"), b = video("b");
        store.write(a, embedding());
        const fs::path file = store.path(a);
        const fs::path damaged = file.string() + ".damaged";
        const std::string good = readFile(file);
        const auto setAside = [&](const std::string& bytes, const char* what) {
            write(file, bytes);
            fs::remove_all(damaged);
            QVERIFY2(!store.read(a), what);
            QVERIFY2(!fs::exists(file) && fs::exists(damaged), what);
            QVERIFY2(!store.has(a), what);
        };
        // Every single byte, and every length.
        for (size_t i = 0; i < good.size(); ++i) {
            std::string bad = good;
            bad[i] = char(bad[i] ^ 0x10);
            setAside(bad, ("byte " + std::to_string(i)).c_str());
        }
        for (size_t n = 0; n < good.size(); n += 7) {
            write(file, good.substr(0, n));
            QVERIFY2(!store.has(a), std::to_string(n).c_str());
            setAside(good.substr(0, n), ("length " + std::to_string(n)).c_str());
        }
        setAside(good + "x", "one byte too long");
        setAside(good + good, "twice");
        // Sizes that lie, with a checksum that is right.
        const auto resealed = [](std::string bytes, size_t at, uint32_t value) {
            bytes.replace(at, 4, reinterpret_cast<const char*>(&value), 4);
            bytes.resize(bytes.size() - 64);
            return bytes + sha256(bytes);
        };
        for (const size_t at : {8, 12, 16, 20, 24, 28}) {
            for (const uint32_t value : {6U, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
                if (at == 16 && value == 6)
                    continue; // asked for 6: what is written there
                if (at == 16 && value == 0x7fffffffU)
                    continue; // asked for many: legal
                setAside(resealed(good, at, value), ("size at " + std::to_string(at)).c_str());
            }
        }
        // Of another video, of another model.
        store.write(b, embedding());
        setAside(readFile(store.path(b)), "another video's");
        EmbeddingKey other = key();
        other.seed = 8;
        EmbeddingStore(dir / "lib", other).write(a, embedding());
        setAside(readFile(EmbeddingStore(dir / "lib", other).path(a)), "another key's");
        // Not finite, out of order, with a right checksum.
        const float nan = std::numeric_limits<float>::quiet_NaN();
        uint32_t bits = 0;
        std::memcpy(&bits, &nan, 4);
        setAside(resealed(good, kShardHeaderBytes + 5 * 8, bits), "a vector that is not finite");
        setAside(resealed(good, kShardHeaderBytes + 4, 0x7ff00000U), "a time that is not finite");
        setAside(resealed(good, kShardHeaderBytes + 4, 0x41000000U), "times out of order");
        // A folder, a link that leads nowhere, a FIFO.
        fs::remove_all(damaged);
        fs::create_directory(file);
        QVERIFY(!store.has(a) && !store.read(a) && !fs::exists(file));
        fs::remove_all(damaged);
        QCOMPARE(::mkfifo(file.c_str(), 0600), 0);
        QVERIFY(!store.has(a) && !store.read(a) && !fs::exists(file));
        // After all that it can be made again.
        store.write(a, embedding());
        QVERIFY(equal(*store.read(a), embedding()));
    }
    void otherDimensionsThanTheKeyAreNoMatch()
    {
        const TempDir dir;
        EmbeddingStore store(dir / "lib", key());
        EmbeddingKey wide = key();
        wide.jointDim = 5;
        store.write(video("a"), embedding());
        QVERIFY(!EmbeddingStore(dir / "lib", wide).read(video("a")));
        QVERIFY(!errorOf<Error>([&] { EmbeddingStore(dir / "lib", wide).write(video("a"), embedding()); }).empty());
    }
    void whatCannotBeWritten()
    {
        const TempDir dir;
        EmbeddingStore store(dir / "lib", key());
        const auto refused = [&](auto&& spoil) {
            VideoEmbedding e = embedding();
            spoil(e);
            return !errorOf<Error>([&] { store.write(video("a"), e); }).empty();
        };
        QVERIFY(refused([](auto& e) { e.joint.values.pop_back(); }));
        QVERIFY(refused([](auto& e) { e.features.values.push_back(0); }));
        QVERIFY(refused([](auto& e) { e.joint.values[3] = NAN; }));
        QVERIFY(refused([](auto& e) { e.timesSec[0] = INFINITY; }));
        QVERIFY(refused([](auto& e) { e.timesSec[0] = 99; }));
        QVERIFY(refused([](auto& e) { e.joint.dim = -4; }));
        QVERIFY(!fs::exists(store.path(video("a"))));
        write(dir / "file", "x");
        const std::string message =
            errorOf<Error>([&] { EmbeddingStore(dir / "file", key()).write(video("a"), embedding()); });
        QVERIFY2(message.find((dir / "file").string()) != std::string::npos, message.c_str());
    }
    void manyThreadsAtOnce()
    {
        const TempDir dir;
        EmbeddingStore store(dir / "lib", key());
        std::vector<std::thread> threads;
        std::array<std::string, 4> failed;
        for (size_t t = 0; t < failed.size(); ++t) {
            threads.emplace_back([&, t] {
                failed[t] = errorOf<Error>([&] {
                    for (int i = 0; i < 10; ++i) {
                        const VideoRecord v = video(std::to_string(i % 3));
                        store.write(v, embedding(5, .5f));
                        const auto read = store.read(v);
                        if (!read || !equal(*read, embedding()))
                            throw Error(ErrorKind::Internal, "a mix was read");
                    }
                });
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        for (const std::string& message : failed)
            QVERIFY2(message.empty(), message.c_str());
    }
};

QTEST_GUILESS_MAIN(TestEmbeddingStore)
#include "tst_embedding_store.moc"
