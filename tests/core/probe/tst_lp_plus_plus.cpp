// SPDX-License-Identifier: GPL-3.0-or-later
#include "few_shot_golden.h"
#include "probe/lp_plus_plus.h"

using namespace clipscope;
using namespace clipscope::test;

class TestLpPlusPlus : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theReference()
    {
        for (const FewShotGolden& golden : fewShotGoldens()) {
            const auto eigenvalue = golden.json.at("largestEigenvalue").get<double>();
            QVERIFY(std::fabs(largestEigenvalue(golden.x) - eigenvalue) < 1e-5 * eigenvalue);
            for (const Json& expected : golden.json.at("lpPlusPlus")) {
                LpPlusPlusOptions options;
                options.epochs = expected.at("epochs");
                const LpPlusPlusFit fit = fitLpPlusPlus(golden.x, golden.y, golden.words, options, {});
                QCOMPARE(fit.epoch, options.epochs);
                const auto blend = expected.at("blend").get<std::vector<float>>();
                for (size_t k = 0; k < blend.size(); ++k)
                    QVERIFY2(std::fabs(fit.blend[k] - blend[k]) < 1e-3F * blend[k],
                        (std::to_string(fit.blend[k]) + " for " + std::to_string(blend[k])).c_str());
                const double off =
                    differenceOf(fit.classifier.scores(golden.tested), matrixFrom(expected.at("scores")));
                QVERIFY2(off < 1e-3, (std::to_string(options.epochs) + ": " + std::to_string(off)).c_str());
            }
        }
    }

    /// With validation that one epoch alone gets right: it is that one's classifier.
    void theBestEpochIsReturned()
    {
        const FewShotGolden golden = fewShotGoldens().front();
        LpPlusPlusOptions options;
        options.epochs = 40;
        double best = -1;
        int expected = 0;
        std::vector<int> labels;
        for (size_t i = 0; i < golden.tested.rows; ++i)
            labels.push_back(int(i) % golden.words.classes());
        for (int epochs = 1; epochs <= 40; ++epochs) {
            options.epochs = epochs;
            const LpPlusPlusFit fit = fitLpPlusPlus(golden.x, golden.y, golden.words, options, {});
            if (const double accuracy = topAccuracy(fit.classifier.scores(golden.tested), labels); accuracy >= best) {
                best = accuracy;
                expected = epochs;
            }
        }
        const LpPlusPlusFit fit = fitLpPlusPlus(golden.x, golden.y, golden.words, options, {}, golden.tested, labels);
        QCOMPARE(fit.epoch, expected);
        QCOMPARE(topAccuracy(fit.classifier.scores(golden.tested), labels), best);
    }

    void badInputAndStopping()
    {
        const FewShotGolden golden = fewShotGoldens().front();
        QVERIFY(!errorOf<Error>([&] { fitLpPlusPlus({}, {}, golden.words, {}, {}); }).empty());
        QVERIFY(!errorOf<Error>([&] { fitLpPlusPlus(golden.x, std::vector<int>{0}, golden.words, {}, {}); }).empty());
        Matrix odd = golden.x;
        odd.at(0, 0) = NAN;
        const std::string message = errorOf<Error>([&] { fitLpPlusPlus(odd, golden.y, golden.words, {}, {}); });
        QVERIFY2(message.find("not finite") != std::string::npos, message.c_str());
        std::stop_source stop;
        stop.request_stop();
        JobContext context;
        context.stop = stop.get_token();
        QVERIFY_THROWS_EXCEPTION(Cancelled, fitLpPlusPlus(golden.x, golden.y, golden.words, {}, context));
    }
};

QTEST_APPLESS_MAIN(TestLpPlusPlus)
#include "tst_lp_plus_plus.moc"
