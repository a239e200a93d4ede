// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/peak_product.h"

#include "base/random.h"
#include "nn/device.h"
#include "nn/transformer.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <c10/core/InferenceMode.h>

namespace clipscope {

namespace {

class TorchProduct : public PeakProduct {
public:
    explicit TorchProduct(int side)
    {
        withTorchErrors("matrix product", [&] {
            Random source(deriveSeed(0, "peak product"));
            m_left = normalTensor(source, {side, side}, 1);
            m_right = normalTensor(source, {side, side}, 1);
            m_product = at::empty({side, side}, at::kFloat);
        });
    }

    void run() override
    {
        withTorchErrors("matrix product", [&] {
            const c10::InferenceMode guard;
            at::mm_out(m_product, m_left, m_right);
        });
    }

private:
    at::Tensor m_left, m_right, m_product;
};

std::unique_ptr<PeakProduct> make(int side)
{
    return std::make_unique<TorchProduct>(side);
}

const LateCode kMakePeakProduct(makePeakProduct, make);

} // namespace

} // namespace clipscope
