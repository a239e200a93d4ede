// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/transformer.h"

#include "nn/device.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace clipscope {

namespace {

template <class T> T at(const std::vector<T>& byLayer, int layer)
{
    return size_t(layer) < byLayer.size() ? byLayer[size_t(layer)] : T{};
}

/// [B, N, width] -> [B, width]: one row each; keeps gradients.
at::Tensor rowsAt(const at::Tensor& x, const at::Tensor& positions)
{
    return x.gather(1, positions.view({-1, 1, 1}).expand({x.size(0), 1, x.size(2)})).squeeze(1);
}

/// What a query may look at, as a boolean mask that broadcasts to [B, heads, queries, N], true = may; undefined:
/// everything.
at::Tensor attentionMask(const at::Tensor& x, const TransformerHooks& hooks)
{
    at::Tensor mask;
    const int64_t n = x.size(1);
    if (hooks.causal)
        mask = at::ones({n, n}, x.options().dtype(at::kBool)).tril();
    if (hooks.keyPadding.defined()) {
        const at::Tensor keys = hooks.keyPadding.view({x.size(0), 1, 1, n});
        mask = mask.defined() ? mask.logical_and(keys) : keys;
    }
    return mask;
}

at::Tensor keepLargest(const at::Tensor& probabilities, int64_t k)
{
    if (k >= probabilities.size(-1))
        return probabilities;
    const at::Tensor chosen = std::get<1>(probabilities.topk(k, -1, true, false));
    return probabilities * at::zeros_like(probabilities).scatter(-1, chosen, 1.0);
}

void require(bool holds, const char* what)
{
    if (!holds)
        throw Error(ErrorKind::Internal, std::string("a Transformer hook has the wrong shape: ") + what);
}

} // namespace

Transformer::Transformer(TransformerConfig config, std::vector<TransformerLayer> layers)
    : m_config(config)
    , m_layers(std::move(layers))
{
}

Transformer Transformer::random(const TransformerConfig& config, uint64_t seed)
{
    Random source(seed);
    const auto normal = [&](at::IntArrayRef size, double deviation) { return normalTensor(source, size, deviation); };
    const int64_t d = config.width;
    const double in = std::pow(double(d), -.5);
    const double out = in * std::pow(2. * double(config.layers), -.5);
    std::vector<TransformerLayer> layers;
    for (int64_t i = 0; i < config.layers; ++i) {
        TransformerLayer layer;
        layer.heads = config.heads;
        layer.qkvWeight = normal({3 * d, d}, in);
        layer.qkvBias = at::zeros({3 * d}, at::kFloat);
        layer.outWeight = normal({d, d}, out);
        layer.outBias = at::zeros({d}, at::kFloat);
        layer.upWeight = normal({config.mlpWidth, d}, std::pow(2. * double(d), -.5));
        layer.upBias = at::zeros({config.mlpWidth}, at::kFloat);
        layer.downWeight = normal({d, config.mlpWidth}, out);
        layer.downBias = at::zeros({d}, at::kFloat);
        layer.attentionNormWeight = at::ones({d}, at::kFloat);
        layer.attentionNormBias = at::zeros({d}, at::kFloat);
        layer.mlpNormWeight = at::ones({d}, at::kFloat);
        layer.mlpNormBias = at::zeros({d}, at::kFloat);
        layers.push_back(std::move(layer));
    }
    return {config, std::move(layers)};
}

at::Tensor Transformer::forward(at::Tensor x, const TransformerHooks& hooks) const
{
    return withTorchErrors("Transformer", [&] {
        check(x, hooks);
        const at::Tensor mask = attentionMask(x, hooks);
        for (int i = 0; i < int(m_layers.size()); ++i)
            x = block(i, x, {}, mask, hooks);
        return x;
    });
}

at::Tensor Transformer::forwardAt(at::Tensor x, const at::Tensor& queries, const TransformerHooks& hooks) const
{
    return withTorchErrors("Transformer", [&] {
        check(x, hooks);
        const at::Tensor mask = attentionMask(x, hooks);
        const int last = int(m_layers.size()) - 1;
        for (int i = 0; i < last; ++i)
            x = block(i, x, {}, mask, hooks);
        // Hooks that look at probabilities want all of them.
        if (last < 0 || hooks.onAttention)
            return rowsAt(last < 0 ? x : block(last, x, {}, mask, hooks), queries);
        return block(last, x, queries, mask, hooks);
    });
}

void Transformer::check(const at::Tensor& x, const TransformerHooks& hooks) const
{
    const auto layers = int64_t(m_layers.size());
    require(x.dim() == 3 && x.size(2) == m_config.width, "input");
    if (hooks.keyPadding.defined())
        require(hooks.keyPadding.sizes() == x.sizes().slice(0, 2) && hooks.keyPadding.scalar_type() == at::kBool,
            "keyPadding");
    if (hooks.headMask.defined())
        require(hooks.headMask.sizes() == at::IntArrayRef({layers, m_config.heads}), "headMask");
    if (hooks.neuronMask.defined())
        require(hooks.neuronMask.sizes() == at::IntArrayRef({layers, m_config.mlpWidth}), "neuronMask");
    for (const TransformerLayer& layer : m_layers) {
        require(!hooks.headMask.defined() || layer.heads == m_config.heads, "headMask of a shrunk Transformer");
        require(!hooks.neuronMask.defined() || !layer.upWeight.defined() || layer.upWeight.size(0) == m_config.mlpWidth,
            "neuronMask of a shrunk Transformer");
    }
}

/// `queries` undefined: [B, N, width] -> the same; else only those rows, [B, width].
at::Tensor Transformer::block(int index, const at::Tensor& x, const at::Tensor& queries, const at::Tensor& mask,
    const TransformerHooks& hooks) const
{
    if (hooks.context)
        hooks.context->throwIfStopped();
    const TransformerLayer& layer = m_layers[size_t(index)];
    const bool attends = layer.qkvWeight.defined() && !at(hooks.skipAttention, index);
    const bool feeds = layer.upWeight.defined() && !at(hooks.skipFeedForward, index);
    const auto norm = [&](const at::Tensor& t, const at::Tensor& weight, const at::Tensor& bias) {
        return at::layer_norm(t, {m_config.width}, weight, bias, m_config.epsilon);
    };
    at::Tensor y = queries.defined() ? rowsAt(x, queries) : x;
    if (m_config.preNorm) {
        if (attends)
            y = y + attention(index, norm(x, layer.attentionNormWeight, layer.attentionNormBias), queries, mask, hooks);
        if (feeds)
            y = y + feedForward(index, norm(y, layer.mlpNormWeight, layer.mlpNormBias), hooks);
        return y;
    }
    y = norm(attends ? y + attention(index, x, queries, mask, hooks) : y, layer.attentionNormWeight,
        layer.attentionNormBias);
    return norm(feeds ? y + feedForward(index, y, hooks) : y, layer.mlpNormWeight, layer.mlpNormBias);
}

at::Tensor Transformer::attention(int index, const at::Tensor& x, const at::Tensor& queries, const at::Tensor& mask,
    const TransformerHooks& hooks) const
{
    const TransformerLayer& layer = m_layers[size_t(index)];
    const int64_t b = x.size(0), n = x.size(1), d = headSize(), h = layer.heads, inner = h * d;
    at::Tensor q, k, v, seen = mask;
    const auto heads = [&](const at::Tensor& t, int64_t rows) { return t.view({b, rows, h, d}).transpose(1, 2); };
    if (!queries.defined()) {
        const at::Tensor qkv = at::linear(x, layer.qkvWeight, layer.qkvBias);
        q = heads(qkv.narrow(2, 0, inner), n);
        k = heads(qkv.narrow(2, inner, inner), n);
        v = heads(qkv.narrow(2, 2 * inner, inner), n);
    } else {
        q = heads(
            at::linear(rowsAt(x, queries), layer.qkvWeight.narrow(0, 0, inner), layer.qkvBias.narrow(0, 0, inner)), 1);
        const at::Tensor kv =
            at::linear(x, layer.qkvWeight.narrow(0, inner, 2 * inner), layer.qkvBias.narrow(0, inner, 2 * inner));
        k = heads(kv.narrow(2, 0, inner), n);
        v = heads(kv.narrow(2, inner, inner), n);
        if (hooks.causal) {
            seen = at::arange(n, queries.options()).view({1, 1, 1, n}).le(queries.view({b, 1, 1, 1}));
            if (hooks.keyPadding.defined())
                seen = seen.logical_and(hooks.keyPadding.view({b, 1, 1, n}));
        }
    }
    const int hard = at(hooks.hardAttentionTopK, index);
    at::Tensor result; // [B, heads, queries, headSize]
    if (hard > 0 || hooks.onAttention) {
        at::Tensor scores = at::matmul(q, k.transpose(-2, -1)) * std::pow(double(d), -.5);
        if (seen.defined())
            scores = scores.masked_fill(seen.logical_not(), -std::numeric_limits<float>::infinity());
        at::Tensor probabilities = at::softmax(scores, -1);
        if (hard > 0)
            probabilities = keepLargest(probabilities, hard);
        if (hooks.onAttention)
            hooks.onAttention(index, probabilities);
        result = at::matmul(probabilities, v);
    } else if (hooks.causal && !hooks.keyPadding.defined() && !queries.defined()) {
        result = at::scaled_dot_product_attention(q, k, v, {}, 0, true);
    } else {
        result = at::scaled_dot_product_attention(
            q, k, v, seen.defined() ? std::optional<at::Tensor>(seen) : std::nullopt, 0, false);
    }
    if (hooks.headMask.defined())
        result = result * hooks.headMask[index].view({1, h, 1, 1});
    result = result.transpose(1, 2).reshape({b, -1, inner});
    if (queries.defined())
        result = result.squeeze(1);
    return at::linear(result, layer.outWeight, layer.outBias);
}

at::Tensor Transformer::feedForward(int index, const at::Tensor& x, const TransformerHooks& hooks) const
{
    const TransformerLayer& layer = m_layers[size_t(index)];
    at::Tensor neurons = activate(m_config.activation, at::linear(x, layer.upWeight, layer.upBias));
    if (hooks.neuronMask.defined())
        neurons = neurons * hooks.neuronMask[index];
    return at::linear(neurons, layer.downWeight, layer.downBias);
}

int64_t Transformer::parameterCount() const
{
    int64_t count = 0;
    for (const TransformerLayer& l : m_layers)
        for (const at::Tensor* t :
            {&l.qkvWeight, &l.qkvBias, &l.outWeight, &l.outBias, &l.upWeight, &l.upBias, &l.downWeight, &l.downBias,
                &l.attentionNormWeight, &l.attentionNormBias, &l.mlpNormWeight, &l.mlpNormBias})
            count += t->defined() ? t->numel() : 0;
    return count;
}

at::Tensor activate(Activation activation, const at::Tensor& x)
{
    switch (activation) {
    case Activation::QuickGelu:
        if (x.requires_grad() && at::GradMode::is_enabled())
            return x * at::sigmoid(x * 1.702);
        return (x * 1.702).sigmoid_().mul_(x); // one temporary: this pass is bound by memory
    case Activation::Gelu:
        return at::gelu(x);
    case Activation::GeluTanh:
        return at::gelu(x, "tanh");
    case Activation::Relu:
        return at::relu(x);
    }
    return x;
}

at::Tensor normalTensor(Random& random, at::IntArrayRef size, double deviation)
{
    at::Tensor out = at::empty(size, at::kFloat);
    float* values = out.data_ptr<float>();
    std::generate_n(values, out.numel(), [&] { return float(random.normal() * deviation); });
    return out;
}

} // namespace clipscope
