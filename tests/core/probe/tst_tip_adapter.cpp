// SPDX-License-Identifier: GPL-3.0-or-later
#include "few_shot_golden.h"
#include "probe/tip_adapter.h"

using namespace clipscope;
using namespace clipscope::test;

class TestTipAdapter : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theReference()
    {
        const std::vector<FewShotGolden> goldens = fewShotGoldens();
        QVERIFY(goldens.size() >= 3);
        for (const FewShotGolden& golden : goldens) {
            const TipAdapter adapter(golden.words, golden.x, golden.y);
            for (const Json& expected : golden.json.at("tipAdapter")) {
                const Matrix scores = adapter.scores(golden.tested, {expected.at("alpha"), expected.at("beta")});
                const double off = differenceOf(scores, matrixFrom(expected.at("scores")));
                QVERIFY2(off < 1e-5, std::to_string(off).c_str());
            }
        }
    }

    /// By hand: f = (1, 0), words (0, 1) and (1, 0), one key of class 0 at f itself: scores (0 + alpha, 100).
    void byHand()
    {
        LinearClassifier words;
        words.weights = Matrix(2, 2);
        words.weights.values = {0, 1, 1, 0};
        Matrix f(1, 2);
        f.values = {1, 0};
        const Matrix scores = TipAdapter(words, f, {0}).scores(f, {3, 5.5});
        QCOMPARE(scores.at(0, 0), 3.F);
        QCOMPARE(scores.at(0, 1), 100.F);
        // Alpha 0 is zero-shot.
        QCOMPARE(TipAdapter(words, f, {0}).scores(f, {0, 5.5}).at(0, 0), 0.F);
    }

    void theSweepBeginsWithTheDefaults()
    {
        const std::vector<double> alphas = TipAdapter::sweptAlphas(), betas = TipAdapter::sweptBetas();
        QCOMPARE(alphas.front(), 1.);
        QCOMPARE(betas.front(), 5.5);
        QVERIFY(*std::ranges::min_element(alphas) > 0 && *std::ranges::max_element(alphas) < 3);
        QVERIFY(*std::ranges::min_element(betas) > 0 && *std::ranges::max_element(betas) < 7);
    }

    void sizesMustFit()
    {
        LinearClassifier words;
        words.weights = Matrix(2, 3);
        QVERIFY(!errorOf<Error>([&] { TipAdapter(words, Matrix(2, 3), {0}); }).empty());
        QVERIFY(!errorOf<Error>([&] { TipAdapter(words, Matrix(1, 2), {0}); }).empty());
        QVERIFY(!errorOf<Error>([&] { TipAdapter(words, Matrix(1, 3), {2}); }).empty());
    }
};

QTEST_APPLESS_MAIN(TestTipAdapter)
#include "tst_tip_adapter.moc"
