// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "probe/linear_classifier.h"

namespace clipscope {

struct LogisticOptions {
    double c = 10; ///< weight of the data against that of the penalty, scikit-learn's C
    double tolerance = 1e-4; ///< of the gradient of the objective divided by c * n, scikit-learn's tol
    int maxIterations = 1000;
};

struct LogisticFit {
    LinearClassifier classifier;
    double objective = 0; ///< c * sum of cross entropies + |weights|^2 / 2
    int iterations = 0;
    bool converged = false;
};

/// Multinomial logistic regression with an L2 penalty on the weights, not on the bias: the linear probe of CLIP
/// (Radford 2021, section 3.2; papers section 1.5), with scikit-learn's objective. float32 with sums in double; two
/// matrix products a step. vectors [n, dim], labels in [0, classes); `start` saves steps where C is swept.
/// Throws Error(Input) when there is nothing to learn from or a number is not finite, Cancelled.
LogisticFit fitLogistic(const Matrix& vectors, std::span<const int> labels, int classes, const LogisticOptions& options,
    const JobContext& context, const LinearClassifier* start = nullptr);

} // namespace clipscope
