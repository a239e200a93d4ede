// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.h"
#include "probe/lbfgs.h"

#include <cmath>
#include <functional>

using namespace clipscope;

namespace {

/// Value at x, gradient written.
using Function = std::function<double(std::span<const float> x, std::span<float> gradient)>;

/// Any function along lines: looked at in full at every trial.
class Plain : public LineFunction {
public:
    explicit Plain(Function function)
        : m_function(std::move(function))
    {
    }
    double startAt(std::span<const float> x, std::span<float> gradient) override { return m_function(x, gradient); }
    void setDirection(std::span<const float> x, std::span<const float> direction) override
    {
        m_from.assign(x.begin(), x.end());
        m_along.assign(direction.begin(), direction.end());
    }
    Trial along(double length) override
    {
        std::vector<float> x = m_from, gradient(m_from.size());
        for (size_t i = 0; i < x.size(); ++i)
            x[i] += float(length) * m_along[i];
        Trial out{length, m_function(x, gradient), 0};
        for (size_t i = 0; i < x.size(); ++i)
            out.slope += double(gradient[i]) * double(m_along[i]);
        return out;
    }
    void moveTo(double, std::span<const float> x, std::span<float> gradient) override { m_function(x, gradient); }

private:
    Function m_function;
    std::vector<float> m_from, m_along;
};

LbfgsResult minimised(std::vector<float>& x, Function function, const JobContext& context = {})
{
    Plain plain(std::move(function));
    return minimise(x, plain, {}, context);
}

} // namespace

class TestLbfgs : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// sum of i * (x_i - i)^2: the minimum is x_i = i, the value there 0.
    void quadratic()
    {
        std::vector<float> x(20);
        const LbfgsResult result = minimised(x, [](std::span<const float> at, std::span<float> gradient) {
            double value = 0;
            for (size_t i = 0; i < at.size(); ++i) {
                const double off = double(at[i]) - double(i), weight = double(i + 1);
                value += weight * off * off;
                gradient[i] = float(2 * weight * off);
            }
            return value;
        });
        QVERIFY(result.converged);
        for (size_t i = 0; i < x.size(); ++i)
            QVERIFY2(std::fabs(x[i] - float(i)) < 1e-3F, std::to_string(x[i]).c_str());
        QVERIFY(result.iterations < 60);
    }

    /// Rosenbrock's valley: not convex, minimum at (1, 1).
    void curvedValley()
    {
        std::vector<float> x = {-1.2F, 1};
        const LbfgsResult result = minimised(x, [](std::span<const float> at, std::span<float> gradient) {
            const double a = double(at[0]), b = double(at[1]), off = b - a * a;
            gradient[0] = float(-400 * a * off - 2 * (1 - a));
            gradient[1] = float(200 * off);
            return 100 * off * off + (1 - a) * (1 - a);
        });
        QVERIFY(std::fabs(x[0] - 1) < 1e-2F && std::fabs(x[1] - 1) < 1e-2F);
        QVERIFY(result.trials < 200);
    }

    void aStartAtTheMinimumStays()
    {
        std::vector<float> x = {0};
        const LbfgsResult result = minimised(x, [](std::span<const float> at, std::span<float> gradient) {
            gradient[0] = at[0];
            return double(at[0]) * double(at[0]) / 2;
        });
        QCOMPARE(result.iterations, 0);
        QVERIFY(result.converged);
        QCOMPARE(x.front(), 0.F);
    }

    void itStops()
    {
        std::stop_source stop;
        JobContext context;
        context.stop = stop.get_token();
        std::vector<float> x = {5};
        int asked = 0;
        QVERIFY_THROWS_EXCEPTION(Cancelled,
            minimised(
                x,
                [&](std::span<const float> at, std::span<float> gradient) {
                    if (++asked == 2)
                        stop.request_stop();
                    gradient[0] = 4 * at[0] * at[0] * at[0];
                    return std::pow(double(at[0]), 4);
                },
                context));
        QCOMPARE(asked, 2);
    }
};

QTEST_APPLESS_MAIN(TestLbfgs)
#include "tst_lbfgs.moc"
