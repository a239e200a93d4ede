// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/matrix.h"

#include <span>
#include <vector>

namespace clipscope {

/// Scores classes by weights . vector + bias.
struct LinearClassifier {
    Matrix weights; ///< [classes, dim]
    std::vector<float> bias; ///< [classes]; empty: none

    int classes() const { return int(weights.rows); }
    /// vectors [n, dim] -> [n, classes]. Throws Error(Internal) when the dimensions differ.
    Matrix scores(const Matrix& vectors) const;
};

/// Of each row the class with the highest score; of equal ones the first.
std::vector<int> bestClasses(const Matrix& scores);
/// The share of rows whose own class is among the `top` best, equal scores in the order of the classes (so that one
/// score for all is right as often as guessing). 0 for no rows.
double topAccuracy(const Matrix& scores, std::span<const int> labels, int top = 1);
/// [classes, classes]: how many of the row's class were taken for the column's.
std::vector<std::vector<int>> confusionOf(std::span<const int> labels, std::span<const int> predicted, int classes);

} // namespace clipscope
