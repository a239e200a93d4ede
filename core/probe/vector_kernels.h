// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

namespace clipscope {

/// What probes do to long rows of numbers, in the widest instructions of this processor. Spans of one call have the
/// same length.

/// Sum of a[i] * b[i], in double.
double dotOf(std::span<const float> a, std::span<const float> b);
/// to += factor * from.
void addScaled(float factor, std::span<const float> from, std::span<float> to);
/// The same, and the sum of to[i] * with[i] afterwards, in double.
double addScaledAndDot(float factor, std::span<const float> from, std::span<float> to, std::span<const float> with);
void scale(std::span<float> values, float factor);
/// Each value its exponential, within 2 units in the last place.
void exponentiate(std::span<float> values);

struct Exponentials {
    float highest = 0; ///< value before
    float sum = 0; ///< of what was written
};
/// Each value the exponential of its distance to the highest: a softmax but for the division. Not for an empty row.
Exponentials exponentiateBelowHighest(std::span<float> values);

} // namespace clipscope
