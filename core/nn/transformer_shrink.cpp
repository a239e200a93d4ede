// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/transformer.h"

#include "nn/device.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

namespace clipscope {

namespace {

/// Numbers of the entries that are not 0.
at::Tensor kept(const at::Tensor& mask)
{
    return mask.nonzero().flatten();
}

/// Heads cut out of q, k, v and of the columns of the projection back; its bias stays (papers section 2.4).
void cutHeads(TransformerLayer& layer, const at::Tensor& mask, int64_t headSize)
{
    const at::Tensor heads = kept(mask);
    if (heads.numel() == 0) {
        // With no head left the block still adds its bias: one head whose value is 0 keeps that.
        const at::Tensor first = at::arange(1, heads.options());
        cutHeads(layer, mask.index_fill(0, first, 1), headSize);
        layer.outWeight.zero_();
        return;
    }
    const at::Tensor within =
        (heads.unsqueeze(1) * headSize + at::arange(headSize, heads.options()).unsqueeze(0)).flatten();
    const int64_t inner = layer.heads * headSize;
    const at::Tensor rows = at::cat({within, within + inner, within + 2 * inner});
    const at::Tensor factor = mask.index_select(0, heads).repeat_interleave(headSize);
    layer.qkvWeight = layer.qkvWeight.index_select(0, rows);
    layer.qkvBias = layer.qkvBias.index_select(0, rows);
    layer.outWeight = layer.outWeight.index_select(1, within) * factor;
    layer.heads = heads.numel();
}

void cutNeurons(TransformerLayer& layer, const at::Tensor& mask)
{
    at::Tensor neurons = kept(mask);
    if (neurons.numel() == 0)
        neurons = at::arange(1, neurons.options()); // its factor is 0: only the bias goes on
    layer.upWeight = layer.upWeight.index_select(0, neurons);
    layer.upBias = layer.upBias.index_select(0, neurons);
    layer.downWeight = layer.downWeight.index_select(1, neurons) * mask.index_select(0, neurons);
}

} // namespace

Transformer Transformer::shrunk(const TransformerHooks& hooks) const
{
    return withTorchErrors("Transformer", [&] {
        const at::NoGradGuard guard;
        std::vector<TransformerLayer> layers;
        for (size_t i = 0; i < m_layers.size(); ++i) {
            TransformerLayer layer = m_layers[i];
            for (at::Tensor* t : {&layer.qkvWeight, &layer.qkvBias, &layer.outWeight, &layer.outBias, &layer.upWeight,
                     &layer.upBias, &layer.downWeight, &layer.downBias, &layer.attentionNormWeight,
                     &layer.attentionNormBias, &layer.mlpNormWeight, &layer.mlpNormBias})
                if (t->defined())
                    *t = t->detach().clone();
            if (i < hooks.skipAttention.size() && hooks.skipAttention[i])
                layer.qkvWeight = layer.qkvBias = layer.outWeight = layer.outBias = at::Tensor();
            else if (hooks.headMask.defined() && layer.qkvWeight.defined())
                cutHeads(layer, hooks.headMask[int64_t(i)].detach(), headSize());
            if (i < hooks.skipFeedForward.size() && hooks.skipFeedForward[i])
                layer.upWeight = layer.upBias = layer.downWeight = layer.downBias = at::Tensor();
            else if (hooks.neuronMask.defined() && layer.upWeight.defined())
                cutNeurons(layer, hooks.neuronMask[int64_t(i)].detach());
            layers.push_back(std::move(layer));
        }
        return Transformer(m_config, std::move(layers));
    });
}

} // namespace clipscope
