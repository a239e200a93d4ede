// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/lbfgs.h"

#include "probe/vector_kernels.h"

#include <algorithm>
#include <cmath>
#include <deque>

namespace clipscope {

namespace {

// c1 and c2 of the Wolfe conditions: trials are cheap beside directions, so that a line is searched well.
constexpr double kDecrease = 1e-4, kCurvature = .3;
constexpr int kMostTrials = 25;

using Vector = std::vector<float>;

double largest(const Vector& v)
{
    float most = 0;
    for (const float x : v)
        most = std::max(most, std::fabs(x));
    return double(most);
}

/// A step and how it changed the gradient.
struct Pair {
    Vector step, change;
    double inverse = 0; ///< 1 / (step . change)
    double changeSquare = 0; ///< change . change
};

/// Minus the inverse Hessian, as the pairs tell it, times the gradient (algorithm 7.4).
Vector direction(const std::deque<Pair>& pairs, const Vector& gradient)
{
    Vector q(gradient.size());
    std::transform(gradient.begin(), gradient.end(), q.begin(), [](float g) { return -g; });
    if (pairs.empty())
        return q;
    // Each sum is taken on the pass that changes q for it: the vectors are longer than a cache holds.
    std::vector<double> weights(pairs.size());
    double along = dotOf(pairs.back().step, q);
    for (size_t i = pairs.size(); i-- > 0;) {
        weights[i] = pairs[i].inverse * along;
        const Vector& next = i > 0 ? pairs[i - 1].step : pairs[i].change;
        along = addScaledAndDot(-float(weights[i]), pairs[i].change, q, next);
    }
    // `along` is now the first change times q.
    const auto shrink = float(1 / (pairs.back().inverse * pairs.back().changeSquare));
    scale(q, shrink);
    along *= double(shrink);
    for (size_t i = 0; i < pairs.size(); ++i) {
        const double weight = weights[i] - pairs[i].inverse * along;
        if (i + 1 < pairs.size())
            along = addScaledAndDot(float(weight), pairs[i].step, q, pairs[i + 1].change);
        else
            addScaled(float(weight), pairs[i].step, q);
    }
    return q;
}

using Trial = LineFunction::Trial;

/// Where the cubic through both trials is lowest, kept off the ends of the interval (3.59).
double cubicMinimum(const Trial& a, const Trial& b)
{
    const double width = b.length - a.length;
    const double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.length - b.length);
    const double square = d1 * d1 - a.slope * b.slope;
    double at = a.length + width / 2;
    if (square >= 0) {
        const double d2 = std::copysign(std::sqrt(square), width);
        at = b.length - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
    }
    const double low = std::min(a.length, b.length) + .1 * std::fabs(width);
    const double high = std::max(a.length, b.length) - .1 * std::fabs(width);
    return std::isfinite(at) ? std::clamp(at, low, high) : a.length + width / 2;
}

/// A length that lowers the value enough and flattens the slope (algorithms 3.5 and 3.6); the best of those tried when
/// the numbers are too coarse for both.
Trial search(LineFunction& function, const Trial& start, double firstLength, int& trials, const JobContext& context)
{
    const auto isTooHigh = [&](const Trial& t) { return t.value > start.value + kDecrease * t.length * start.slope; };
    const auto isFlat = [&](const Trial& t) { return std::fabs(t.slope) <= -kCurvature * start.slope; };
    Trial low = start, high;
    bool bracketed = false;
    double length = firstLength;
    for (int i = 0; i < kMostTrials; ++i) {
        context.throwIfStopped();
        const Trial trial = function.along(length);
        ++trials;
        if (isTooHigh(trial) || !std::isfinite(trial.value) || (trial.value >= low.value && (bracketed || i > 0))) {
            high = trial;
            bracketed = true;
        } else {
            if (isFlat(trial))
                return trial;
            if (bracketed ? trial.slope * (high.length - low.length) >= 0 : trial.slope >= 0) {
                high = low;
                bracketed = true;
            }
            low = trial;
        }
        if (!bracketed)
            length = 2 * low.length;
        else if (std::isfinite(high.value))
            length = cubicMinimum(low, high);
        else
            length = (low.length + high.length) / 2;
        if (bracketed && std::fabs(high.length - low.length) < 1e-10 * std::max(1., low.length))
            break;
    }
    return low;
}

} // namespace

LbfgsResult minimise(
    std::vector<float>& x, LineFunction& function, const LbfgsOptions& options, const JobContext& context)
{
    LbfgsResult result;
    Vector gradient(x.size());
    Trial here;
    here.value = function.startAt(x, gradient);
    std::deque<Pair> pairs;
    result.converged = largest(gradient) <= options.gradientTolerance;
    while (!result.converged && result.iterations < options.maxIterations) {
        Vector along = direction(pairs, gradient);
        here.length = 0;
        here.slope = dotOf(gradient, along);
        if (!(here.slope < 0)) { // rounding has spoiled the curvature: begin anew from the gradient
            pairs.clear();
            along = direction(pairs, gradient);
            here.slope = dotOf(gradient, along);
        }
        function.setDirection(x, along);
        const double firstLength = pairs.empty() ? 1 / std::sqrt(-here.slope) : 1;
        const Trial next = search(function, here, firstLength, result.trials, context);
        ++result.iterations;
        if (next.length == 0) {
            if (pairs.empty())
                break; // as low as these numbers go
            pairs.clear();
            continue;
        }
        Pair pair;
        pair.change.resize(x.size());
        std::ranges::transform(gradient, pair.change.begin(), [](float g) { return -g; });
        pair.step = std::move(along);
        scale(pair.step, float(next.length));
        addScaled(1, pair.step, x);
        function.moveTo(next.length, x, gradient);
        addScaled(1, gradient, pair.change);
        const double curvature = dotOf(pair.step, pair.change);
        pair.changeSquare = dotOf(pair.change, pair.change);
        if (curvature > 1e-10 * pair.changeSquare) {
            pair.inverse = 1 / curvature;
            pairs.push_back(std::move(pair));
            if (pairs.size() > size_t(options.history))
                pairs.pop_front();
        }
        const double lowered = here.value - next.value;
        const double magnitude = std::max({std::fabs(here.value), std::fabs(next.value), 1.});
        here.value = next.value;
        result.converged =
            largest(gradient) <= options.gradientTolerance || lowered <= options.valueTolerance * magnitude;
    }
    result.value = here.value;
    return result;
}

} // namespace clipscope
