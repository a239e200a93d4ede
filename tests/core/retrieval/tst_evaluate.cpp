// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "made_library.h"
#include "retrieval/captioned_videos.h"
#include "retrieval/evaluate.h"

#include <cmath>

using namespace clipscope;
using namespace clipscope::test;

namespace {

constexpr int kRed = 0, kGreen = 1, kBlue = 2, kDog = 3;

bool near(double a, double b)
{
    return std::fabs(a - b) < 1e-6;
}

EvaluateResult evaluate(MadeLibrary& made, const EvaluateOptions& options = {})
{
    AxisEncoder encoder;
    JobContext context;
    return evaluateRetrieval(*made.library, encoder, made.key, options, context);
}

/// Four videos; "red" is told apart from all, "green" from none but the dog's.
void fill(MadeLibrary& made)
{
    const VideoId red = made.add("a red.mp4", {cosines({{kRed, .9}}), cosines({{kRed, .9}})}, 1, "train");
    const VideoId green = made.add("b green.mp4", {cosines({{kGreen, .5}})}, 1, "test");
    const VideoId both = made.add("c both.mp4", {cosines({{kGreen, .7}, {kRed, .1}})}, 1, "test");
    made.add("d nothing.mp4", {cosines({{kDog, .5}})}, 1, "test"); // no caption: a distractor
    made.caption(red, "red");
    made.caption(green, "green");
    made.caption(both, "red", 4, 5);
    made.caption(both, "green", 1, 2); // joined in time order: "green red"
}

} // namespace

class TestEvaluate : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aKnownTable()
    {
        MadeLibrary made;
        fill(made);
        const EvaluateResult r = evaluate(made);
        QCOMPARE(r.videos, int64_t(4));
        QCOMPARE(r.queries, int64_t(3));
        // red: .9 0 .1 0 -> rank 1; green: 0 .5 .7 0 -> rank 2; "green red" / sqrt 2: .9 .5 .8 0 -> rank 2.
        QVERIFY(near(r.textToVideo.r1, 1. / 3));
        QCOMPARE(r.textToVideo.r5, 1.);
        QCOMPARE(r.textToVideo.medianRank, 2.);
        QVERIFY(near(r.textToVideo.meanRank, 5. / 3));
        // Video to text, texts red, green, "green red": a: .9 0 .64 -> 1; b: 0 .5 .35 -> 1; c: .1 .7 .57 -> 2.
        QVERIFY(near(r.videoToText.r1, 2. / 3));
        QVERIFY(near(r.videoToText.meanRank, 4. / 3));
        QCOMPARE(r.videoToText.queries, int64_t(3));
    }
    void aSplitIsAPoolOfItsOwn()
    {
        MadeLibrary made;
        fill(made);
        EvaluateOptions options;
        options.split = "test";
        const EvaluateResult r = evaluate(made, options);
        QCOMPARE(r.videos, int64_t(3));
        QCOMPARE(r.queries, int64_t(2));
        QVERIFY(near(r.textToVideo.meanRank, 1.5)); // green: 2; "green red": .5 .8 0 -> 1
    }
    void alternativesCountByTheBestOne()
    {
        MadeLibrary made;
        const VideoId a = made.add("a.mp4", {cosines({{kRed, .9}})});
        const VideoId b = made.add("b.mp4", {cosines({{kRed, .5}, {kGreen, .5}})});
        made.caption(a, "green"); // wrong
        made.caption(a, "red");
        made.caption(b, "green");
        const EvaluateResult r = evaluate(made);
        QCOMPARE(r.queries, int64_t(3));
        // Text to video: a's green ranks 2nd, a's red 1st, b's green 1st.
        QVERIFY(near(r.textToVideo.r1, 2. / 3));
        // Video to text: a sees green 0, red .9, green 0: its red is best. b sees .5 three times: rank 3, for
        // both texts of a are at least as good.
        QCOMPARE(r.videoToText.meanRank, 2.);
    }
    void tiesArePessimistic()
    {
        MadeLibrary made;
        for (const char* name : {"a.mp4", "b.mp4", "c.mp4"})
            made.caption(made.add(name, {cosines({{kRed, .5}})}), "red");
        const EvaluateResult r = evaluate(made);
        QCOMPARE(r.textToVideo.meanRank, 3.);
        QCOMPARE(r.videoToText.meanRank, 3.);
        QCOMPARE(r.textToVideo.r1, 0.);
    }
    void fewerFramesAreTheMiddlesOfEqualParts()
    {
        QCOMPARE(middleFrames(12, 4), std::vector<size_t>({1, 4, 7, 10}));
        QCOMPARE(middleFrames(12, 1), std::vector<size_t>({6}));
        QCOMPARE(middleFrames(5, 2), std::vector<size_t>({1, 3}));
        QCOMPARE(middleFrames(3, 0), std::vector<size_t>({0, 1, 2}));
        QCOMPARE(middleFrames(3, 8), std::vector<size_t>({0, 1, 2}));
        QVERIFY(middleFrames(0, 4).empty());

        MadeLibrary made;
        const auto nothing = cosines({});
        made.caption(made.add("a.mp4", {nothing, cosines({{kRed, .9}}), nothing}), "red");
        made.add("b.mp4", {cosines({{kRed, .5}})});
        EvaluateOptions options;
        QCOMPARE(evaluate(made, options).textToVideo.meanRank, 2.); // the mean of three is weaker than b
        options.frames = 1;
        QCOMPARE(evaluate(made, options).textToVideo.meanRank, 1.);
    }
    void queryScoredAggregationFindsTheFrame()
    {
        MadeLibrary made;
        const auto nothing = cosines({});
        made.caption(made.add("a.mp4", {nothing, cosines({{kRed, .9}}), nothing}), "red");
        made.add("b.mp4", {cosines({{kRed, .6}})});
        EvaluateOptions options;
        QCOMPARE(evaluate(made, options).textToVideo.meanRank, 2.);
        options.aggregation = "query";
        QCOMPARE(evaluate(made, options).textToVideo.meanRank, 1.);
        options.aggregation = "transformer";
        const std::string none = errorOf<Error>([&] { evaluate(made, options); });
        QVERIFY2(none.starts_with("axis") && none.find("train aggregator") != std::string::npos, none.c_str());
    }
    void manyVideosAreMeasuredInParts()
    {
        MadeLibrary made;
        for (int i = 0; i < 80; ++i) {
            const double angle = i * .01;
            const VideoId id =
                made.add(std::to_string(i), {cosines({{kRed, std::cos(angle)}, {kGreen, std::sin(angle)}})});
            made.caption(id, i == 0 ? "red" : "blue");
        }
        const EvaluateResult r = evaluate(made);
        QCOMPARE(r.videos, int64_t(80));
        QCOMPARE(r.queries, int64_t(80));
        QCOMPARE(r.videoToText.queries, int64_t(80));
        // "blue" fits none: 79 queries with 80 ties; only "red" ranks its video first.
        QVERIFY(near(r.textToVideo.r1, 1. / 80));
        // Every video likes "red" best: the first is right, the others' texts tie with the 78 equal ones behind "red".
        QVERIFY(near(r.videoToText.meanRank, (1 + 79. * 80) / 80));
    }
    void subtitlesAreNoCaptions()
    {
        MadeLibrary made;
        const VideoId a = made.add("a.mp4", {cosines({{kRed, .9}})});
        made.caption(a, "red", 0, 1, CaptionSource::Subtitle);
        const std::string none = errorOf<Error>([&] { evaluate(made); });
        QVERIFY2(
            none.find("caption") != std::string::npos && none.find("lib.clipscope") != std::string::npos, none.c_str());
    }
    void errorsSayWhatIsMissing()
    {
        MadeLibrary made;
        made.caption(made.addVideo("a.mp4", 3), "red");
        const std::string none = errorOf<Error>([&] { evaluate(made); });
        QVERIFY2(none.find("clipscope-cli embed") != std::string::npos, none.c_str());
        EvaluateOptions options;
        options.split = "val";
        const std::string split = errorOf<Error>([&] { evaluate(made, options); });
        QVERIFY2(split.starts_with("val"), split.c_str());
        options = {};
        options.aggregation = "median";
        QVERIFY(errorOf<Error>([&] { evaluate(made, options); }).find("median") != std::string::npos);
    }
    void stops()
    {
        MadeLibrary made;
        fill(made);
        AxisEncoder encoder;
        std::stop_source source;
        source.request_stop();
        JobContext context;
        context.stop = source.get_token();
        QVERIFY_EXCEPTION_THROWN(evaluateRetrieval(*made.library, encoder, made.key, {}, context), Cancelled);
    }
    void theRunRecordHasTheKeysOfTheContract()
    {
        MadeLibrary made;
        fill(made);
        AxisEncoder encoder;
        JobContext context;
        const Json json = evaluateRun(*made.library, encoder, made.key, {}, context).toJson();
        for (const char* k : {"config", "seed", "version", "machine", "cpuSeconds", "wallSeconds"})
            QVERIFY2(json.contains(k), k);
        for (const char* direction : {"textToVideo", "videoToText"})
            for (const char* k : {"r1", "r5", "r10", "medianRank", "meanRank"})
                QVERIFY2(json[direction][k].is_number(), k);
        QCOMPARE(json["videos"].get<int>(), 4);
        QCOMPARE(json["queries"].get<int>(), 3);
        QCOMPARE(json["config"]["aggregation"].get<std::string>(), std::string("mean"));
    }
};

QTEST_GUILESS_MAIN(TestEvaluate)
#include "tst_evaluate.moc"
