// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>

namespace clipscope {

namespace {

constexpr double kDecrease = 1e-4, kCurvature = .9; // c1 and c2 of the Wolfe conditions
constexpr int kMostTrials = 25;

using Vector = std::vector<float>;

double product(const Vector& a, const Vector& b)
{
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i)
        sum += double(a[i]) * double(b[i]);
    return sum;
}

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
};

/// Minus the inverse Hessian, as the pairs tell it, times the gradient (algorithm 7.4).
Vector direction(const std::deque<Pair>& pairs, const Vector& gradient)
{
    Vector q(gradient.size());
    std::transform(gradient.begin(), gradient.end(), q.begin(), [](float g) { return -g; });
    std::vector<double> weights(pairs.size());
    for (size_t i = pairs.size(); i-- > 0;) {
        weights[i] = pairs[i].inverse * product(pairs[i].step, q);
        const auto w = float(weights[i]);
        for (size_t j = 0; j < q.size(); ++j)
            q[j] -= w * pairs[i].change[j];
    }
    if (!pairs.empty()) {
        const Pair& last = pairs.back();
        const auto scale = float(1 / (last.inverse * product(last.change, last.change)));
        for (float& x : q)
            x *= scale;
    }
    for (size_t i = 0; i < pairs.size(); ++i) {
        const auto w = float(weights[i] - pairs[i].inverse * product(pairs[i].change, q));
        for (size_t j = 0; j < q.size(); ++j)
            q[j] += w * pairs[i].step[j];
    }
    return q;
}

/// The function along a line from one point.
struct Trial {
    double length = 0, value = 0, slope = 0;
    Vector x, gradient;
};

class Line {
public:
    Line(const SmoothFunction& function, const Vector& from, const Vector& along, int& evaluations,
        const JobContext& context)
        : m_function(function)
        , m_from(from)
        , m_along(along)
        , m_evaluations(evaluations)
        , m_context(context)
    {
    }

    Trial at(double length) const
    {
        m_context.throwIfStopped();
        Trial trial;
        trial.length = length;
        trial.x.resize(m_from.size());
        trial.gradient.resize(m_from.size());
        for (size_t i = 0; i < m_from.size(); ++i)
            trial.x[i] = m_from[i] + float(length) * m_along[i];
        trial.value = m_function(trial.x, trial.gradient);
        trial.slope = product(trial.gradient, m_along);
        ++m_evaluations;
        return trial;
    }

private:
    const SmoothFunction& m_function;
    const Vector& m_from;
    const Vector& m_along;
    int& m_evaluations;
    const JobContext& m_context;
};

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
Trial search(const Line& line, const Trial& start, double firstLength)
{
    const auto isTooHigh = [&](const Trial& t) { return t.value > start.value + kDecrease * t.length * start.slope; };
    const auto isFlat = [&](const Trial& t) { return std::fabs(t.slope) <= -kCurvature * start.slope; };
    Trial low = start, high;
    bool bracketed = false;
    double length = firstLength;
    for (int i = 0; i < kMostTrials; ++i) {
        Trial trial = line.at(length);
        if (isTooHigh(trial) || !std::isfinite(trial.value) || (trial.value >= low.value && (bracketed || i > 0))) {
            high = std::move(trial);
            bracketed = true;
        } else {
            if (isFlat(trial))
                return trial;
            if (bracketed ? trial.slope * (high.length - low.length) >= 0 : trial.slope >= 0) {
                high = std::move(low);
                bracketed = true;
            }
            low = std::move(trial);
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
    std::vector<float>& x, const SmoothFunction& function, const LbfgsOptions& options, const JobContext& context)
{
    LbfgsResult result;
    Trial here;
    here.x = x;
    here.gradient.resize(x.size());
    here.value = function(here.x, here.gradient);
    result.evaluations = 1;
    std::deque<Pair> pairs;
    result.converged = largest(here.gradient) <= options.gradientTolerance;
    while (!result.converged && result.iterations < options.maxIterations) {
        Vector along = direction(pairs, here.gradient);
        Trial start;
        start.value = here.value;
        start.slope = product(here.gradient, along);
        if (!(start.slope < 0)) { // rounding has spoiled the curvature: begin anew from the gradient
            pairs.clear();
            along = direction(pairs, here.gradient);
            start.slope = product(here.gradient, along);
        }
        const double firstLength = pairs.empty() ? std::min(1., 1 / std::sqrt(-start.slope)) : 1;
        const Line line(function, here.x, along, result.evaluations, context);
        Trial next = search(line, start, firstLength);
        ++result.iterations;
        if (next.length == 0 || next.x.empty()) {
            if (pairs.empty())
                break; // as low as these numbers go
            pairs.clear();
            continue;
        }
        Pair pair;
        pair.step.resize(x.size());
        pair.change.resize(x.size());
        for (size_t i = 0; i < x.size(); ++i) {
            pair.step[i] = next.x[i] - here.x[i];
            pair.change[i] = next.gradient[i] - here.gradient[i];
        }
        const double curvature = product(pair.step, pair.change);
        if (curvature > 1e-10 * product(pair.change, pair.change)) {
            pair.inverse = 1 / curvature;
            pairs.push_back(std::move(pair));
            if (pairs.size() > size_t(options.history))
                pairs.pop_front();
        }
        const double lowered = here.value - next.value;
        const double scale = std::max({std::fabs(here.value), std::fabs(next.value), 1.});
        here = std::move(next);
        result.converged =
            largest(here.gradient) <= options.gradientTolerance || lowered <= options.valueTolerance * scale;
    }
    x = std::move(here.x);
    result.value = here.value;
    return result;
}

} // namespace clipscope
