// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"

#include <span>
#include <vector>

namespace clipscope {

/// A smooth function that is looked at along lines. Where it is a linear model's, that costs little: the scores along a
/// line are those at its foot plus those of its direction, and the gradient is needed only where the line is left.
class LineFunction {
public:
    virtual ~LineFunction() = default;
    /// The value at `x`, which becomes the foot of the next line; its gradient is written to `gradient`.
    virtual double startAt(std::span<const float> x, std::span<float> gradient) = 0;
    /// Begins a line from the foot `x`. Both stay as they are until the line is left.
    virtual void setDirection(std::span<const float> x, std::span<const float> direction) = 0;
    struct Trial {
        double length = 0, value = 0, slope = 0;
    };
    /// The value at foot + length * direction, and its slope along the line.
    virtual Trial along(double length) = 0;
    /// Leaves the line at `x` = foot + length * direction, which becomes the next foot; writes the gradient there.
    virtual void moveTo(double length, std::span<const float> x, std::span<float> gradient) = 0;
};

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
    int trials = 0; ///< places on lines that were looked at
    bool converged = false; ///< by one of the tolerances
};

/// Minimises by L-BFGS with a strong Wolfe line search (Nocedal and Wright, Numerical Optimization,
/// algorithms 7.4, 7.5, 3.5 and 3.6), with the stopping rules that SciPy's L-BFGS-B applies for scikit-learn. `x` holds
/// the start and then the best point found; on a convex function that is the minimum. Checks for a stop at every trial.
/// Throws Cancelled.
LbfgsResult minimise(
    std::vector<float>& x, LineFunction& function, const LbfgsOptions& options, const JobContext& context);

} // namespace clipscope
