// SPDX-License-Identifier: GPL-3.0-or-later
// The starter on real clips, from the files to the answer: the bars of retrieval by pictures alone.
#include "base/error.h"
#include "base/files.h"
#include "embedding/embedding_pipeline.h"
#include "library/video_import.h"
#include "retrieval/caption_readers.h"
#include "retrieval/evaluate.h"
#include "retrieval/search_engine.h"
#include "support/test_data.h"

#include <algorithm>

using namespace clipscope;
using namespace clipscope::test;

class TestRealClips : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theStarterReachesItsTable()
    {
        NEED_SHARED("data/video-clips/manifest.csv");
        if (!std::filesystem::exists(modelsHome() / "starter"))
            QSKIP("the starter is not installed: clipscope-cli models install starter");
        const std::filesystem::path clips = sharedDir() / "data/video-clips";
        TempDir dir;
        JobContext context;
        const auto library = VideoLibrary::openOrCreate(dir / "lib.clipscope");
        ImportOptions import;
        import.sampler = SamplerSpec::parse("uniform:8");
        QCOMPARE(importVideos(*library, {clips}, import, context).ok, int64_t(132));
        const AppliedAnnotations applied = applyAnnotations(*library, readAnnotations(clips / "manifest.csv"), {clips});
        QCOMPARE(applied.captions, int64_t(100));
        QCOMPARE(applied.videos, int64_t(132));

        const std::shared_ptr<Encoder> starter = makeEncoder("starter");
        const EmbedReport embedded = embedLibrary(*library, *starter, {}, context);
        QCOMPARE(embedded.ok, int64_t(132));

        const EvaluateResult r = evaluateRetrieval(*library, *starter, embedded.key, {}, context);
        qInfo("R@1 %.2f R@5 %.2f R@10 %.2f, median rank %.1f", r.textToVideo.r1, r.textToVideo.r5, r.textToVideo.r10,
            r.textToVideo.medianRank);
        QCOMPARE(r.videos, int64_t(132));
        QCOMPARE(r.queries, int64_t(100));
        QVERIFY(r.textToVideo.r1 >= .35);
        QVERIFY(r.textToVideo.r5 >= .59);
        QVERIFY(r.textToVideo.r10 >= .73);

        SearchEngine engine(library, starter, embedded.key);
        engine.refresh(context);
        Query query;
        query.by = MatchBy::Picture;
        query.positives.push_back(QueryTerm::text("a brown bear on the ground"));
        const SearchResult found = engine.search(query, context);
        QCOMPARE(found.searched, int64_t(132));
        QVERIFY(std::any_of(found.hits.begin(), found.hits.begin() + 3,
            [](const Hit& hit) { return hit.path.filename() == "brown-bear.mp4"; }));
    }
};

QTEST_GUILESS_MAIN(TestRealClips)
#include "tst_real_clips.moc"
