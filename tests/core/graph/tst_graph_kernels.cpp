// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_kernels.h"

#include "base/random.h"
#include "made_graph.h"
#include "support/test_data.h"

#include <cmath>

using namespace clipscope;
using namespace clipscope::test;

namespace {

Matrix randomMatrix(size_t rows, size_t columns, uint64_t seed)
{
    Random random(seed);
    Matrix out(rows, columns);
    for (float& value : out.values)
        value = float(random.uniform(-1, 1));
    return out;
}

std::vector<float> randomValues(size_t count, uint64_t seed)
{
    return randomMatrix(1, count, seed).values;
}

double worst(const Matrix& a, const Matrix& b)
{
    double out = a.rows == b.rows && a.columns == b.columns ? 0 : INFINITY;
    for (size_t i = 0; out < INFINITY && i < a.values.size(); ++i)
        out = std::max(out, std::abs(double(a.values[i]) - double(b.values[i])));
    return out;
}

/// The definition, in double: out[i, c] += sum of the entries' values times x[j, c].
Matrix plainSparse(
    const SparseMatrix& a, const std::vector<float>& values, size_t groups, const Matrix& x, Matrix out, bool turned)
{
    const size_t width = x.columns / groups;
    for (int row = 0; row < a.rows; ++row)
        for (auto k = size_t(a.offsets[size_t(row)]); k < size_t(a.offsets[size_t(row) + 1]); ++k)
            for (size_t c = 0; c < x.columns; ++c) {
                const double value = values[c / width * a.indices.size() + k];
                const auto j = size_t(a.indices[k]), i = size_t(row);
                if (turned)
                    out.at(j, c) = float(double(out.at(j, c)) + value * double(x.at(i, c)));
                else
                    out.at(i, c) = float(double(out.at(i, c)) + value * double(x.at(j, c)));
            }
    return out;
}

constexpr double kTolerance = 2e-5;

} // namespace

class TestGraphKernels : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Every width up to four and a half of the widest vectors, so that each kind of rest is met.
    void sparseProducts()
    {
        const SparseMatrix a = madeGraph({}, 1).features.words; // [60, 40], with an empty row
        for (size_t groups : {1, 3})
            for (size_t width = 1; width <= 72; width += width < 20 ? 1 : 13) {
                const std::vector<float> values = randomValues(groups * a.indices.size(), width);
                const Matrix x = randomMatrix(size_t(a.columns), groups * width, 2),
                             g = randomMatrix(size_t(a.rows), groups * width, 3);
                Matrix out = randomMatrix(size_t(a.rows), groups * width, 4);
                Matrix expected = plainSparse(a, values, groups, x, out, false);
                addSparseProduct(a, values, groups, view(x), view(out));
                QVERIFY2(worst(out, expected) < kTolerance, std::to_string(width).c_str());
                out = randomMatrix(size_t(a.columns), groups * width, 5);
                expected = plainSparse(a, values, groups, g, out, true);
                addTransposedSparseProduct(a, values, groups, view(g), view(out));
                QVERIFY2(worst(out, expected) < kTolerance, std::to_string(width).c_str());
                std::vector<float> products(groups * a.indices.size());
                entryProducts(a, groups, view(g), view(x), products);
                for (int row = 0; row < a.rows; ++row)
                    for (auto k = size_t(a.offsets[size_t(row)]); k < size_t(a.offsets[size_t(row) + 1]); ++k)
                        for (size_t group = 0; group < groups; ++group) {
                            double sum = 0;
                            for (size_t c = group * width; c < (group + 1) * width; ++c)
                                sum += double(g.at(size_t(row), c)) * double(x.at(size_t(a.indices[k]), c));
                            QVERIFY(std::abs(sum - double(products[group * a.indices.size() + k])) < kTolerance);
                        }
            }
    }

    /// A group's part is what it would be alone, to the bit.
    void groupsDoNotMeet()
    {
        const SparseMatrix a = madeGraph({}, 1).features.words;
        const size_t width = 19, groups = 3;
        const std::vector<float> values = randomValues(groups * a.indices.size(), 1);
        const Matrix x = randomMatrix(size_t(a.columns), groups * width, 2);
        Matrix together(size_t(a.rows), groups * width);
        addSparseProduct(a, values, groups, view(x), view(together));
        for (size_t group = 0; group < groups; ++group) {
            Matrix alone(size_t(a.rows), width);
            addSparseProduct(a, std::span(values).subspan(group * a.indices.size(), a.indices.size()), 1,
                columns(view(x), group * width, width), view(alone));
            for (size_t row = 0; row < alone.rows; ++row)
                for (size_t c = 0; c < width; ++c)
                    QCOMPARE(alone.at(row, c), together.at(row, group * width + c));
        }
    }

    void denseProducts()
    {
        for (size_t n : {1, 3, 4, 9})
            for (size_t k : {1, 5, 16, 33})
                for (size_t w = 1; w <= 40; w += w < 18 ? 1 : 11) {
                    // Parts of wider matrices, so that strides count.
                    const Matrix a = randomMatrix(n, k + 3, 1), b = randomMatrix(k, w + 2, 2),
                                 g = randomMatrix(n, w + 1, 3);
                    Matrix out = randomMatrix(n, w, 4), back = randomMatrix(k, w, 5);
                    Matrix expected = out, expectedBack = back;
                    for (size_t i = 0; i < n; ++i)
                        for (size_t j = 0; j < k; ++j)
                            for (size_t c = 0; c < w; ++c) {
                                expected.at(i, c) += a.at(i, j + 3) * b.at(j, c + 2);
                                expectedBack.at(j, c) += a.at(i, j + 3) * g.at(i, c + 1);
                            }
                    addProduct(columns(view(a), 3, k), columns(view(b), 2, w), view(out));
                    addTransposedProduct(columns(view(a), 3, k), columns(view(g), 1, w), view(back));
                    QVERIFY(worst(out, expected) < kTolerance);
                    QVERIFY(worst(back, expectedBack) < kTolerance);
                }
    }

    void dropsTheShareAskedFor()
    {
        constexpr size_t kCount = 200'000;
        for (double p : {.1, .5, .75}) {
            std::vector<float> values(kCount, 1);
            dropOut(values, p, 7);
            size_t dropped = 0;
            for (const float value : values) {
                QVERIFY(value == 0 || std::abs(value - 1 / (1 - p)) < 1e-3);
                dropped += value == 0;
            }
            // Five standard deviations.
            QVERIFY(std::abs(double(dropped) / kCount - p) < 5 * std::sqrt(p * (1 - p) / kCount));
            std::vector<float> shorter(1001, 1), other(kCount, 1);
            dropOut(shorter, p, 7);
            QVERIFY(std::equal(shorter.begin(), shorter.end(), values.begin()));
            dropOut(other, p, 8);
            QVERIFY(other != values);
        }
        std::vector<float> kept(100, 3);
        dropOut(kept, 0, 1);
        QCOMPARE(kept, std::vector<float>(100, 3));
    }

    /// Against the published recurrences in double.
    void adam()
    {
        constexpr size_t kCount = 37;
        std::vector<float> parameters = randomValues(kCount, 1), mean(kCount), square(kCount);
        std::vector<double> p(parameters.begin(), parameters.end()), m(kCount), v(kCount);
        for (int t = 1; t <= 5; ++t) {
            const std::vector<float> gradient = randomValues(kCount, uint64_t(10 + t));
            AdamStep step;
            step.decay = .1F;
            step.correction1 = float(1 - std::pow(.9, t));
            step.correction2 = float(1 - std::pow(.999, t));
            adamUpdate(step, gradient, mean, square, parameters);
            for (size_t i = 0; i < kCount; ++i) {
                const double g = double(gradient[i]) + .1 * p[i];
                m[i] = .9 * m[i] + .1 * g;
                v[i] = .999 * v[i] + .001 * g * g;
                p[i] -= .01 * (m[i] / (1 - std::pow(.9, t))) / (std::sqrt(v[i] / (1 - std::pow(.999, t))) + 1e-8);
                QVERIFY(std::abs(p[i] - double(parameters[i])) < 1e-5);
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestGraphKernels)
#include "tst_graph_kernels.moc"
