// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.h"
#include "probe/vector_kernels.h"
#include "support/test_data.h"

using namespace clipscope;

namespace {

std::vector<float> drawn(size_t count, uint64_t seed)
{
    Random random(seed);
    std::vector<float> out(count);
    for (float& v : out)
        v = float(3 * random.normal());
    return out;
}

bool near(double a, double b, double tolerance)
{
    return std::fabs(a - b) <= tolerance * std::max(1., std::fabs(b));
}

} // namespace

/// Against loops in double, for every length around the widths of vectors: what is left over counts too.
class TestVectorKernels : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sums()
    {
        for (size_t n = 0; n < 150; ++n) {
            const std::vector<float> a = drawn(n, n), b = drawn(n, n + 1000), c = drawn(n, n + 2000);
            double expected = 0;
            for (size_t i = 0; i < n; ++i)
                expected += double(a[i]) * double(b[i]);
            QVERIFY(near(dotOf(a, b), expected, 1e-12));

            std::vector<float> to = b;
            addScaled(-.7F, a, to);
            std::vector<float> both = b;
            const double dot = addScaledAndDot(-.7F, a, both, c);
            double expectedDot = 0;
            for (size_t i = 0; i < n; ++i) {
                QVERIFY(near(double(to[i]), double(b[i]) - double(.7F) * double(a[i]), 1e-6));
                QVERIFY(near(double(both[i]), double(b[i]) - double(.7F) * double(a[i]), 1e-6));
                expectedDot += double(both[i]) * double(c[i]);
            }
            QVERIFY(near(dot, expectedDot, 1e-12));
            scale(to, 2);
            for (size_t i = 0; i < n; ++i)
                QVERIFY(near(double(to[i]), 2 * double(both[i]), 1e-6));
        }
    }

    void exponentials()
    {
        for (size_t n = 1; n < 150; ++n) {
            const std::vector<float> before = drawn(n, n);
            std::vector<float> values = before;
            exponentiate(values);
            for (size_t i = 0; i < n; ++i)
                QVERIFY(near(double(values[i]) / std::exp(double(before[i])), 1, 3e-7));
            values = before;
            const Exponentials made = exponentiateBelowHighest(values);
            QCOMPARE(made.highest, *std::ranges::max_element(before));
            double sum = 0;
            for (size_t i = 0; i < n; ++i) {
                const double expected = std::exp(double(before[i] - made.highest));
                QVERIFY(near(double(values[i]) / expected, 1, 1e-6));
                sum += expected;
            }
            QVERIFY(near(double(made.sum) / sum, 1, 1e-6));
        }
        // Far below the highest is nothing; far above nothing overflows.
        std::vector<float> values = {1e30F, 0, -1e30F, 1e30F};
        const Exponentials made = exponentiateBelowHighest(values);
        QCOMPARE(made.sum, 2.F);
        QCOMPARE(values, (std::vector<float>{1, 0, 0, 1}));
    }
};

QTEST_APPLESS_MAIN(TestVectorKernels)
#include "tst_vector_kernels.moc"
