// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.h"
#include "probe/few_shot.h"
#include "support/test_data.h"

#include <cmath>
#include <numeric>

using namespace clipscope;
using clipscope::test::errorOf;

namespace {

/// Classes around random centres; the words of a class lie `wordNoise` off its centre.
ProbeData clouds(int classes, int train, int test, double noise, double wordNoise, uint64_t seed, int validation = 0)
{
    constexpr size_t kDim = 24;
    Random random(seed);
    ProbeData data;
    Matrix centres(size_t(classes), kDim);
    for (float& v : centres.values)
        v = float(random.normal());
    const auto around = [&](int c, double spread) {
        std::vector<float> row(centres.row(size_t(c)).begin(), centres.row(size_t(c)).end());
        for (float& v : row)
            v += float(spread * random.normal());
        return row;
    };
    for (int c = 0; c < classes; ++c) {
        data.classes.push_back("class " + std::to_string(c));
        data.texts.append(around(c, wordNoise));
        for (int i = 0; i < train + validation + test; ++i) {
            data.features.append(around(c, noise));
            data.labels.push_back(c);
            data.splits.push_back(i < train  ? ProbeSplit::Train
                    : i < train + validation ? ProbeSplit::Validation
                                             : ProbeSplit::Test);
        }
    }
    data.joint = data.features;
    return data;
}

} // namespace

class TestFewShot : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// More labels help, and cross the words where these are vague (Lindgren's fourth finding, on clouds).
    void theCurveRisesAndCrosses()
    {
        const ProbeData data = clouds(10, 24, 20, 2, 2.5, 1);
        FewShotOptions options;
        options.shots = {1, 2, 4, 8, 16, 0};
        const FewShotResult result = measureFewShots(data, options, {});
        QCOMPARE(result.curve.size(), size_t(6));
        for (size_t i = 0; i < 6; ++i) {
            QCOMPARE(result.curve[i].draws.size(), size_t(20));
            QCOMPARE(result.curve[i].c, 10.);
            QVERIFY(result.curve[i].top5Mean >= result.curve[i].top1Mean);
            if (i > 0)
                QVERIFY(result.curve[i].top1Mean > result.curve[i - 1].top1Mean);
        }
        // All draws of "all" are the same set.
        QCOMPARE(result.curve[5].top1Sd, 0.);
        QVERIFY(result.zeroShot.top1 > .1 && result.zeroShot.top1 < result.curve[5].top1Mean);
        QVERIFY(result.crossing && result.crossingLow && result.crossingHigh);
        QVERIFY(*result.crossingLow <= *result.crossing && *result.crossing <= *result.crossingHigh);
        QVERIFY(*result.crossing <= result.crossingShots && 2 * *result.crossing > result.crossingShots);
        // The votes of the last point are its draws, and agree with its accuracy.
        QCOMPARE(result.votes.size(), size_t(200));
        double right = 0;
        for (size_t i = 0; i < result.votes.size(); ++i) {
            QCOMPARE(std::accumulate(result.votes[i].begin(), result.votes[i].end(), 0), 20);
            right += double(result.votes[i][size_t(data.labels[result.testRows[i]])]) / 20 / 200;
        }
        QVERIFY(std::fabs(right - result.curve[5].top1Mean) < 1e-9);
    }

    void clearWordsAreNotReached()
    {
        FewShotOptions options;
        options.shots = {1, 2};
        options.seeds = 5;
        const FewShotResult result = measureFewShots(clouds(8, 6, 10, 3, .01, 2), options, {});
        QCOMPARE(result.crossingShots, -1);
        QVERIFY(!result.crossing && !result.crossingLow);
    }

    void equalSeedsEqualNumbers()
    {
        const ProbeData data = clouds(5, 8, 8, 2, 1, 3);
        FewShotOptions options;
        options.shots = {1, 4};
        options.seeds = 4;
        JobContext context;
        context.seed = 7;
        const auto numbers = [&] {
            std::vector<double> out;
            for (const ShotCurvePoint& point : measureFewShots(data, options, context).curve)
                for (const Accuracy& draw : point.draws)
                    out.push_back(draw.top1);
            return out;
        };
        const std::vector<double> first = numbers();
        QCOMPARE(numbers(), first);
        context.seed = 8;
        QVERIFY(numbers() != first);
    }

    /// Penalties are chosen by the validation videos alone: those of the test set may be mislabelled at will.
    void thePenaltyComesFromValidation()
    {
        ProbeData data = clouds(6, 6, 10, 1.5, 1, 4, 10);
        FewShotOptions options;
        options.shots = {4};
        options.seeds = 5;
        const double chosen = measureFewShots(data, options, {}).curve[0].c;
        for (size_t i = 0; i < data.labels.size(); ++i)
            if (data.splits[i] == ProbeSplit::Test)
                data.labels[i] = (data.labels[i] + 1) % 6;
        QCOMPARE(measureFewShots(data, options, {}).curve[0].c, chosen);
        options.c = 3.;
        QCOMPARE(measureFewShots(data, options, {}).curve[0].c, 3.);
    }

    /// Other methods learn from the same draws, in the space of words; the linear probe's numbers do not depend on
    /// them.
    void otherMethodsStandBeside()
    {
        ProbeData data = clouds(10, 8, 20, 2, 2.5, 9, 8);
        FewShotOptions options;
        options.shots = {1, 4};
        options.seeds = 6;
        const FewShotResult alone = measureFewShots(data, options, {});
        QVERIFY(alone.others.empty());
        options.methods = {ProbeMethod::LpPlusPlus, ProbeMethod::Linear, ProbeMethod::TipAdapter};
        std::vector<ProbeMethod> told;
        int64_t fits = 0, total = 0;
        JobContext context;
        context.onPartial = [&](const std::any& point) { told.push_back(std::any_cast<ShotCurvePoint>(point).method); };
        context.onProgress = [&](const Progress& progress) {
            fits = std::max(fits, progress.done + 1);
            total = progress.total;
        };
        const FewShotResult all = measureFewShots(data, options, context);
        QCOMPARE(fits, total);
        QCOMPARE(told.size(), size_t(6));
        QCOMPARE(told.front(), ProbeMethod::LpPlusPlus);
        for (size_t i = 0; i < 2; ++i)
            QCOMPARE(all.curve[i].top1Mean, alone.curve[i].top1Mean);
        QCOMPARE(all.others.size(), size_t(2));
        QCOMPARE(all.others[0].first, ProbeMethod::LpPlusPlus);
        QCOMPARE(all.others[1].first, ProbeMethod::TipAdapter);
        for (const auto& [method, curve] : all.others) {
            QCOMPARE(curve.curve.size(), size_t(2));
            QCOMPARE(curve.votes.size(), all.testRows.size());
            for (const ShotCurvePoint& point : curve.curve)
                QCOMPARE(point.draws.size(), size_t(6));
            // Words and labels together are better than words alone, where these are vague.
            QVERIFY(curve.curve[1].top1Mean > curve.curve[0].top1Mean);
            QVERIFY2(curve.curve[1].top1Mean > all.zeroShot.top1,
                (std::string(toString(method)) + " " + std::to_string(curve.curve[1].top1Mean) + ", words "
                    + std::to_string(all.zeroShot.top1))
                    .c_str());
            QCOMPARE(curve.crossingShots, curve.curve[0].top1Mean >= all.zeroShot.top1 ? 1 : 4);
        }
        QVERIFY(all.others[1].second.curve[0].alpha > 0 && all.others[1].second.curve[0].beta > 0);
        // Only these two look at `joint`: with the videos' vectors there mixed up they know no more than chance.
        Random random(1);
        for (float& v : data.joint.values)
            v = float(random.normal());
        const FewShotResult mixed = measureFewShots(data, options, {});
        QCOMPARE(mixed.curve[1].top1Mean, alone.curve[1].top1Mean);
        QVERIFY(mixed.others[0].second.curve[1].top1Mean < .2 && mixed.others[1].second.curve[1].top1Mean < .2);
    }

    /// Tip-Adapter without validation takes the published setting.
    void withoutValidationTheDefaults()
    {
        FewShotOptions options;
        options.shots = {2};
        options.seeds = 2;
        options.methods = {ProbeMethod::TipAdapter};
        const FewShotResult result = measureFewShots(clouds(4, 4, 8, 1, 1, 5), options, {});
        QVERIFY(result.curve.empty() && result.crossingShots == -1);
        QCOMPARE(result.others[0].second.curve[0].alpha, 1.);
        QCOMPARE(result.others[0].second.curve[0].beta, 5.5);
    }

    void methodsByName()
    {
        for (const ProbeMethod method : {ProbeMethod::Linear, ProbeMethod::TipAdapter, ProbeMethod::LpPlusPlus})
            QCOMPARE(probeMethod(toString(method)), method);
        QVERIFY(errorOf<Error>([] { probeMethod("svm"); }).find("tip-adapter") != std::string::npos);
    }

    void thinClassesAreNamedAndLeftOut()
    {
        ProbeData data = clouds(4, 5, 3, 1, 1, 5);
        int kept = 0;
        for (size_t i = 0; i < data.labels.size(); ++i) {
            if (data.labels[i] == 1 && data.splits[i] == ProbeSplit::Train && ++kept > 3)
                data.splits[i] = ProbeSplit::Unused;
            if (data.labels[i] == 2 && data.splits[i] == ProbeSplit::Test)
                data.splits[i] = ProbeSplit::Unused;
        }
        const Matrix texts = data.texts;
        QCOMPARE(dropThinClasses(data, 4), (std::vector<std::string>{"class 1", "class 2"}));
        QCOMPARE(data.classes, (std::vector<std::string>{"class 0", "class 3"}));
        QCOMPARE(data.labels.size(), size_t(16));
        QCOMPARE(data.features.rows, size_t(16));
        QVERIFY(std::ranges::equal(data.texts.row(1), texts.row(3)));
        QCOMPARE(measureFewShots(data, {{1, 2}, 3, {}}, {}).curve.size(), size_t(2));
    }

    void nothingToLearnFrom()
    {
        ProbeData data = clouds(3, 2, 2, 1, 1, 6);
        dropThinClasses(data, 4);
        const std::string message = errorOf<Error>([&] { measureFewShots(data, {}, {}); });
        QVERIFY2(message.find("--labels") != std::string::npos, message.c_str());
    }

    void itStops()
    {
        std::stop_source stop;
        JobContext context;
        context.stop = stop.get_token();
        context.onProgress = [&](const Progress& progress) {
            if (progress.done == 3)
                stop.request_stop();
        };
        QVERIFY_THROWS_EXCEPTION(Cancelled, measureFewShots(clouds(3, 6, 4, 1, 1, 7), {}, context));
    }
};

QTEST_APPLESS_MAIN(TestFewShot)
#include "tst_few_shot.moc"
