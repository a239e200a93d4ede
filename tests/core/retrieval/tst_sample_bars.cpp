// SPDX-License-Identifier: GPL-3.0-or-later
// The shipped sample model on stories it never saw, from rendering to the answer: ranks of paragraphs and moments of
// events, against the truth that the renderer wrote down.
#include "embedding/embedding_pipeline.h"
#include "library/video_import.h"
#include "retrieval/caption_readers.h"
#include "retrieval/evaluate.h"
#include "retrieval/moments.h"
#include "sample/sample_world.h"
#include "support/test_data.h"

#include <algorithm>

using namespace clipscope;
using namespace clipscope::test;

namespace {

double overlapOverUnion(const Moment& m, double start, double end)
{
    const double both = std::max(0.0, std::min(m.endSec, end) - std::max(m.startSec, start));
    return both / (std::max(m.endSec, end) - std::min(m.startSec, start));
}

/// How well a text fits each frame of a video.
std::vector<float> frameScores(const VideoEmbedding& video, std::span<const float> text)
{
    std::vector<float> out;
    for (size_t at = 0; at < video.joint.values.size(); at += text.size())
        out.push_back(dot({video.joint.values.data() + at, text.size()}, text));
    return out;
}

} // namespace

class TestSampleBars : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void unseenStories()
    {
        TempDir dir;
        JobContext context;
        createSampleWorld(dir / "world", {.videos = 200, .seed = 90210, .kind = SampleKind::Stories}, context);
        const std::shared_ptr<Encoder> model = makeEncoder("sample-clip");
        EmbedReport embedded;
        const auto embed = [&](const std::string& sampler) {
            auto library = VideoLibrary::openOrCreate(dir / sampler);
            ImportOptions import;
            import.sampler = SamplerSpec::parse(sampler);
            importVideos(*library, {dir / "world"}, import, context);
            applyAnnotations(*library, readAnnotations(dir / "world" / "captions.json"), {dir / "world"});
            embedded = embedLibrary(*library, *model, {}, context);
            return library;
        };

        auto library = embed("uniform:12");
        QCOMPARE(embedded.ok, int64_t(200));
        const auto ranks = [&](int frames, const std::string& aggregation = "mean") {
            return evaluateRetrieval(
                *library, *model, embedded.key, {.split = {}, .aggregation = aggregation, .frames = frames}, context)
                .textToVideo;
        };
        const RetrievalMetrics learned = ranks(12, "transformer");
        qInfo(
            "the shipped aggregation, R@1 against the mean's: 12 frames %.3f, %.3f; 4 frames %.3f, %.3f; 1 frame %.3f, "
            "%.3f",
            learned.r1, ranks(12).r1, ranks(4, "transformer").r1, ranks(4).r1, ranks(1, "transformer").r1, ranks(1).r1);
        QVERIFY(learned.r1 >= ranks(12).r1 + .06);
        const RetrievalMetrics twelve = ranks(12), one = ranks(1);
        qInfo("%s, 12 frames: R@1 %.3f R@5 %.3f; 1 frame: R@1 %.3f", model->info().precision.c_str(), twelve.r1,
            twelve.r5, one.r1);

        library = embed("fps:2");
        QCOMPARE(embedded.ok, int64_t(200));
        const EmbeddingStore store(library->folder(), embedded.key);
        int found = 0, events = 0;
        for (const VideoRecord& video : library->videos()) {
            const std::optional<VideoEmbedding> shard = store.read(video);
            QVERIFY(shard);
            for (const Caption& caption : library->captions(video.id)) {
                const Matrix text = model->encodeTexts({&caption.text, 1}, context);
                const std::vector<float> smoothed = smoothScores(shard->timesSec, frameScores(*shard, text.row(0)));
                const std::vector<Moment> moments = findMoments(shard->timesSec, smoothed, shard->durationSec, 1);
                ++events;
                found += !moments.empty()
                    && overlapOverUnion(moments.front(), caption.startSec.value(), caption.endSec.value()) >= .5;
            }
        }
        qInfo("moments: %d of %d events (%.3f) at an overlap of one half", found, events, double(found) / events);
        QVERIFY(events > 400);
        QVERIFY(twelve.r1 >= .62);
        QVERIFY(twelve.r5 >= .94);
        QVERIFY(one.r1 <= .5 * twelve.r1);
        QVERIFY(found >= .87 * events);
    }
};

QTEST_GUILESS_MAIN(TestSampleBars)
#include "tst_sample_bars.moc"
