// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/logistic_regression.h"

#include "base/error.h"
#include "probe/lbfgs.h"
#include "probe/matrix_products.h"
#include "probe/softmax.h"
#include "probe/vector_kernels.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace clipscope {

namespace {

void check(const Matrix& vectors, std::span<const int> labels, int classes)
{
    if (vectors.rows == 0 || vectors.columns == 0 || classes < 2)
        throw Error(
            ErrorKind::Input, "a probe needs labelled vectors of at least two classes", "", "Label more videos.");
    if (labels.size() != vectors.rows)
        throw Error(ErrorKind::Internal,
            std::to_string(labels.size()) + " labels for " + std::to_string(vectors.rows) + " vectors");
    if (std::ranges::any_of(labels, [classes](int label) { return label < 0 || label >= classes; }))
        throw Error(ErrorKind::Internal, "a label is none of the " + std::to_string(classes) + " classes");
    if (!std::ranges::all_of(vectors.values, [](float v) { return std::isfinite(v); }))
        throw Error(ErrorKind::Input, "a vector to be learnt from has a number that is not finite", "",
            "Embed the videos again.");
}

/// Mean cross entropy + penalty * |weights|^2 / 2 of x = weights [classes, dim], bias [classes]: scikit-learn's
/// objective divided by c * n, so that the tolerance means the same for any number of rows.
class Objective : public LineFunction {
public:
    Objective(const Matrix& vectors, std::span<const int> labels, size_t classes, double penalty)
        : m_vectors(vectors)
        , m_labels(labels)
        , m_classes(classes)
        , m_weightCount(classes * vectors.columns)
        , m_penalty(penalty)
        , m_row(classes)
    {
    }

    double startAt(std::span<const float> x, std::span<float> gradient) override
    {
        scoresOf(m_vectors, x.first(m_weightCount), x.subspan(m_weightCount), m_foot);
        const double loss = writeGradient(x, gradient);
        m_square = squareOf(x);
        return loss + m_penalty * m_square / 2;
    }

    void setDirection(std::span<const float> x, std::span<const float> direction) override
    {
        scoresOf(m_vectors, direction.first(m_weightCount), direction.subspan(m_weightCount), m_direction);
        m_product = dotOf(x.first(m_weightCount), direction.first(m_weightCount));
        m_directionSquare = squareOf(direction);
    }

    Trial along(double length) override
    {
        double loss = 0, slope = 0;
        for (size_t i = 0; i < m_foot.rows; ++i) {
            const std::span<const float> direction = std::as_const(m_direction).row(i);
            std::ranges::copy(m_foot.row(i), m_row.begin());
            addScaled(float(length), direction, m_row);
            const auto label = size_t(m_labels[i]);
            const float own = m_row[label];
            const Exponentials made = exponentiateBelowHighest(m_row);
            loss += std::log(double(made.sum)) + double(made.highest) - double(own);
            slope += dotOf(m_row, direction) / double(made.sum) - double(direction[label]);
        }
        const auto n = double(m_foot.rows);
        const double square = m_square + length * (2 * m_product + length * m_directionSquare);
        return {length, loss / n + m_penalty * square / 2,
            slope / n + m_penalty * (m_product + length * m_directionSquare)};
    }

    void moveTo(double length, std::span<const float> x, std::span<float> gradient) override
    {
        addScaled(float(length), m_direction.values, m_foot.values);
        writeGradient(x, gradient);
        m_square = squareOf(x);
    }

private:
    double squareOf(std::span<const float> x) const { return dotOf(x.first(m_weightCount), x.first(m_weightCount)); }

    /// Returns the mean cross entropy at the foot.
    double writeGradient(std::span<const float> x, std::span<float> gradient)
    {
        m_errors = m_foot;
        const double loss = crossEntropy(m_errors, m_labels);
        std::ranges::transform(x.first(m_weightCount), gradient.begin(), [&](float w) { return float(m_penalty) * w; });
        addWeighted(m_errors, m_vectors, gradient.first(m_weightCount));
        std::vector<double> sums(m_classes);
        for (size_t i = 0; i < m_errors.rows; ++i)
            for (size_t j = 0; j < m_classes; ++j)
                sums[j] += double(m_errors.at(i, j));
        std::ranges::transform(
            sums, gradient.begin() + std::ptrdiff_t(m_weightCount), [](double s) { return float(s); });
        return loss;
    }

    const Matrix& m_vectors;
    const std::span<const int> m_labels;
    const size_t m_classes;
    const size_t m_weightCount;
    const double m_penalty;
    Matrix m_foot; ///< scores at the foot
    Matrix m_direction; ///< scores of the direction
    Matrix m_errors;
    double m_square = 0, m_product = 0, m_directionSquare = 0; ///< of the foot's and the direction's weights
    std::vector<float> m_row;
};

} // namespace

LogisticFit fitLogistic(const Matrix& vectors, std::span<const int> labels, int classes, const LogisticOptions& options,
    const JobContext& context, const LinearClassifier* start)
{
    check(vectors, labels, classes);
    const size_t weightCount = size_t(classes) * vectors.columns;
    std::vector<float> x(weightCount + size_t(classes));
    if (start != nullptr) {
        if (start->weights.values.size() != weightCount || start->bias.size() != size_t(classes))
            throw Error(ErrorKind::Internal, "the start of a probe has another shape");
        std::ranges::copy(start->weights.values, x.begin());
        std::ranges::copy(start->bias, x.begin() + std::ptrdiff_t(weightCount));
    }

    const double penalty = 1 / (options.c * double(vectors.rows));
    Objective objective(vectors, labels, size_t(classes), penalty);
    LbfgsOptions minimising;
    minimising.gradientTolerance = options.tolerance;
    minimising.maxIterations = options.maxIterations;
    const LbfgsResult result = minimise(x, objective, minimising, context);

    LogisticFit fit;
    fit.classifier.weights = Matrix(size_t(classes), vectors.columns);
    std::copy_n(x.begin(), weightCount, fit.classifier.weights.values.begin());
    fit.classifier.bias.assign(x.begin() + std::ptrdiff_t(weightCount), x.end());
    fit.objective = result.value / penalty;
    fit.iterations = result.iterations;
    fit.converged = result.converged;
    return fit;
}

} // namespace clipscope
