// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

namespace clipscope {

/// Rows of length 1 along the last dimension; gradients stay finite at rows of zeros.
at::Tensor unitRows(const at::Tensor& rows);

/// Symmetric cross entropy over the matrix of similarities: row i of `a` belongs to row i of `b`, both unit length
/// (Radford et al. 2021, figure 3). `logitScale` is the temperature's logarithm; its exponential counts as 100 at most.
at::Tensor contrastiveLoss(const at::Tensor& a, const at::Tensor& b, const at::Tensor& logitScale);

} // namespace clipscope
