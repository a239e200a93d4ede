// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/paired_difference.h"

#include "base/error.h"
#include "base/random.h"
#include "support/test_data.h"

#include <cmath>

using namespace clipscope;

class TestPairedDifference : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void certainOnes()
    {
        const std::vector<double> ones(50, 1), zeros(50, 0);
        const MeanInterval none = pairedDifference(ones, ones, 1);
        QCOMPARE(none.mean, 0.);
        QCOMPARE(none.low, 0.);
        QCOMPARE(none.high, 0.);
        const MeanInterval all = pairedDifference(ones, zeros, 1);
        QCOMPARE(all.low, 1.);
        QCOMPARE(all.high, 1.);
        QCOMPARE(bootstrapMean({}, 1).mean, 0.);
        QVERIFY(!test::errorOf<Error>([&] { pairedDifference(ones, {}, 1); }).empty());
    }

    /// Of n values 0 or 1 the interval is about that of the normal distribution.
    void asTheNormalDistribution()
    {
        std::vector<double> values(400);
        for (size_t i = 0; i < values.size(); ++i)
            values[i] = i % 4 == 0;
        const MeanInterval interval = bootstrapMean(values, 3);
        const double half = 1.96 * std::sqrt(.25 * .75 / 400);
        QCOMPARE(interval.mean, .25);
        QVERIFY(std::abs(interval.high - interval.mean - half) < .006);
        QVERIFY(std::abs(interval.mean - interval.low - half) < .006);
        QCOMPARE(bootstrapMean(values, 3).low, interval.low);
    }

    /// What both methods share falls out: a constant gain is certain, however much the queries differ.
    void onlyTheDifferenceCounts()
    {
        Random random(5);
        std::vector<double> a, b;
        for (int i = 0; i < 100; ++i) {
            b.push_back(random.uniform());
            a.push_back(b.back() + .125);
        }
        const MeanInterval gain = pairedDifference(a, b, 1);
        QVERIFY(std::abs(gain.low - .125) < 1e-9 && std::abs(gain.high - .125) < 1e-9);
    }

    /// An interval of 95 % holds the true mean in about 95 of 100 samples.
    void coversTheTruth()
    {
        int covered = 0;
        for (uint64_t sample = 0; sample < 200; ++sample) {
            Random random(100 + sample);
            std::vector<double> values;
            for (int i = 0; i < 200; ++i)
                values.push_back(random.chance(.4));
            const MeanInterval interval = bootstrapMean(values, sample);
            covered += interval.low <= .4 && .4 <= interval.high;
        }
        QVERIFY2(covered >= 180 && covered <= 199, std::to_string(covered).c_str());
    }
};

QTEST_GUILESS_MAIN(TestPairedDifference)
#include "tst_paired_difference.moc"
