// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.h"
#include "support/test_data.h"

#include <algorithm>
#include <cmath>

using namespace clipscope;

class TestRandom : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sameSeedSameNumbers()
    {
        Random a(7);
        Random b(7);
        Random c(8);
        bool differs = false;
        for (int i = 0; i < 100; ++i) {
            const uint64_t x = a.next();
            QCOMPARE(x, b.next());
            differs |= x != c.next();
        }
        QVERIFY(differs);
    }
    void momentsOfTheDistributions()
    {
        Random r(1);
        const int n = 200000;
        double sum = 0;
        double squares = 0;
        double uniform = 0;
        for (int i = 0; i < n; ++i) {
            const double x = r.normal();
            sum += x;
            squares += x * x;
            const double u = r.uniform(2, 4);
            QVERIFY(u >= 2 && u < 4);
            uniform += u;
        }
        QVERIFY(std::abs(sum / n) < .01);
        QVERIFY(std::abs(squares / n - 1) < .02);
        QVERIFY(std::abs(uniform / n - 3) < .01);
    }
    void belowIsUniformAndInRange()
    {
        Random r(3);
        std::vector<int> count(7);
        for (int i = 0; i < 70000; ++i)
            ++count[r.below(7)];
        for (const int c : count)
            QVERIFY(std::abs(c - 10000) < 500);
    }
    void permutationHoldsEachNumberOnce()
    {
        Random r(5);
        auto p = r.permutation(100);
        QVERIFY(!std::is_sorted(p.begin(), p.end()));
        std::sort(p.begin(), p.end());
        for (int64_t i = 0; i < 100; ++i)
            QCOMPARE(p[size_t(i)], i);
    }
    void streamsDiffer()
    {
        QVERIFY(deriveSeed(1, "a") != deriveSeed(1, "b"));
        QVERIFY(deriveSeed(1, 0) != deriveSeed(2, 0));
        QCOMPARE(deriveSeed(1, "a"), deriveSeed(1, "a"));
    }
};

QTEST_GUILESS_MAIN(TestRandom)
#include "tst_random.moc"
