// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/matrix.h"

#include <span>

namespace clipscope {

/// Mean cross entropy of `logits` [n, classes], which become its gradient: the probabilities less the truth, divided by
/// n. labels [n] in [0, classes).
double crossEntropy(Matrix& logits, std::span<const int> labels);

} // namespace clipscope
