// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/peak_product.h"

#include "base/random.h"
#include "nn/device.h"
#include "nn/layer_weights.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <c10/core/InferenceMode.h>

namespace clipscope {

struct PeakProduct::Impl {
    int side;
    at::Tensor left, right, product;
};

PeakProduct::PeakProduct(int side)
{
    withTorchErrors("matrix product", [&] {
        Random source(deriveSeed(0, "peak product"));
        m_impl = std::make_unique<Impl>(Impl{side, normalTensor(source, {side, side}, 1),
            normalTensor(source, {side, side}, 1), at::empty({side, side}, at::kFloat)});
    });
}

PeakProduct::~PeakProduct() = default;

void PeakProduct::run()
{
    withTorchErrors("matrix product", [&] {
        const c10::InferenceMode guard;
        at::mm_out(m_impl->product, m_impl->left, m_impl->right);
    });
}

double PeakProduct::operations() const
{
    const double side = m_impl->side;
    return 2 * side * side * side;
}

} // namespace clipscope
