// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/logistic_regression.h"

#include "base/error.h"
#include "probe/lbfgs.h"
#include "probe/matrix_products.h"

#include <algorithm>
#include <cmath>

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

/// Mean cross entropy of `logits`, which become the probabilities less the truth, divided by the number of rows.
double crossEntropy(Matrix& logits, std::span<const int> labels)
{
    double sum = 0;
    const auto share = float(1 / double(logits.rows));
    for (size_t i = 0; i < logits.rows; ++i) {
        const std::span<float> row = logits.row(i);
        const float most = *std::max_element(row.begin(), row.end());
        const float own = row[size_t(labels[i])];
        float total = 0;
        for (float& v : row) {
            v = std::exp(v - most);
            total += v;
        }
        sum += std::log(double(total)) + double(most) - double(own);
        const float scale = share / total;
        for (float& v : row)
            v *= scale;
        row[size_t(labels[i])] -= share;
    }
    return sum / double(logits.rows);
}

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

    // Divided by c * n, as scikit-learn does it: the tolerance means the same for any number of rows.
    const double penalty = 1 / (options.c * double(vectors.rows));
    Matrix logits;
    const SmoothFunction objective = [&](std::span<const float> at, std::span<float> gradient) {
        const std::span<const float> weights = at.first(weightCount), bias = at.subspan(weightCount);
        scoresOf(vectors, weights, bias, logits);
        const double loss = crossEntropy(logits, labels);
        double squares = 0;
        for (size_t i = 0; i < weightCount; ++i) {
            squares += double(weights[i]) * double(weights[i]);
            gradient[i] = float(penalty) * weights[i];
        }
        addWeighted(logits, vectors, gradient.first(weightCount));
        std::vector<double> sums(logits.columns);
        for (size_t i = 0; i < logits.rows; ++i)
            for (size_t j = 0; j < sums.size(); ++j)
                sums[j] += double(logits.at(i, j));
        std::ranges::transform(sums, gradient.begin() + std::ptrdiff_t(weightCount), [](double s) { return float(s); });
        return loss + penalty * squares / 2;
    };
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
