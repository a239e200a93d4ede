// SPDX-License-Identifier: GPL-3.0-or-later
// A search whose videos are ranked by a Transformer aggregation.
#include "aggregation/transformer_aggregator.h"
#include "base/files.h"
#include "base/random.h"
#include "retrieval/captioned_videos.h"
#include "searched_library.h"

#include <ATen/core/grad_mode.h>

#include <stop_token>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

/// An aggregation for the axis model whose weights are moved about by `seed`.
TransformerAggregator moved(uint64_t seed)
{
    TransformerAggregatorConfig config;
    config.embeddingWidth = AxisEncoder::kDim;
    config.width = 16;
    config.heads = 2;
    config.origin = {"axis", "axis-hash", AxisEncoder::kDim};
    TransformerAggregator out(config, seed);
    const at::NoGradGuard guard;
    Random random(seed);
    for (auto& [name, tensor] : out.parameters())
        tensor.add_(normalTensor(random, tensor.sizes(), .15));
    return out;
}

Matrix matrixOf(const Frames& frames)
{
    Matrix out;
    for (const auto& frame : frames)
        out.append(frame);
    return out;
}

Frames story(double first, double last)
{
    return {cosines({{kRed, first}}), cosines({{kRed, .2}, {kGreen, .5}}), cosines({{kRed, last}, {kBlue, .3}})};
}

} // namespace

class TestSearchAggregation : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theWholeVideosScoreIsTheAggregations_data()
    {
        QTest::addColumn<bool>("withFeatures");
        QTest::newRow("joint alone") << false;
        QTest::newRow("with features") << true;
    }
    void theWholeVideosScoreIsTheAggregations()
    {
        QFETCH(bool, withFeatures);
        const TempDir dir;
        const TransformerAggregator aggregator = moved(3);
        aggregator.save(dir / "a.safetensors", false);
        MadeLibrary made(withFeatures);
        const std::vector<std::pair<std::string, Frames>> videos = {
            {"a.mp4", story(.9, .1)}, {"b.mp4", story(.1, .9)}, {"c.mp4", story(.6, .6)}};
        for (const auto& [name, frames] : videos)
            made.add(name, frames, 2);
        Searched s(made, withFeatures);
        Query query = words("red green");
        query.negatives.push_back(QueryTerm::text("blue", .5));
        const std::vector<Hit> byMean = s.hits(query);
        query.aggregation = "transformer:" + (dir / "a.safetensors").string();
        const std::vector<Hit> hits = s.hits(query);
        QVERIFY(isSound(hits));
        const Matrix texts = s.encoder->encodeTexts(std::vector<std::string>{"red green", "blue"}, {});
        const auto wholeOf = [&](const std::string& name) {
            for (const auto& [known, frames] : videos)
                if (known == name)
                    return aggregator.score(matrixOf(frames), texts.row(0))
                        - .5F * aggregator.score(matrixOf(frames), texts.row(1));
            return 0.F;
        };
        const auto meanOf = [&](const std::string& name) {
            for (const auto& [known, frames] : videos)
                if (known == name)
                    return MeanPooling().score(matrixOf(frames), texts.row(0))
                        - .5F * MeanPooling().score(matrixOf(frames), texts.row(1));
            return 0.F;
        };
        // The rest of a hit's score, its moment's, is the same for every aggregation.
        int compared = 0;
        for (const Hit& hit : hits)
            for (const Hit& other : byMean)
                if (hit.video == other.video && hit.peakSec == other.peakSec) {
                    const std::string name = hit.path.filename().string();
                    QVERIFY(near(hit.score - wholeOf(name) / 2, other.score - meanOf(name) / 2));
                    ++compared;
                }
        QVERIFY(compared >= 3);
    }

    void picturesCountAsVideosOfOneFrame()
    {
        const TempDir dir;
        const TransformerAggregator aggregator = moved(4);
        aggregator.save(dir / "a.safetensors", false);
        MadeLibrary made;
        const Frames frames = curve({.9, .9, .9});
        made.add("a.mp4", frames);
        Searched s(made);
        Query query;
        query.by = MatchBy::Picture;
        query.positives.push_back(QueryTerm::image(AxisEncoder::pictureOf(kRed)));
        query.aggregation = "transformer:" + (dir / "a.safetensors").string();
        const std::vector<Hit> hits = s.hits(query);
        QCOMPARE(hits.size(), size_t(1));
        const std::vector<float> example = cosines({{kRed, 1}});
        const std::vector<float> asVideo = aggregator.aggregate(matrixOf({example}));
        QVERIFY(near(hits[0].score, (double(dot(asVideo, aggregator.aggregate(matrixOf(frames)))) + .9) / 2));
    }

    void newVideosAndNewFilesAreSeen()
    {
        const TempDir dir;
        const fs::path file = dir / "a.safetensors";
        moved(3).save(file, false);
        MadeLibrary made;
        made.add("a.mp4", story(.9, .1));
        Searched s(made);
        Query query = words("red");
        query.aggregation = "transformer:" + file.string();
        const double first = s.hits(query).at(0).score;
        QCOMPARE(s.hits(query).at(0).score, first);
        // Between two others, so that its place among the vectors is another one's before.
        made.add("0.mp4", story(.8, .3));
        made.add("b.mp4", story(.2, .7));
        s.engine.refresh({});
        const auto scoreOf = [&](const std::string& name) {
            for (const Hit& hit : s.hits(query))
                if (hit.path.filename() == name)
                    return hit.score;
            return -1.;
        };
        QCOMPARE(scoreOf("a.mp4"), first);
        Searched fresh(made);
        for (const Hit& hit : fresh.hits(query))
            QVERIFY(near(scoreOf(hit.path.filename().string()), hit.score));
        // Trained anew under the same name.
        moved(9).save(file, true);
        QVERIFY(std::fabs(scoreOf("a.mp4") - first) > 1e-4);
        QVERIFY(near(scoreOf("a.mp4"), Searched(made).hits(query).at(0).score)
            || s.hits(query).at(0).path.filename() != "a.mp4");
    }

    void anotherModelsAggregationIsRefused()
    {
        const TempDir dir;
        TransformerAggregatorConfig config = moved(1).config();
        config.origin = {"other", "other-hash", AxisEncoder::kDim};
        TransformerAggregator(config, 1).save(dir / "a.safetensors", false);
        MadeLibrary made;
        made.add("a.mp4", story(.9, .1));
        Searched s(made);
        Query query = words("red");
        query.aggregation = "transformer:" + (dir / "a.safetensors").string();
        const std::string refused = errorOf<Error>([&] { s.hits(query); });
        QVERIFY2(refused.find("another model (other)") != std::string::npos, refused.c_str());
        query.aggregation = "transformer";
        QVERIFY(errorOf<Error>([&] { s.hits(query); }).find("train aggregator") != std::string::npos);
        query.aggregation = "mean";
        QVERIFY(!s.hits(query).empty()); // nothing is broken by it
    }

    /// What a stopped search has aggregated stays, and the next one ends the work.
    void stopsWithinTheAggregation()
    {
        const TempDir dir;
        moved(3).save(dir / "a.safetensors", false);
        MadeLibrary made;
        for (int i = 0; i < 300; ++i)
            made.add(std::to_string(i) + ".mp4", story(.9 - .002 * i, .1));
        Searched s(made);
        Query query = words("red");
        query.aggregation = "transformer:" + (dir / "a.safetensors").string();
        std::stop_source stop;
        JobContext context;
        context.stop = stop.get_token();
        int64_t toDo = 0;
        context.onProgress = [&](const Progress& progress) {
            toDo = progress.total;
            if (progress.done > 0)
                stop.request_stop();
        };
        QVERIFY_EXCEPTION_THROWN(s.engine.search(query, context), Cancelled);
        QCOMPARE(toDo, int64_t(300));
        JobContext again;
        again.onProgress = [&](const Progress& progress) { toDo = progress.total; };
        const std::vector<Hit> hits = s.engine.search(query, again).hits;
        QCOMPARE(toDo, int64_t(300 - 256));
        QCOMPARE(hits.size(), size_t(20));
        toDo = -1;
        s.engine.search(query, again);
        QCOMPARE(toDo, int64_t(-1));
    }
};

QTEST_GUILESS_MAIN(TestSearchAggregation)
#include "tst_search_aggregation.moc"
