// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/packed_kernels.h"
#include "nn/precision.h"
#include "nn/transformer.h"

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

namespace clipscope {

/// Rows for products: bytes of the quantised input, kept from one product to the next.
struct PackedWorkspace {
    std::vector<uint8_t> bytes;
    std::vector<float> scales;
    std::vector<int32_t> zeros;
};

/// Which outputs of a PackedLinear: [from, to), both multiples of its outputMultiple() or the end.
struct PackedColumns {
    int64_t from = 0;
    int64_t to = -1; ///< -1: all
};

/// A linear layer whose weight lies as the processor's kernels read it: prepacked once, in float32, or in int8 with a
/// scale for each output (and one scale and zero point for each input row, found as it comes). bf16 goes through
/// LibTorch. CPU only; apply() is const and may run in several threads.
///
/// Why kernels of our own: measured at ViT's shapes on a Xeon with VNNI (giga-operations a CPU second, one thread),
/// LibTorch's linear does 130 (batch of 4) and 37 (a query of 12 tokens), oneDNN's packed weights 138 and 34, MKL's
/// packed weights 157 and 102 but for one number of rows only; these do 150 and 133. In int8 oneDNN and FBGEMM reach
/// 490 and 400, these 400 to 470 with bias, activation and residual included, and a scale a row, so that no picture's
/// numbers depend on the others of its batch.
class PackedLinear {
public:
    PackedLinear() = default;
    /// weight float32 [out, in], bias [out] or undefined. `kernels` null: the processor's best.
    PackedLinear(
        const at::Tensor& weight, const at::Tensor& bias, Precision precision, const PackedKernels* kernels = nullptr);

    bool defined() const { return m_out > 0; }
    int64_t out() const { return m_out; }
    int64_t bytes() const; ///< of the packed weights

    int64_t outputMultiple() const;
    /// rows [m, in] of `stride` -> out [m, columns] of `outStride`: activation(rows * weight^T + bias) (+ out, when
    /// `onto`). `activation` none when empty.
    void apply(const float* rows, int64_t stride, int64_t m, float* out, int64_t outStride, PackedWorkspace& workspace,
        std::optional<Activation> activation = {}, bool onto = false, PackedColumns columns = {}) const;

private:
    const PackedKernels* m_kernels = nullptr;
    Precision m_precision = Precision::Fp32;
    int64_t m_in = 0, m_out = 0;
    at::Tensor m_panels; ///< float or int8, aligned to 64 bytes; bf16: the weight as it is
    at::Tensor m_bias, m_scales, m_sums;
};

} // namespace clipscope
