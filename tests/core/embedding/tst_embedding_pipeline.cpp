// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/embedding_pipeline.h"

#include "base/files.h"
#include "base/random.h"
#include "embedding/frame_window_internal.h"
#include "library/video_import.h"
#include "media/video_writer.h"
#include "support/test_data.h"

#include <QElapsedTimer>

#include <atomic>
#include <chrono>
#include <dlfcn.h>
#include <fstream>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

constexpr int kSampled = 8;

/// The fake encoder with a hand on it: counts, can be slow, can fail, and can make its vectors depend on the batch.
class WatchedEncoder : public Encoder {
public:
    explicit WatchedEncoder(int batchSize = 16, int size = 0)
        : m_fake(makeEncoder("fake:5"))
        , m_info(m_fake->info())
    {
        m_info.batchSize = batchSize;
        if (size > 0)
            m_info.fit = FrameFit::centreSquare(size, 1);
    }
    const EncoderInfo& info() const override { return m_info; }
    FrameEmbeddings encodeFrames(std::span<const RgbImage> images, const JobContext& context) override
    {
        ++calls;
        if (beforeFrames)
            beforeFrames(calls);
        for (size_t i = 0; i < images.size(); ++i) {
            context.throwIfStopped();
            if (msPerFrame > 0)
                std::this_thread::sleep_for(std::chrono::milliseconds(msPerFrame));
        }
        frames += int64_t(images.size());
        if (failAfter >= 0 && frames > failAfter)
            throw Error(ErrorKind::Resource, "the memory does not suffice", "fake");
        FrameEmbeddings out = m_fake->encodeFrames(images, context);
        if (batchShows)
            for (size_t i = 0; i < images.size(); ++i)
                out.joint.at(i, 0) += float(i) + float(images.size());
        return out;
    }
    Matrix encodeTexts(std::span<const std::string> texts, const JobContext& context) override
    {
        return m_fake->encodeTexts(texts, context);
    }

    int msPerFrame = 0;
    int64_t failAfter = -1;
    bool batchShows = false;
    std::function<void(int)> beforeFrames; ///< with the number of the call, from 1
    std::atomic<int64_t> frames = 0;
    std::atomic<int> calls = 0;

private:
    std::shared_ptr<Encoder> m_fake;
    EncoderInfo m_info;
};

void makeVideo(const fs::path& path, uint64_t seed, int frames = 24)
{
    Random random(seed);
    RgbImage image(96, 64);
    VideoWriter writer(path, {.width = 96, .height = 64, .fps = 12});
    for (int i = 0; i < frames; ++i) {
        if (i % 6 == 0) {
            const uint8_t colour[3] = {
                uint8_t(random.below(256)), uint8_t(random.below(256)), uint8_t(random.below(256))};
            const int left = int(random.below(64));
            for (int y = 16; y < 48; ++y)
                for (int x = left; x < left + 32; ++x)
                    std::copy_n(colour, 3, image.row(y) + 3 * x);
        }
        writer.write(image);
    }
    writer.finish();
}

/// A folder of videos that are made once, and a library of copies of them for each test.
struct Bench {
    explicit Bench(const fs::path& videos, const std::string& sampler = "uniform:8")
    {
        fs::copy(videos, media, fs::copy_options::recursive);
        library = VideoLibrary::openOrCreate(folder / "library");
        importVideos(*library, {media}, {SamplerSpec::parse(sampler)}, context);
        context.onPartial = [this](const std::any& value) {
            const std::lock_guard lock(mutex);
            finished.insert(std::any_cast<VideoId>(value));
        };
        context.onProgress = [this](const Progress& p) {
            const std::lock_guard lock(mutex);
            progress.push_back(p);
        };
    }
    EmbedReport embed(Encoder& encoder, int threads = 2)
    {
        EmbedOptions options;
        options.decodeThreads = threads;
        return embedLibrary(*library, encoder, options, context);
    }
    std::map<std::string, std::string> shards(const EmbeddingKey& key) const
    {
        std::map<std::string, std::string> out;
        const EmbeddingStore store(library->folder(), key);
        for (const VideoRecord& video : library->videos())
            if (store.has(video))
                out[video.path.filename().string()] = readFile(store.path(video));
        return out;
    }

    TempDir folder;
    fs::path media = folder / "media";
    std::shared_ptr<VideoLibrary> library;
    JobContext context;
    std::mutex mutex;
    std::set<VideoId> finished;
    std::vector<Progress> progress;
};

/// The most memory this process has held so far, in bytes.
int64_t peakMemory()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:"))
            return std::stoll(line.substr(6)) * 1024;
    return 0;
}

} // namespace

class TestEmbeddingPipeline : public QObject {
    Q_OBJECT

    TempDir m_videos;

private Q_SLOTS:
    void initTestCase()
    {
        for (int i = 0; i < 9; ++i)
            makeVideo(m_videos / (std::string("v") + char('0' + i) + ".mp4"), uint64_t(i), 20 + 7 * i);
    }
    void everyVideoGetsItsShard()
    {
        Bench bench(m_videos.path());
        WatchedEncoder encoder;
        const EmbedReport report = bench.embed(encoder);
        QCOMPARE(report.ok, int64_t(9));
        QCOMPARE(report.skipped, int64_t(0));
        QVERIFY(report.failed.empty());
        QCOMPARE(report.frames, int64_t(9 * kSampled));
        QCOMPARE(bench.finished.size(), size_t(9));
        // 72 frames of nine videos in batches of 16.
        QCOMPARE(int(encoder.calls), 5);
        QCOMPARE(bench.progress.back().done, int64_t(9 * kSampled));
        for (size_t i = 0; i < bench.progress.size(); ++i) {
            QCOMPARE(bench.progress[i].total, int64_t(9 * kSampled));
            QVERIFY(i == 0 || bench.progress[i].done >= bench.progress[i - 1].done);
        }
        QCOMPARE(report.key.sampler, std::string("video"));
        QCOMPARE(bench.library->embeddingKey("fake:5").id, report.key.id);

        // The vectors are those of the frames themselves.
        const EmbeddingStore store(bench.library->folder(), report.key);
        const VideoRecord video = bench.library->videos()[3];
        const auto embedding = store.read(video);
        QVERIFY(embedding);
        QCOMPARE(embedding->askedFrames, kSampled);
        QCOMPARE(embedding->durationSec, video.info.durationSec);
        std::vector<RgbImage> frames;
        std::vector<double> times;
        VideoReader reader(video.path);
        reader.sample(video.sampler, encoder.info().fit, {}, [&](VideoFrame&& frame) {
            frames.push_back(std::move(frame.image));
            times.push_back(frame.timeSec);
        });
        QCOMPARE(embedding->timesSec, times);
        const FrameEmbeddings direct = makeEncoder("fake:5")->encodeFrames(frames, {});
        QCOMPARE(embedding->joint.values, direct.joint.values);
        QCOMPARE(embedding->features.values, direct.features.values);
    }
    void framesNearbyKeepTheirOwnTimes()
    {
        Bench bench(m_videos.path(), "fps:3@reference");
        WatchedEncoder encoder;
        const EmbedReport report = bench.embed(encoder);
        QCOMPARE(report.ok, int64_t(9));
        const EmbeddingStore store(bench.library->folder(), report.key);
        SampleError all;
        bool moved = false;
        for (const VideoRecord& video : bench.library->videos()) {
            const FrameTimeline timeline = VideoReader(video.path).timeline();
            const SampledFrames frames = sampleFrames(video.sampler, timeline);
            all.add(frames.error);
            moved |= frames.indices != sampleFrames(SamplerSpec::parse("fps:3"), timeline).indices;
            std::vector<double> times;
            for (const int64_t index : frames.indices)
                times.push_back(timeline.timesSec[size_t(index)]);
            QCOMPARE(store.read(video)->timesSec, times);
        }
        QVERIFY(moved);
        QVERIFY(report.sampleError == all && all.largestFrames > 0 && all.largestFrames <= 2);
    }
    void finishedVideosAreNotDoneAgain()
    {
        Bench bench(m_videos.path());
        WatchedEncoder encoder;
        const auto shards = bench.shards(bench.embed(encoder).key);
        encoder.frames = 0;
        const EmbedReport again = bench.embed(encoder);
        QCOMPARE(again.ok, int64_t(0));
        QCOMPARE(again.skipped, int64_t(9));
        QCOMPARE(int64_t(encoder.frames), int64_t(0));

        makeVideo(bench.media / "new.mp4", 99);
        JobContext context;
        importVideos(*bench.library, {bench.media}, {SamplerSpec::parse("uniform:8")}, context);
        const EmbedReport more = bench.embed(encoder);
        QCOMPARE(more.ok, int64_t(1));
        QCOMPARE(int64_t(encoder.frames), int64_t(kSampled));
        for (const auto& [name, bytes] : shards)
            QVERIFY(bench.shards(more.key).at(name) == bytes);
    }
    void theThreadLimitHoldsAndChangesNothing()
    {
        const auto most = reinterpret_cast<int (*)()>(::dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
        if (!most)
            QSKIP("this LibTorch computes with another runtime than OpenMP");
        const int before = most();
        Bench free(m_videos.path()), limited(m_videos.path());
        WatchedEncoder encoder(4);
        const auto shards = free.shards(free.embed(encoder).key);
        std::vector<int> seen;
        EmbedOptions options;
        options.threads.set(7);
        encoder.beforeFrames = [&](int call) {
            seen.push_back(most());
            if (call == 3)
                options.threads.set(1); // while it runs
        };
        encoder.calls = 0;
        const EmbedReport report = embedLibrary(*limited.library, encoder, options, limited.context);
        QCOMPARE(report.ok, int64_t(9));
        QVERIFY(limited.shards(report.key) == shards);
        QVERIFY2(
            seen.front() > 1 && seen.front() < 7, qPrintable(QString::number(seen.front()))); // decoders get a part
        QCOMPARE(seen.back(), 1);
        QCOMPARE(int(std::count(seen.begin(), seen.end(), 1)), int(seen.size()) - 3);
        QCOMPARE(most(), before); // the limit was that run's
    }
    void theNumberOfDecodersChangesNothing()
    {
        std::map<std::string, std::string> expect;
        for (const int threads : {1, 2, 5}) {
            Bench bench(m_videos.path());
            WatchedEncoder encoder(5);
            encoder.batchShows = true;
            const auto shards = bench.shards(bench.embed(encoder, threads).key);
            QCOMPARE(shards.size(), size_t(9));
            if (threads == 1)
                expect = shards;
            QVERIFY(shards == expect);
        }
    }
    void cancelIsQuickAndTheNextRunGoesOn()
    {
        Bench bench(m_videos.path());
        WatchedEncoder encoder(4);
        encoder.msPerFrame = 10;
        std::stop_source source;
        bench.context.stop = source.get_token();
        std::atomic<qint64> stoppedAt = 0;
        QElapsedTimer clock;
        clock.start();
        std::jthread canceller([&] {
            while (encoder.frames < 3 * kSampled + 4)
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            stoppedAt = clock.elapsed();
            source.request_stop();
        });
        QVERIFY_THROWS_EXCEPTION(Cancelled, bench.embed(encoder));
        QVERIFY2(clock.elapsed() - stoppedAt < 500, qPrintable(QString::number(clock.elapsed() - stoppedAt)));
        const size_t before = bench.finished.size();
        QVERIFY(before >= 3 && before < 9);
        // The finished ones can be searched already.
        QCOMPARE(bench.shards(bench.library->embeddingKey({})).size(), before);

        bench.context.stop = {};
        encoder.frames = 0;
        encoder.msPerFrame = 0;
        const EmbedReport rest = bench.embed(encoder);
        QCOMPARE(rest.skipped, int64_t(before));
        QCOMPARE(rest.ok, int64_t(9 - before));
        QCOMPARE(int64_t(encoder.frames), int64_t((9 - before) * kSampled));
    }
    void aStopBeforeTheFirstFrameLeavesNothing()
    {
        Bench bench(m_videos.path());
        WatchedEncoder encoder;
        std::stop_source source;
        source.request_stop();
        bench.context.stop = source.get_token();
        QVERIFY_THROWS_EXCEPTION(Cancelled, bench.embed(encoder));
        QVERIFY(bench.library->embeddingKeys().empty());
    }
    void damagedShardsAreMadeAgain()
    {
        Bench bench(m_videos.path());
        WatchedEncoder encoder;
        const EmbedReport report = bench.embed(encoder);
        const EmbeddingStore store(bench.library->folder(), report.key);
        const std::vector<VideoRecord> videos = bench.library->videos();
        const std::string sound = readFile(store.path(videos[2]));
        std::string bent = sound;
        bent[bent.size() / 2] = char(bent[bent.size() / 2] ^ 1);
        std::ofstream(store.path(videos[2]), std::ios::binary) << bent;
        fs::resize_file(store.path(videos[4]), 50);
        const EmbedReport again = bench.embed(encoder);
        QCOMPARE(again.ok, int64_t(2));
        QCOMPARE(again.skipped, int64_t(7));
        QVERIFY(readFile(store.path(videos[2])) == sound);
    }
    void filesThatAreGoneOrOthersFailWithAReason()
    {
        Bench bench(m_videos.path());
        fs::remove(bench.media / "v1.mp4");
        makeVideo(bench.media / "v3.mp4", 1234);
        fs::last_write_time(bench.media / "v5.mp4", fs::file_time_type::clock::now()); // touched, not changed
        WatchedEncoder encoder;
        const EmbedReport report = bench.embed(encoder);
        QCOMPARE(report.ok, int64_t(7));
        QCOMPARE(report.failed.size(), size_t(2));
        QCOMPARE(report.failed[0].path, bench.media / "v1.mp4");
        QVERIFY(report.failed[0].reason.find("not there any more") != std::string::npos);
        QCOMPARE(report.failed[1].path, bench.media / "v3.mp4");
        QVERIFY(report.failed[1].reason.find("has changed since") != std::string::npos);
        QCOMPARE(bench.progress.back().done, bench.progress.back().total);
    }
    void filesThatBecameUnreadableFailWithAReason()
    {
        Bench bench(m_videos.path());
        const fs::path path = bench.media / "v0.mp4";
        VideoRecord record = *bench.library->videoByPath(path);
        std::ofstream(path, std::ios::binary) << "no video at all";
        record.hash = contentHash(path); // as if it had been imported so
        bench.library->store(record);
        WatchedEncoder encoder;
        const EmbedReport report = bench.embed(encoder);
        QCOMPARE(report.ok, int64_t(8));
        QCOMPARE(report.failed.size(), size_t(1));
        QVERIFY(!report.failed[0].reason.empty());
    }
    void theSameFilmTwiceIsEmbeddedOnce()
    {
        TempDir videos;
        makeVideo(videos / "a.mp4", 1);
        fs::copy(videos / "a.mp4", videos / "b.mp4");
        fs::copy(videos / "a.mp4", videos / "c.mp4");
        Bench bench(videos.path());
        fs::remove(bench.media / "a.mp4"); // b stands in for it
        WatchedEncoder encoder;
        const EmbedReport report = bench.embed(encoder);
        QCOMPARE(report.ok, int64_t(1));
        QCOMPARE(report.skipped, int64_t(1));
        QCOMPARE(report.failed.size(), size_t(1));
        QCOMPARE(int64_t(encoder.frames), int64_t(kSampled));
        QCOMPARE(bench.shards(report.key).size(), size_t(3));
    }
    void aSecondModelTakesOverWhenItIsDone()
    {
        Bench bench(m_videos.path());
        const auto first = makeEncoder("fake:1");
        QCOMPARE(bench.embed(*first).ok, int64_t(9));
        WatchedEncoder second(4);
        second.failAfter = 20;
        QVERIFY(errorOf<Error>([&] { bench.embed(second); }).find("memory") != std::string::npos);
        QCOMPARE(bench.library->embeddingKey({}).model, std::string("fake:1"));
        second.failAfter = -1;
        const EmbedReport rest = bench.embed(second);
        QVERIFY(rest.skipped >= 1 && rest.ok + rest.skipped == 9);
        QCOMPARE(bench.library->embeddingKey({}).model, std::string("fake:5"));
        // Nothing is left to do for the first one: asked for again, it is the newest again.
        QCOMPARE(bench.embed(*first).skipped, int64_t(9));
        QCOMPARE(bench.library->embeddingKey({}).model, std::string("fake:1"));
    }
    void aDiskThatCannotBeWrittenEndsTheRun()
    {
        Bench bench(m_videos.path());
        fs::remove_all(bench.library->folder() / "embeddings");
        std::ofstream(bench.library->folder() / "embeddings") << "in the way";
        WatchedEncoder encoder;
        QVERIFY(!errorOf<Error>([&] { bench.embed(encoder); }).empty());
    }
    void anEmptyLibraryIsNoError()
    {
        const TempDir folder;
        const auto library = VideoLibrary::openOrCreate(folder / "library");
        WatchedEncoder encoder;
        JobContext context;
        const EmbedReport report = embedLibrary(*library, encoder, {}, context);
        QCOMPARE(report.ok + report.skipped, int64_t(0));
        QVERIFY(library->embeddingKeys().empty());
    }
    void memoryIsBounded()
    {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        QSKIP("a sanitizer's own memory would be measured");
#endif
        TempDir videos;
        for (int i = 0; i < 8; ++i)
            makeVideo(videos / (std::to_string(i) + ".mp4"), uint64_t(i), 100);
        Bench bench(videos.path(), "uniform:100");
        WatchedEncoder encoder(16, 512);
        encoder.msPerFrame = 1;
        // Each decoder's pictures come through 16 MiB that it shares with this process, however many they are.
        constexpr int kDecoders = 4;
        constexpr int64_t kShared = int64_t(kDecoders) * (16 << 20);
        const int64_t before = peakMemory();
        QCOMPARE(bench.embed(encoder, kDecoders).frames, int64_t(800)); // 630 MB of pixels
        const int64_t grown = peakMemory() - before;
        QVERIFY2(grown < 160'000'000 + kShared, qPrintable(QString::number(grown / 1e6) + " MB"));
    }
    void theWindowKeepsOrderAndBounds()
    {
        constexpr size_t kItems = 40, kCapacity = 10, kReserve = 4;
        FrameWindow window(kItems, kCapacity, kReserve);
        const std::stop_source source;
        std::atomic<size_t> next = 0;
        std::vector<std::jthread> producers;
        for (int i = 0; i < 4; ++i)
            producers.emplace_back([&] {
                for (size_t item = next++; item < kItems; item = next++) {
                    for (int64_t frame = 0; frame < int64_t(item % 7) * 3; ++frame)
                        window.push(item, VideoFrame{frame, 0, {}}, source.get_token());
                    ItemEnd end;
                    end.durationSec = double(item);
                    window.finish(item, std::move(end));
                }
            });
        size_t item = 0;
        int64_t frame = 0;
        while (const auto event = window.pop(source.get_token())) {
            QCOMPARE(event->item, item);
            if (event->frame) {
                QCOMPARE(event->frame->index, frame++);
            } else {
                QCOMPARE(event->end.durationSec, double(item));
                QCOMPARE(frame, int64_t(item % 7) * 3);
                ++item;
                frame = 0;
            }
        }
        QCOMPARE(item, kItems);
        QVERIFY(window.peak() <= kCapacity + kReserve);
    }
    void aWaitingWindowHearsTheStop()
    {
        FrameWindow window(2, 1, 1);
        std::stop_source source;
        std::jthread stopper([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            source.request_stop();
        });
        QVERIFY_THROWS_EXCEPTION(Cancelled, window.pop(source.get_token()));
        const std::stop_token stopped = source.get_token();
        QVERIFY_THROWS_EXCEPTION(Cancelled, window.push(0, VideoFrame{}, stopped));
    }
};

QTEST_GUILESS_MAIN(TestEmbeddingPipeline)
#include "tst_embedding_pipeline.moc"
