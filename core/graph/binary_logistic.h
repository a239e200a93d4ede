// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/matrix.h"

#include <span>
#include <vector>

namespace clipscope {

/// Logistic regression of a yes or no on a few features, by Newton's method with an L2 penalty on the standardised
/// weights: for tens of columns, not thousands (there is core/probe for these).
class BinaryLogistic {
public:
    /// features [n, dim], n >= 1; flags [n].
    BinaryLogistic(const Matrix& features, const std::vector<bool>& flags, double penalty = 1);
    /// The probability of a yes.
    float probability(std::span<const float> features) const;

private:
    std::vector<double> m_mean, m_scale; ///< [dim]
    std::vector<double> m_weights; ///< [dim + 1], the last one the bias
};

} // namespace clipscope
