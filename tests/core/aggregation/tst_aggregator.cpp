// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/aggregator.h"
#include "base/error.h"
#include "base/random.h"
#include "support/test_data.h"

#include <cmath>
#include <numeric>

using namespace clipscope;
using clipscope::test::errorOf;

namespace {

Matrix randomFrames(size_t rows, size_t columns, uint64_t seed)
{
    Random random(seed);
    Matrix m(rows, columns);
    for (float& v : m.values)
        v = float(random.normal());
    normaliseRows(m);
    return m;
}

std::vector<float> rowOf(const Matrix& m, size_t i)
{
    return {m.row(i).begin(), m.row(i).end()};
}

bool near(double a, double b, double tolerance = 1e-6)
{
    return std::fabs(a - b) <= tolerance;
}

} // namespace

class TestAggregator : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void meanOfEqualFramesIsTheFrame()
    {
        const Matrix one = randomFrames(1, 9, 1);
        Matrix frames;
        for (int i = 0; i < 5; ++i)
            frames.append(one.row(0));
        const std::vector<float> video = makeAggregator("mean")->aggregate(frames);
        for (size_t j = 0; j < 9; ++j)
            QVERIFY(near(video[j], one.at(0, j)));
    }
    void meanIsTheUnitVectorOfTheSum()
    {
        Matrix frames(2, 2);
        frames.values = {1, 0, 0, 1};
        const auto mean = makeAggregator("mean");
        const std::vector<float> video = mean->aggregate(frames);
        QVERIFY(near(video[0], std::sqrt(.5)) && near(video[1], std::sqrt(.5)));
        const std::vector<float> text = {1, 0};
        QVERIFY(near(mean->score(frames, text), std::sqrt(.5)));
        QCOMPARE(mean->mapText(text), text);
        QVERIFY(!mean->dependsOnQuery());
    }
    void framesThatCancelGiveZerosNotNaN()
    {
        Matrix frames(2, 2);
        frames.values = {1, 0, -1, 0};
        QCOMPARE(makeAggregator("mean")->aggregate(frames), std::vector<float>({0, 0}));
    }
    void weightsSumToOne_data()
    {
        QTest::addColumn<QString>("spec");
        for (const char* spec :
            {"mean", "query", "query:0.01", "query:1e-9", "query:1000", "parts", "parts:13", "parts:50"})
            QTest::newRow(spec) << QString(spec);
    }
    void weightsSumToOne()
    {
        QFETCH(QString, spec);
        const Matrix frames = randomFrames(13, 8, 2);
        const std::vector<float> w = makeAggregator(spec.toStdString())->weights(frames, randomFrames(1, 8, 3).row(0));
        QCOMPARE(w.size(), size_t(13));
        QVERIFY(near(std::accumulate(w.begin(), w.end(), 0.0), 1, 1e-5));
        for (const float v : w)
            QVERIFY(v >= 0 && v <= 1);
    }
    void queryScoredWeighsBySoftmax()
    {
        Matrix frames(2, 2);
        frames.values = {1, 0, 0, 1};
        const std::vector<float> text = {1, 0};
        const std::vector<float> w = makeAggregator("query:0.5")->weights(frames, text);
        QVERIFY(near(w[0], std::exp(2.0) / (std::exp(2.0) + 1)));
        // The video is unit(w0, w1), so its cosine with the first axis is w0 / |w|.
        QVERIFY(near(makeAggregator("query:0.5")->score(frames, text), w[0] / std::hypot(w[0], w[1])));
    }
    void lowTemperatureIsTheBestFrame()
    {
        const Matrix frames = randomFrames(20, 16, 4);
        const std::vector<float> text = rowOf(randomFrames(1, 16, 5), 0);
        float best = -1;
        for (size_t i = 0; i < frames.rows; ++i)
            best = std::max(best, dot(frames.row(i), text));
        QVERIFY(near(makeAggregator("query:1e-6")->score(frames, text), best, 1e-5));
    }
    void highTemperatureIsMeanPooling()
    {
        const Matrix frames = randomFrames(20, 16, 6);
        const std::vector<float> text = rowOf(randomFrames(1, 16, 7), 0);
        QVERIFY(
            near(makeAggregator("query:1e6")->score(frames, text), makeAggregator("mean")->score(frames, text), 1e-5));
    }
    void defaultTemperatureIsOneTenth()
    {
        QCOMPARE(makeAggregator("query")->name(), std::string("query:0.1"));
        QCOMPARE(makeAggregator("mean")->name(), std::string("mean"));
        QVERIFY(makeAggregator("query")->dependsOnQuery());
    }
    /// The order tells: reversed frames give the same mean and other parts, whose places have changed.
    void partsKeepTheOrder()
    {
        Matrix frames(4, 2);
        frames.values = {1, 0, 1, 0, 0, 1, 0, 1};
        const auto halves = makeAggregator("parts:2");
        const float h = float(std::sqrt(.5));
        QCOMPARE(halves->aggregate(frames), std::vector<float>({h, 0, 0, h}));
        frames.values = {0, 1, 0, 1, 1, 0, 1, 0};
        QCOMPARE(halves->aggregate(frames), std::vector<float>({0, h, h, 0}));
        // A text's score is the mean of the parts' cosines: here 1 and 0.
        QVERIFY(near(halves->score(frames, std::vector<float>{1, 0}), .5));
        QCOMPARE(makeAggregator("parts")->name(), std::string("parts:3"));
        QCOMPARE(makeAggregator("parts")->vectorWidth(7), size_t(21));
    }
    void onePartIsTheMeanAndFewFramesServeManyParts()
    {
        const Matrix frames = randomFrames(5, 8, 11);
        const auto mean = makeAggregator("mean")->aggregate(frames);
        const auto one = makeAggregator("parts:1")->aggregate(frames);
        for (size_t j = 0; j < 8; ++j)
            QVERIFY(near(one[j], mean[j]));
        const Matrix frame = randomFrames(1, 8, 12);
        const auto repeated = makeAggregator("parts:4")->aggregate(frame);
        for (size_t j = 0; j < 32; ++j)
            QVERIFY(near(repeated[j], .5 * frame.at(0, j % 8)));
        // Five frames in three parts: 1, 2, 2.
        const auto weights = makeAggregator("parts:3")->weights(frames, frame.row(0));
        for (size_t i = 0; i < 5; ++i)
            QVERIFY(near(weights[i], i == 0 ? 1. / 3 : 1. / 6));
    }
    void oneFrameIsItself()
    {
        const Matrix frame = randomFrames(1, 6, 8);
        const std::vector<float> text = rowOf(randomFrames(1, 6, 9), 0);
        for (const char* spec : {"mean", "query", "parts"})
            QVERIFY(near(makeAggregator(spec)->score(frame, text), dot(frame.row(0), text)));
    }
    void errorsSayWhatIsKnown()
    {
        const std::string unknown = errorOf<Error>([] { makeAggregator("median"); });
        QVERIFY(unknown.find("median") != std::string::npos && unknown.find("mean, query[:TAU]") != std::string::npos);
        for (const char* spec : {"query:0", "query:-1", "query:x", "query:.1x", "query:inf", "query:nan", "mean:2",
                 "parts:0", "parts:65", "parts:2x", "parts:x", ""})
            QVERIFY2(!errorOf<Error>([&] { makeAggregator(spec); }).empty(), spec);
        const std::string without = errorOf<Error>([&] { makeAggregator("transformer"); });
        QVERIFY2(without.find("train aggregator") != std::string::npos, without.c_str());
        const std::string nowhere = errorOf<Error>([&] { makeAggregator("transformer:/no/such.safetensors"); });
        QVERIFY2(nowhere.starts_with("/no/such.safetensors"), nowhere.c_str());
        for (const char* spec :
            {"mean", "query", "query:2", "parts", "parts:64", "transformer", "transformer:/no/such.safetensors"})
            checkAggregation(spec); // spelled right, whether there is such a file or not
        for (const char* spec : {"median", "query:0", "mean:2", "parts:0", "", "transformers"})
            QVERIFY2(!errorOf<Error>([&] { checkAggregation(spec); }).empty(), spec);
        const Matrix frames = randomFrames(2, 4, 10);
        const std::vector<float> longer(5);
        for (const char* spec : {"mean", "query", "parts"}) {
            QVERIFY(!errorOf<Error>([&] { makeAggregator(spec)->score(frames, longer); }).empty());
            QVERIFY(!errorOf<Error>([&] { makeAggregator(spec)->score(Matrix(), {}); }).empty());
        }
        QVERIFY(!errorOf<Error>([&] { makeAggregator("query")->aggregate(frames); }).empty());
    }
};

QTEST_GUILESS_MAIN(TestAggregator)
#include "tst_aggregator.moc"
