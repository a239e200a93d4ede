// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/random.h"
#include "nn/transformer_config.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace clipscope {

/// Weights of one layer, float32. Linear weights are [out, in]. A block that was removed has an undefined weight.
struct TransformerLayer {
    int64_t heads = 0; ///< fewer than the configuration's after shrinking
    at::Tensor qkvWeight; ///< [3 * heads * headSize, width]: all of q, then k, then v
    at::Tensor qkvBias;
    at::Tensor outWeight; ///< [width, heads * headSize]
    at::Tensor outBias;
    at::Tensor upWeight; ///< [neurons, width]
    at::Tensor upBias;
    at::Tensor downWeight; ///< [width, neurons]
    at::Tensor downBias;
    at::Tensor attentionNormWeight; ///< [width]: before the attention (pre-norm) or after it (post-norm)
    at::Tensor attentionNormBias;
    at::Tensor mlpNormWeight;
    at::Tensor mlpNormBias;
};

/// What may be changed about a forward pass. The default is the plain encoder on the fast path; probabilities are only
/// materialised in layers where a hook asks for them. Masks multiply, so they may be soft and carry gradients.
struct TransformerHooks {
    bool causal = false;
    at::Tensor
        keyPadding; ///< bool [B, N], true = a token; every row needs one. Results of padded positions mean nothing
    at::Tensor headMask; ///< float [layers, heads]: factor of each head's output (0 = q, k, v of the head are zero)
    at::Tensor neuronMask; ///< float [layers, mlpWidth]: factor of each activated neuron
    std::vector<bool> skipAttention; ///< by layer; the residual goes on (post-norm: through the LayerNorm)
    std::vector<bool> skipFeedForward;
    /// By layer, 0 = plain softmax. K keeps the K largest probabilities a query, sets the others to 0 and does not
    /// renormalise (AxFormer; papers section 2.2). K >= N is the plain softmax; padded and future keys are never among
    /// the K.
    std::vector<int> hardAttentionTopK;
    /// Called with (layer, probabilities [B, heads, N, N]) after hard attention, before the head mask.
    std::function<void(int, const at::Tensor&)> onAttention;
    const JobContext* context = nullptr; ///< asked for a stop between blocks; throws Cancelled
};

/// The one Transformer encoder: CLIP's towers, BERT, aggregators. Value type; copies share the tensors. forward() is
/// const and may run in several threads; gradients flow unless the caller has set a guard (at::NoGradGuard,
/// c10::InferenceMode), which is per thread. Vaswani et al. 2017; pre-norm as in Radford et al. 2021.
class Transformer {
public:
    Transformer() = default;
    Transformer(TransformerConfig config, std::vector<TransformerLayer> layers);

    /// Random weights as in OpenAI's CLIP: standard deviation width^-.5 for q, k, v, (2 width)^-.5 for the neurons, and
    /// (2 width layers)^-.5 for both projections back; biases 0, norms 1. The same seed gives the same weights.
    static Transformer random(const TransformerConfig& config, uint64_t seed);

    const TransformerConfig& config() const { return m_config; }
    const std::vector<TransformerLayer>& layers() const { return m_layers; }
    std::vector<TransformerLayer>& layers() { return m_layers; }
    int64_t headSize() const { return m_config.width / m_config.heads; }

    /// [B, N, width] -> [B, N, width]. Throws Error(Internal) when a hook's shape does not fit; Cancelled.
    at::Tensor forward(at::Tensor x, const TransformerHooks& hooks = {}) const;
    /// The rows `queries` (int64 [B]: one position each) of forward(): [B, width]. The last block computes only these.
    at::Tensor forwardAt(at::Tensor x, const at::Tensor& queries, const TransformerHooks& hooks = {}) const;

    /// A physically smaller encoder that gives what forward() gives under `hooks`: heads and neurons whose mask is 0,
    /// and skipped blocks, are cut out of the matrices (other mask values are folded into the weights). Only headMask,
    /// neuronMask, skipAttention and skipFeedForward count; the tensors are new and detached.
    Transformer shrunk(const TransformerHooks& hooks) const;

    /// Weights of all layers.
    int64_t parameterCount() const;

private:
    void check(const at::Tensor& x, const TransformerHooks& hooks) const;
    at::Tensor block(int index, const at::Tensor& x, const at::Tensor& queries, const at::Tensor& mask,
        const TransformerHooks& hooks) const;
    at::Tensor attention(int index, const at::Tensor& x, const at::Tensor& queries, const at::Tensor& mask,
        const TransformerHooks& hooks) const;
    at::Tensor feedForward(int index, const at::Tensor& x, const TransformerHooks& hooks) const;

    TransformerConfig m_config;
    std::vector<TransformerLayer> m_layers;
};

at::Tensor activate(Activation activation, const at::Tensor& x);

/// float32 on the CPU, N(0, deviation^2); the same numbers on every machine (LibTorch's own depend on the vector
/// width).
at::Tensor normalTensor(Random& random, at::IntArrayRef size, double deviation);

} // namespace clipscope
