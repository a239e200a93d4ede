// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"

#include <functional>
#include <span>
#include <vector>

namespace clipscope {

/// A smooth function: its value at `x`, its gradient written to `gradient` (of the same size).
using SmoothFunction = std::function<double(std::span<const float> x, std::span<float> gradient)>;

struct LbfgsOptions {
    int history = 10; ///< pairs of steps and gradient changes that stand for the curvature
    double gradientTolerance = 1e-4; ///< ends when no component of the gradient is larger
    double valueTolerance =
        64 * 2.220446049250313e-16; ///< ends when a step lowers the value by less than this share of it
    int maxIterations = 1000;
};

struct LbfgsResult {
    double value = 0;
    int iterations = 0;
    int evaluations = 0; ///< of the function and its gradient
    bool converged = false; ///< by one of the tolerances
};

/// Minimises by L-BFGS with a strong Wolfe line search (Nocedal and Wright, Numerical Optimization,
/// algorithms 7.4, 7.5, 3.5 and 3.6), with the stopping rules that SciPy's L-BFGS-B applies for scikit-learn. `x` holds
/// the start and then the best point found; on a convex function that is the minimum. Checks for a stop at every
/// evaluation. Throws Cancelled.
LbfgsResult minimise(
    std::vector<float>& x, const SmoothFunction& function, const LbfgsOptions& options, const JobContext& context);

} // namespace clipscope
