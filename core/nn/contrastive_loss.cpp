// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/contrastive_loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/mm.h>

namespace clipscope {

namespace {

constexpr double kLargestScale = 100;

} // namespace

at::Tensor unitRows(const at::Tensor& rows)
{
    return rows / at::linalg_vector_norm(rows, 2, {-1}, true).clamp_min(1e-6);
}

at::Tensor contrastiveLoss(const at::Tensor& a, const at::Tensor& b, const at::Tensor& logitScale)
{
    const at::Tensor scores = at::mm(a, b.t()) * logitScale.exp().clamp_max(kLargestScale);
    const at::Tensor truth = at::arange(a.size(0), a.options().dtype(at::kLong).requires_grad(false));
    return (at::cross_entropy_loss(scores, truth) + at::cross_entropy_loss(scores.t(), truth)) * .5;
}

} // namespace clipscope
