// SPDX-License-Identifier: GPL-3.0-or-later
// SearchEngine::inside(): one video taken apart.
#include "aggregation/transformer_aggregator.h"
#include "base/error.h"
#include "base/random.h"
#include "searched_library.h"

#include <ATen/core/grad_mode.h>

#include <numeric>

using namespace clipscope;
using namespace clipscope::test;

namespace {

constexpr int kAll = 100;

VideoId idOf(const MadeLibrary& made, const std::string& name)
{
    return made.library->videoByPath("/films/" + name)->id;
}

std::vector<VideoId> idsOf(const HitInside& inside)
{
    std::vector<VideoId> out;
    for (const HitInside::Neighbour& neighbour : inside.neighbours)
        out.push_back(neighbour.video);
    return out;
}

} // namespace

class TestHitInside : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void framesAndTheirScores()
    {
        MadeLibrary made;
        const VideoId video = made.add("a.mp4", curve({.1, .9, .3, .2}), .5);
        Searched s(made);
        Query query = words("red");
        query.negatives.push_back(QueryTerm::text("green", .5));
        const HitInside inside = s.engine.inside(query, video, "mean", 5, {});
        QCOMPARE(inside.timesSec, (std::vector<double>{.25, .75, 1.25, 1.75}));
        // Not smoothed, unlike the heat strip.
        for (const auto& [frame, score] : {std::pair(0, .1), {1, .9}, {2, .3}, {3, .2}})
            QVERIFY(near(inside.scores[size_t(frame)], score));
        QVERIFY(inside.neighbours.empty()); // it is alone
    }

    void theMeanWeighsAllAlike()
    {
        MadeLibrary made;
        const Frames frames = curve({.1, .9, .3, .2});
        const VideoId video = made.add("a.mp4", frames);
        Searched s(made);
        const HitInside inside = s.engine.inside(words("red"), video, "mean", 5, {});
        QCOMPARE(inside.weights, std::vector<float>(4, .25F));
        QVERIFY(near(*inside.videoScore, meanScore(frames, kRed)));
        // Without a query as well: nothing to score, the same weights.
        const HitInside bare = s.engine.inside({}, video, "mean", 5, {});
        QVERIFY(bare.scores.empty() && !bare.videoScore);
        QCOMPARE(bare.weights, inside.weights);
    }

    void theQueryWeighsBySoftmax()
    {
        MadeLibrary made;
        const VideoId video = made.add("a.mp4", curve({.1, .5, .3}));
        Searched s(made);
        const HitInside inside = s.engine.inside(words("red"), video, "query:0.2", 5, {});
        const double sum = std::exp(.5) + std::exp(2.5) + std::exp(1.5);
        for (const auto& [frame, e] : {std::pair(0, .5), {1, 2.5}, {2, 1.5}})
            QVERIFY(near(inside.weights[size_t(frame)], std::exp(e) / sum));
        // Two terms: each counts as much as its weight.
        Query two = words("red");
        two.positives[0].weight = 3;
        two.positives.push_back(QueryTerm::text("green"));
        const HitInside both = s.engine.inside(two, video, "query:0.2", 5, {});
        for (size_t i = 0; i < 3; ++i) // no frame knows of green: its weights are equal
            QVERIFY(near(both.weights[i], .75 * double(inside.weights[i]) + .25 / 3));
        const HitInside bare = s.engine.inside({}, video, "query", 5, {});
        QVERIFY(bare.weights.empty());
        QVERIFY2(bare.noWeights.find("for a query") != std::string::npos, bare.noWeights.c_str());
    }

    /// Each frame's share of the score, against the sum written out: an untrained Transformer adds up the frames as
    /// they are, so that the share of frame k is cos_k / sum of cos.
    void aTransformersWeightsAreSharesOfTheScore()
    {
        const TempDir dir;
        const auto file = dir / "a.safetensors";
        TransformerAggregatorConfig config;
        config.embeddingWidth = AxisEncoder::kDim;
        config.width = 16;
        config.heads = 2;
        config.origin = {"axis", "axis-hash", AxisEncoder::kDim};
        TransformerAggregator aggregator(config, 1);
        aggregator.save(file, false);
        MadeLibrary made;
        const Frames frames = curve({.1, .5, -.2, .4});
        const VideoId video = made.add("a.mp4", frames);
        Searched s(made);
        const std::string spec = "transformer:" + file.string();
        const HitInside untrained = s.engine.inside(words("red"), video, spec, 5, {});
        for (const auto& [frame, share] : {std::pair(0, .1), {1, .5}, {2, 0.}, {3, .4}})
            QVERIFY(near(untrained.weights[size_t(frame)], share)); // what speaks against the words counts nothing
        QVERIFY(near(*untrained.videoScore, meanScore(frames, kRed)));
        // Trained: weights and score are the aggregation's own.
        {
            const at::NoGradGuard guard;
            Random random(3);
            for (auto& [name, tensor] : aggregator.parameters())
                tensor.add_(normalTensor(random, tensor.sizes(), .15));
        }
        aggregator.save(file, false);
        const HitInside trained = s.engine.inside(words("red"), video, spec, 5, {});
        Matrix rows;
        for (const auto& frame : frames)
            rows.append(frame);
        const std::vector<float> text = cosines({{kRed, 1}});
        QCOMPARE(trained.weights, aggregator.weights(rows, text));
        QVERIFY(near(*trained.videoScore, aggregator.score(rows, text)));
        QVERIFY(std::fabs(double(trained.weights[0] - untrained.weights[0])) > 1e-3);
        QVERIFY(near(std::accumulate(trained.weights.begin(), trained.weights.end(), 0.), 1));
        // It knows words alone.
        Query picture;
        picture.positives.push_back(QueryTerm::image(AxisEncoder::pictureOf(kRed)));
        const HitInside byPicture = s.engine.inside(picture, video, spec, 5, {});
        QVERIFY(byPicture.weights.empty() && !byPicture.noWeights.empty() && !byPicture.videoScore);
        QVERIFY(near(byPicture.scores[1], .5));
    }

    void neighboursByTheSameEmbedding_data()
    {
        QTest::addColumn<bool>("withFeatures");
        QTest::newRow("joint alone") << false;
        QTest::newRow("with features") << true;
    }
    void neighboursByTheSameEmbedding()
    {
        QFETCH(bool, withFeatures);
        MadeLibrary made(withFeatures);
        made.add("far.mp4", curve({1, 1}, kBlue));
        made.add("b near.mp4", curve({.8, .8}));
        made.add("a near.mp4", curve({.8, .8}));
        made.add("half.mp4", {cosines({{kRed, 1}}), cosines({{kBlue, 1}})});
        const VideoId video = made.add("here.mp4", curve({1, 1}));
        made.addVideo("not embedded.mp4", 3);
        Searched s(made, withFeatures);
        const HitInside inside = s.engine.inside({}, video, "mean", kAll, {});
        QVERIFY(!inside.neighboursByAggregation);
        QCOMPARE(idsOf(inside),
            (std::vector<VideoId>{
                idOf(made, "a near.mp4"), idOf(made, "b near.mp4"), idOf(made, "half.mp4"), idOf(made, "far.mp4")}));
        QVERIFY(near(inside.neighbours[0].cosine, .8));
        QVERIFY(near(inside.neighbours[2].cosine, std::sqrt(.5)));
        QVERIFY(near(inside.neighbours[3].cosine, 0));
        QCOMPARE(s.engine.inside({}, video, "mean", 2, {}).neighbours.size(), size_t(2));
        QCOMPARE(s.engine.inside({}, video, "mean", 0, {}).neighbours.size(), size_t(0));
    }

    void whatCannotBeHadSaysWhy()
    {
        MadeLibrary made;
        const VideoId video = made.add("a.mp4", curve({.1, .5}));
        const VideoId bare = made.addVideo("b.mp4", 3);
        made.add("c.mp4", curve({.5}));
        Searched s(made);
        QVERIFY(s.engine.inside(words("red"), bare, "mean", 5, {}).timesSec.empty());
        // This model has no Transformer: everything but the weights is there.
        const HitInside inside = s.engine.inside(words("red"), video, "transformer", 5, {});
        QVERIFY(inside.weights.empty() && !inside.videoScore);
        QVERIFY2(inside.noWeights.find("train aggregator") != std::string::npos, inside.noWeights.c_str());
        QCOMPARE(inside.scores.size(), size_t(2));
        QCOMPARE(inside.neighbours.size(), size_t(1));
        QVERIFY(!errorOf<Error>([&] { s.engine.inside(words("red"), video, "median", 5, {}); }).empty());
        // By names alone pictures are not compared.
        QVERIFY(s.engine.inside(words("red", MatchBy::Names), video, "mean", 5, {}).scores.empty());
        std::stop_source stop;
        stop.request_stop();
        JobContext context;
        context.stop = stop.get_token();
        QVERIFY_EXCEPTION_THROWN(s.engine.inside(words("red"), video, "mean", 5, context), Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestHitInside)
#include "tst_hit_inside.moc"
