// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/packed_transformer.h"

#include "nn/device.h"
#include "nn/packed_kernels_internal.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>

namespace clipscope {

namespace {

/// Strides that are no multiple of 4096 bytes: a tile's rows would share their places in the first-level cache.
int64_t spreadStride(int64_t width)
{
    return (width + 15) / 16 * 16 + 16;
}

at::Tensor floats(int64_t count)
{
    return at::empty({count + kPackedSlack}, at::kFloat);
}

} // namespace

/// One pass's rows, used by all layers.
struct PackedTransformer::Buffers {
    int64_t batch, tokens, rows; ///< rows: of the residual stream; batch * tokens, or batch in the last block
    int64_t stride, innerStride, neuronStride;
    at::Tensor stream; ///< [rows, stride]: x
    at::Tensor normed; ///< [batch * tokens, stride]
    at::Tensor qkv; ///< [batch * tokens, innerStride]
    at::Tensor queries; ///< [batch, innerStride]
    at::Tensor heads; ///< [rows, stride of the widest attention]
    at::Tensor neurons; ///< [rows, neuronStride]
    PackedWorkspace workspace;
};

PackedTransformer::PackedTransformer(const Transformer& source, Precision precision, const PackedKernels* kernels)
    : m_config(source.config())
    , m_kernels(kernels ? kernels : bestKernels().floats)
{
    if (!m_kernels)
        throw Error(ErrorKind::Internal, "this processor has no kernels for packed weights");
    withTorchErrors("Transformer", [&] {
        for (const TransformerLayer& from : source.layers()) {
            Layer layer;
            layer.heads = from.heads;
            const auto pack = [&](const at::Tensor& weight, const at::Tensor& bias) {
                return weight.defined() ? PackedLinear(weight, bias, precision, kernels) : PackedLinear();
            };
            layer.qkv = pack(from.qkvWeight, from.qkvBias);
            layer.out = pack(from.outWeight, from.outBias);
            layer.up = pack(from.upWeight, from.upBias);
            layer.down = pack(from.downWeight, from.downBias);
            const auto copy = [](const at::Tensor& t) { return t.detach().clone(); };
            layer.attentionNormWeight = copy(from.attentionNormWeight);
            layer.attentionNormBias = copy(from.attentionNormBias);
            layer.mlpNormWeight = copy(from.mlpNormWeight);
            layer.mlpNormBias = copy(from.mlpNormBias);
            m_mostInner = std::max(m_mostInner, from.heads * source.headSize());
            m_mostNeurons = std::max(m_mostNeurons, layer.up.out());
            m_layers.push_back(std::move(layer));
        }
    });
}

int64_t PackedTransformer::bytes() const
{
    int64_t sum = 0;
    for (const Layer& layer : m_layers)
        sum += layer.qkv.bytes() + layer.out.bytes() + layer.up.bytes() + layer.down.bytes();
    return sum;
}

at::Tensor PackedTransformer::forward(const at::Tensor& x, const PackedPass& pass) const
{
    return withTorchErrors("Transformer", [&] { return run(x, nullptr, pass); });
}

at::Tensor PackedTransformer::forwardAt(
    const at::Tensor& x, const std::vector<int64_t>& queries, const PackedPass& pass) const
{
    return withTorchErrors("Transformer", [&] { return run(x, &queries, pass); });
}

void PackedTransformer::norm(const float* rows, int64_t stride, int64_t count, const at::Tensor& weight,
    const at::Tensor& bias, float* out, int64_t outStride) const
{
    at::parallel_for(0, count, 64, [&](int64_t first, int64_t end) {
        m_kernels->layerNorm(rows + first * stride, stride, end - first, m_config.width, weight.data_ptr<float>(),
            bias.data_ptr<float>(), float(m_config.epsilon), out + first * outStride, outStride);
    });
}

at::Tensor PackedTransformer::run(
    const at::Tensor& x, const std::vector<int64_t>* queries, const PackedPass& pass) const
{
    const int64_t width = m_config.width;
    if (x.dim() != 3 || x.size(2) != width || !x.device().is_cpu() || x.scalar_type() != at::kFloat
        || (queries && int64_t(queries->size()) != x.size(0))
        || (!pass.lengths.empty() && int64_t(pass.lengths.size()) != x.size(0)))
        throw Error(ErrorKind::Internal, "the input of a packed Transformer has the wrong shape");
    Buffers b;
    b.batch = x.size(0);
    b.tokens = x.size(1);
    b.rows = b.batch * b.tokens;
    b.stride = spreadStride(std::max(width, m_mostInner));
    b.innerStride = spreadStride(3 * m_mostInner);
    b.neuronStride = spreadStride(m_mostNeurons);
    b.stream = floats(b.rows * b.stride);
    b.normed = floats(b.rows * b.stride);
    b.qkv = floats(b.rows * b.innerStride);
    b.queries = floats(queries ? b.batch * b.innerStride : 0);
    b.heads = floats(b.rows * b.stride);
    b.neurons = floats(b.rows * b.neuronStride);
    float* stream = b.stream.data_ptr<float>();
    float* normed = b.normed.data_ptr<float>();
    float* neurons = b.neurons.data_ptr<float>();
    const at::Tensor given = x.contiguous();
    for (int64_t row = 0; row < b.rows; ++row)
        std::memcpy(stream + row * b.stride, given.data_ptr<float>() + row * width, size_t(width) * sizeof(float));
    const auto keepQueries = [&] {
        for (int64_t i = 0; i < b.batch; ++i)
            std::memmove(stream + i * b.stride, stream + (i * b.tokens + (*queries)[size_t(i)]) * b.stride,
                size_t(width) * sizeof(float));
        b.rows = b.batch;
    };
    const size_t last = m_layers.size() - 1;
    for (size_t i = 0; i < m_layers.size(); ++i) {
        if (pass.context)
            pass.context->throwIfStopped();
        const Layer& layer = m_layers[i];
        const std::vector<int64_t>* only = i == last ? queries : nullptr;
        if (layer.qkv.defined()) {
            if (m_config.preNorm)
                norm(stream, b.stride, b.rows, layer.attentionNormWeight, layer.attentionNormBias, normed, b.stride);
            attention(layer, m_config.preNorm ? normed : stream, b, only, pass);
            if (only)
                keepQueries();
            layer.out.apply(b.heads.data_ptr<float>(), b.stride, b.rows, stream, b.stride, b.workspace, {}, true);
        } else if (only) {
            keepQueries();
        }
        if (!m_config.preNorm)
            norm(stream, b.stride, b.rows, layer.attentionNormWeight, layer.attentionNormBias, stream, b.stride);
        if (layer.up.defined()) {
            if (m_config.preNorm)
                norm(stream, b.stride, b.rows, layer.mlpNormWeight, layer.mlpNormBias, normed, b.stride);
            layer.up.apply(m_config.preNorm ? normed : stream, b.stride, b.rows, neurons, b.neuronStride, b.workspace,
                m_config.activation);
            layer.down.apply(neurons, b.neuronStride, b.rows, stream, b.stride, b.workspace, {}, true);
        }
        if (!m_config.preNorm)
            norm(stream, b.stride, b.rows, layer.mlpNormWeight, layer.mlpNormBias, stream, b.stride);
    }
    if (queries && m_layers.empty())
        keepQueries();
    at::Tensor out =
        queries ? at::empty({b.batch, width}, at::kFloat) : at::empty({b.batch, b.tokens, width}, at::kFloat);
    for (int64_t row = 0; row < b.rows; ++row)
        std::memcpy(out.data_ptr<float>() + row * width, stream + row * b.stride, size_t(width) * sizeof(float));
    return out;
}

/// Rows `from` -> b.heads, before the projection back; one row a picture where `queries` are given.
void PackedTransformer::attention(const Layer& layer, const float* from, Buffers& b,
    const std::vector<int64_t>* queries, const PackedPass& pass) const
{
    const int64_t size = m_config.width / m_config.heads, inner = layer.heads * size, all = b.batch * b.tokens;
    float* qkv = b.qkv.data_ptr<float>();
    float* few = b.queries.defined() ? b.queries.data_ptr<float>() : nullptr;
    // The queries' columns alone can be left out where they end with a panel.
    const bool apart = queries && inner % layer.qkv.outputMultiple() == 0;
    if (apart) {
        float* rows = b.heads.data_ptr<float>(); // free until the heads are written
        for (int64_t i = 0; i < b.batch; ++i)
            std::memcpy(rows + i * b.stride, from + (i * b.tokens + (*queries)[size_t(i)]) * b.stride,
                size_t(m_config.width) * sizeof(float));
        layer.qkv.apply(rows, b.stride, b.batch, few, b.innerStride, b.workspace, {}, false, {0, inner});
        layer.qkv.apply(from, b.stride, all, qkv + inner, b.innerStride, b.workspace, {}, false, {inner, 3 * inner});
    } else {
        layer.qkv.apply(from, b.stride, all, qkv, b.innerStride, b.workspace);
    }
    const int64_t workspace = m_kernels->workspace(b.tokens, size);
    at::parallel_for(0, b.batch * layer.heads, 1, [&](int64_t first, int64_t end) {
        const at::Tensor scratch = floats(workspace);
        for (int64_t task = first; task < end; ++task) {
            const int64_t item = task / layer.heads, column = task % layer.heads * size;
            const float* base = qkv + item * b.tokens * b.innerStride + column;
            PackedHead head;
            head.q = base;
            head.k = base + inner;
            head.v = base + 2 * inner;
            head.queryStride = head.keyStride = b.innerStride;
            head.queries = b.tokens;
            head.keys = pass.lengths.empty() ? b.tokens : std::min(b.tokens, pass.lengths[size_t(item)]);
            head.size = size;
            head.causalFrom = pass.causal ? 0 : -1;
            head.out = b.heads.data_ptr<float>() + item * b.tokens * b.stride + column;
            head.outStride = b.stride;
            head.workspace = scratch.data_ptr<float>();
            if (queries) {
                const int64_t position = (*queries)[size_t(item)];
                head.q = apart ? few + item * b.innerStride + column : base + position * b.innerStride;
                head.queries = 1;
                head.causalFrom = pass.causal ? position : -1;
                head.out = b.heads.data_ptr<float>() + item * b.stride + column;
            }
            m_kernels->attend(head);
        }
    });
}

} // namespace clipscope
