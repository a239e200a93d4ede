// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/packed_linear.h"
#include "nn/transformer.h"

#include <ATen/core/Tensor.h>

#include <vector>

namespace clipscope {

/// What may be said of a pass through a PackedTransformer.
struct PackedPass {
    bool causal = false;
    std::vector<int64_t>
        lengths; ///< tokens of each row of the batch; the ones behind are padding. Empty: all are tokens
    const JobContext* context = nullptr; ///< asked for a stop between blocks; throws Cancelled
};

/// A Transformer prepared for inference on this processor: prepacked weights, bias, activation and residual inside the
/// products, rows that do not depend on their batch or on the number of threads. Transformer stays the truth: this
/// gives what its forward() gives without hooks, to float32's rounding or to the precision chosen. Without gradients;
/// the source's weights are not kept. Value type; copies share the weights; forward() is const and may run in several
/// threads.
class PackedTransformer {
public:
    PackedTransformer() = default;
    /// A float32 Transformer on the CPU, shrunk ones too. `kernels` null: the processor's best. Throws Error(Internal)
    /// where the processor has none.
    PackedTransformer(const Transformer& source, Precision precision, const PackedKernels* kernels = nullptr);

    bool defined() const { return m_kernels != nullptr; }
    int64_t bytes() const;

    /// [B, N, width] -> [B, N, width]; what stands at padded positions means nothing.
    at::Tensor forward(const at::Tensor& x, const PackedPass& pass = {}) const;
    /// The rows `queries` (one position each, [B]) of forward(): [B, width]; the last block computes only these.
    at::Tensor forwardAt(const at::Tensor& x, const std::vector<int64_t>& queries, const PackedPass& pass = {}) const;

private:
    struct Layer {
        int64_t heads = 0;
        PackedLinear qkv, out, up, down; ///< undefined: the block was cut out
        at::Tensor attentionNormWeight, attentionNormBias, mlpNormWeight, mlpNormBias;
    };
    struct Buffers;

    at::Tensor run(const at::Tensor& x, const std::vector<int64_t>* queries, const PackedPass& pass) const;
    void attention(const Layer& layer, const float* from, Buffers& b, const std::vector<int64_t>* queries,
        const PackedPass& pass) const;
    void norm(const float* rows, int64_t stride, int64_t count, const at::Tensor& weight, const at::Tensor& bias,
        float* out, int64_t outStride) const;

    TransformerConfig m_config;
    const PackedKernels* m_kernels = nullptr;
    std::vector<Layer> m_layers;
    int64_t m_mostInner = 0, m_mostNeurons = 0;
};

} // namespace clipscope
