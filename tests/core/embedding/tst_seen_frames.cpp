// SPDX-License-Identifier: GPL-3.0-or-later
// What is shown as seen is what was embedded, pixel by pixel.
#include "embedding/seen_frames.h"

#include "base/error.h"
#include "base/random.h"
#include "embedding/embedding_pipeline.h"
#include "library/video_import.h"
#include "media/video_writer.h"
#include "support/test_data.h"

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

constexpr int kFrames = 40, kSampled = 9, kAll = 1000;

void makeVideo(const fs::path& path)
{
    VideoWriter::Options options;
    options.width = 64;
    options.height = 48;
    options.fps = 10;
    VideoWriter writer(path, options);
    Random random(1);
    for (int i = 0; i < kFrames; ++i) {
        RgbImage image(64, 48);
        for (uint8_t& value : image.pixels)
            value = uint8_t(random.below(256));
        writer.write(image);
    }
    writer.finish();
}

} // namespace

class TestSeenFrames : public QObject {
    Q_OBJECT

    TempDir m_dir;
    std::shared_ptr<VideoLibrary> m_library;
    VideoRecord m_video;
    EmbeddingKey m_key;
    std::shared_ptr<Encoder> m_encoder;

private Q_SLOTS:
    void initTestCase()
    {
        const fs::path file = m_dir / "a.mp4";
        makeVideo(file);
        m_library = VideoLibrary::openOrCreate(m_dir / "films.clipscope");
        ImportOptions options;
        options.sampler = SamplerSpec::parse("uniform:" + std::to_string(kSampled));
        JobContext context;
        QCOMPARE(importVideos(*m_library, {file}, options, context).ok, int64_t(1));
        m_video = m_library->videos().at(0);
        m_encoder = makeEncoder("fake");
        m_key = embedLibrary(*m_library, *m_encoder, {}, context).key;
    }

    void theyAreTheEmbeddedOnes()
    {
        const SeenFrames seen = seenFrames(m_video, m_encoder->info().fit, kAll, {});
        QCOMPARE(seen.seen, int64_t(kSampled));
        QCOMPARE(seen.frames.size(), size_t(kSampled));
        const VideoEmbedding stored = *EmbeddingStore(m_library->folder(), m_key).read(m_video);
        std::vector<RgbImage> images;
        for (size_t i = 0; i < seen.frames.size(); ++i) {
            QCOMPARE(seen.frames[i].timeSec, stored.timesSec[i]);
            QCOMPARE(seen.places[i], int64_t(i));
            images.push_back(seen.frames[i].image);
        }
        // The same pixels, for the vectors come out the same.
        const Matrix again = m_encoder->encodeFrames(images, {}).joint;
        QCOMPARE(again.values.size(), stored.joint.values.size());
        for (size_t i = 0; i < again.values.size(); ++i)
            QVERIFY(std::abs(again.values[i] - stored.joint.values[i]) < 1e-6F);
    }

    void ofManyEveryNthIsKept()
    {
        const SeenFrames all = seenFrames(m_video, m_encoder->info().fit, kAll, {});
        for (const auto& [most, places] : {std::pair(4, std::vector<int64_t>{0, 4, 8}), {5, {0, 2, 4, 6, 8}},
                 {8, {0, 2, 4, 6, 8}}, {9, {0, 1, 2, 3, 4, 5, 6, 7, 8}}, {1, {0}}}) {
            const SeenFrames some = seenFrames(m_video, m_encoder->info().fit, most, {});
            QCOMPARE(some.seen, int64_t(kSampled));
            QCOMPARE(some.places, places);
            for (size_t i = 0; i < places.size(); ++i) {
                QCOMPARE(some.frames[i].timeSec, all.frames[size_t(places[i])].timeSec);
                QVERIFY(some.frames[i].image.pixels == all.frames[size_t(places[i])].image.pixels);
            }
        }
    }

    void whatIsGoneOrStoppedSaysSo()
    {
        VideoRecord gone = m_video;
        gone.path = m_dir / "gone.mp4";
        QVERIFY(errorOf<Error>([&] { seenFrames(gone, m_encoder->info().fit, kAll, {}); }).find("not there")
            != std::string::npos);
        std::stop_source stop;
        stop.request_stop();
        JobContext context;
        context.stop = stop.get_token();
        QVERIFY_EXCEPTION_THROWN(seenFrames(m_video, m_encoder->info().fit, kAll, context), Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestSeenFrames)
#include "tst_seen_frames.moc"
