// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/transformer_aggregator.h"

#include "aggregation/clip_means.h"
#include "base/error.h"
#include "base/random.h"
#include "nn/contrastive_loss.h"
#include "nn/device.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace clipscope {

namespace {

constexpr double kEpsilon = 1e-5;
/// Inputs of one pass: a few milliseconds, so that a stop is heard.
constexpr size_t kInputsAtOnce = 4096;

TransformerConfig blocksOf(const TransformerAggregatorConfig& config)
{
    return {config.width, config.layers, config.heads, 4 * config.width, Activation::QuickGelu, true, kEpsilon};
}

/// Smooth waves over the places of the table, mixed at random: neighbours begin alike, and so does what lies between.
at::Tensor smoothPositions(int64_t positions, int64_t width, Random& random)
{
    constexpr int64_t kWaves = 16;
    at::Tensor waves = at::empty({positions, kWaves}, at::kFloat);
    for (int64_t p = 0; p < positions; ++p)
        for (int64_t w = 0; w < kWaves; ++w) {
            const double angle =
                (double(p) + .5) / double(positions) * std::numbers::pi / 2 * std::pow(2., double(w / 2));
            waves.data_ptr<float>()[p * kWaves + w] = float(w % 2 ? std::cos(angle) : std::sin(angle));
        }
    return at::matmul(waves, normalTensor(random, {kWaves, width}, std::pow(double(kWaves), -.5)));
}

/// How much of each learned position the inputs of each video have: [B, inputs, positions], zeros at padding.
at::Tensor positionShares(const std::vector<int64_t>& lengths, int64_t inputs, int64_t positions)
{
    at::Tensor out = at::zeros({int64_t(lengths.size()), inputs, positions}, at::kFloat);
    float* at = out.data_ptr<float>();
    for (const int64_t length : lengths) {
        for (int64_t k = 0; k < length; ++k) {
            const double place =
                std::clamp((double(k) + .5) / double(length) * double(positions) - .5, 0., double(positions - 1));
            const auto before = int64_t(place);
            at[k * positions + before] = float(1 - (place - double(before)));
            if (before + 1 < positions)
                at[k * positions + before + 1] = float(place - double(before));
        }
        at += inputs * positions;
    }
    return out;
}

Matrix toMatrix(const at::Tensor& rows)
{
    const at::Tensor values = rows.to(at::kCPU, at::kFloat).contiguous();
    Matrix out(size_t(values.size(0)), size_t(values.size(1)));
    std::copy_n(values.data_ptr<float>(), values.numel(), out.values.data());
    return out;
}

/// [1 or more, inputs, d], padded with zeros to the longest.
at::Tensor padded(const std::vector<const Matrix*>& videos, int64_t inputs, int64_t width)
{
    at::Tensor out = at::zeros({int64_t(videos.size()), inputs, width}, at::kFloat);
    for (size_t i = 0; i < videos.size(); ++i)
        std::ranges::copy(videos[i]->values, out.data_ptr<float>() + int64_t(i) * inputs * width);
    return out;
}

} // namespace

TransformerAggregator::TransformerAggregator(const TransformerAggregatorConfig& config)
    : m_config(config)
{
    const auto within = [](int64_t value, int64_t most) { return value >= 1 && value <= most; };
    if (!within(config.embeddingWidth, 65536) || !within(config.width, 65536) || !within(config.layers, 64)
        || !within(config.heads, config.width) || config.width % config.heads != 0 || !within(config.positions, 65536)
        || !within(config.framesPerClip, 65536))
        throw Error(ErrorKind::Input, "the sizes of a Transformer aggregation do not fit together", "transformer");
    m_config.origin.width = int(config.embeddingWidth);
    m_transformer = emptyTransformer(blocksOf(config));
}

TransformerAggregator::TransformerAggregator(const TransformerAggregatorConfig& config, uint64_t seed)
    : TransformerAggregator(config)
{
    withTorchErrors("aggregation", [&] {
        const int64_t d = config.embeddingWidth, w = config.width;
        Random random(deriveSeed(seed, "aggregator"));
        m_inWeight = normalTensor(random, {w, d}, std::pow(double(d), -.5));
        m_inBias = at::zeros({w}, at::kFloat);
        m_positions = smoothPositions(config.positions, w, random);
        m_transformer = Transformer::random(blocksOf(config), deriveSeed(seed, "blocks"));
        m_normWeight = at::ones({w}, at::kFloat);
        m_normBias = at::zeros({w}, at::kFloat);
        m_outWeight = at::zeros({d, w}, at::kFloat);
        m_outBias = at::zeros({d}, at::kFloat);
        m_textWeight = at::eye(d, at::kFloat);
    });
}

void TransformerAggregator::visit(const WeightVisitor& visitor)
{
    const int64_t d = m_config.embeddingWidth, w = m_config.width;
    visitor("in.weight", m_inWeight, {w, d});
    visitor("in.bias", m_inBias, {w});
    visitor("positions", m_positions, {m_config.positions, w});
    visitLayers(m_transformer, "layers.", {"qkv", "out", "up", "down", "attention_norm", "mlp_norm"}, visitor);
    visitor("norm.weight", m_normWeight, {w});
    visitor("norm.bias", m_normBias, {w});
    visitor("out.weight", m_outWeight, {d, w});
    visitor("out.bias", m_outBias, {d});
    visitor("text.weight", m_textWeight, {d, d});
}

std::vector<std::pair<std::string, at::Tensor>> TransformerAggregator::parameters() const
{
    std::vector<std::pair<std::string, at::Tensor>> out;
    // The visitor may replace tensors, this one does not.
    const_cast<TransformerAggregator*>(this)->visit(
        [&](const std::string& name, at::Tensor& tensor, const std::vector<int64_t>&) {
            out.emplace_back(name, tensor);
        });
    return out;
}

void TransformerAggregator::requireGrad(bool on)
{
    for (auto& [name, tensor] : parameters())
        tensor.set_requires_grad(on);
}

at::Tensor TransformerAggregator::contextualised(
    const at::Tensor& frames, const std::vector<int64_t>& lengths, const JobContext* context) const
{
    const int64_t inputs = frames.size(1);
    if (frames.dim() != 3 || frames.size(2) != m_config.embeddingWidth || frames.size(0) != int64_t(lengths.size())
        || inputs < 1 || std::ranges::any_of(lengths, [&](int64_t n) { return n < 1 || n > inputs; }))
        throw Error(ErrorKind::Internal, "frames of another shape than the aggregation's are given", "transformer");
    const at::Tensor mask = at::arange(inputs).unsqueeze(0).lt(at::tensor(lengths, at::kLong).unsqueeze(1));
    TransformerHooks hooks;
    hooks.keyPadding = mask;
    hooks.context = context;
    // Embeddings have length 1 whatever their width; blocks want values of about 1.
    at::Tensor h = at::linear(frames * std::sqrt(double(m_config.embeddingWidth)), m_inWeight, m_inBias);
    h = h + at::matmul(positionShares(lengths, inputs, m_config.positions), m_positions);
    h = at::layer_norm(m_transformer.forward(h, hooks), {m_config.width}, m_normWeight, m_normBias, kEpsilon);
    return unitRows(at::linear(h, m_outWeight, m_outBias) + frames) * mask.unsqueeze(2);
}

at::Tensor TransformerAggregator::forward(
    const at::Tensor& frames, const std::vector<int64_t>& lengths, const JobContext* context) const
{
    // The sum has the mean's direction.
    return withTorchErrors("aggregation", [&] { return unitRows(contextualised(frames, lengths, context).sum(1)); });
}

at::Tensor TransformerAggregator::mapTexts(const at::Tensor& texts) const
{
    return withTorchErrors("aggregation", [&] { return unitRows(at::linear(texts, m_textWeight)); });
}

std::vector<size_t> TransformerAggregator::boundsOf(const Matrix& frames) const
{
    if (frames.rows == 0)
        throw Error(ErrorKind::Internal, "a video without frames cannot be aggregated");
    if (int64_t(frames.columns) != m_config.embeddingWidth)
        throw Error(ErrorKind::Internal,
            "frames of " + std::to_string(frames.columns) + " values are given to an aggregation of "
                + std::to_string(m_config.embeddingWidth),
            m_file.string());
    return clipBounds(frames.rows, size_t(m_config.framesPerClip), kMostClips);
}

std::vector<float> TransformerAggregator::aggregate(const Matrix& frames) const
{
    return aggregateAll({&frames, 1}, {}).values;
}

Matrix TransformerAggregator::aggregateAll(std::span<const Matrix> videos, const JobContext& context) const
{
    const c10::InferenceMode guard;
    std::vector<std::vector<size_t>> bounds;
    for (const Matrix& frames : videos)
        bounds.push_back(boundsOf(frames));
    // Videos of like length run together: hardly any padding.
    std::vector<size_t> order(videos.size());
    std::iota(order.begin(), order.end(), size_t(0));
    std::ranges::stable_sort(order, {}, [&](size_t v) { return bounds[v].size(); });
    Matrix out(videos.size(), size_t(m_config.embeddingWidth));
    for (size_t first = 0; first < order.size();) {
        context.throwIfStopped();
        std::vector<Matrix> clips;
        std::vector<int64_t> lengths;
        for (size_t i = first; i < order.size(); ++i) {
            const std::vector<size_t>& here = bounds[order[i]];
            if (i > first && (clips.size() + 1) * (here.size() - 1) > kInputsAtOnce)
                break;
            clips.push_back(clipMeans(videos[order[i]], here));
            lengths.push_back(int64_t(clips.back().rows));
        }
        std::vector<const Matrix*> pointers;
        for (const Matrix& clip : clips)
            pointers.push_back(&clip);
        const Matrix rows =
            toMatrix(forward(padded(pointers, lengths.back(), m_config.embeddingWidth), lengths, &context));
        for (size_t i = 0; i < rows.rows; ++i)
            std::ranges::copy(rows.row(i), out.row(order[first + i]).begin());
        first += clips.size();
    }
    return out;
}

std::vector<float> TransformerAggregator::mapText(std::span<const float> text) const
{
    if (int64_t(text.size()) != m_config.embeddingWidth)
        throw Error(ErrorKind::Internal,
            "a text vector of " + std::to_string(text.size()) + " values is given to an aggregation of "
                + std::to_string(m_config.embeddingWidth),
            m_file.string());
    std::vector<float> out(text.size());
    const float* row = m_textWeight.data_ptr<float>();
    for (float& value : out) {
        value = dot({row, text.size()}, text);
        row += text.size();
    }
    normalise(out);
    return out;
}

std::vector<float> TransformerAggregator::weights(const Matrix& frames, std::span<const float> text) const
{
    const c10::InferenceMode guard;
    const std::vector<size_t> bounds = boundsOf(frames);
    const Matrix clips = clipMeans(frames, bounds);
    const std::vector<float> mapped = mapText(text);
    const Matrix rows = withTorchErrors("aggregation", [&] {
        const auto inputs = int64_t(clips.rows);
        return toMatrix(contextualised(padded({&clips}, inputs, m_config.embeddingWidth), {inputs}, nullptr)[0]);
    });
    std::vector<double> shares(clips.rows);
    for (size_t k = 0; k < shares.size(); ++k)
        shares[k] = std::max(0., double(dot(rows.row(k), mapped)));
    double sum = std::accumulate(shares.begin(), shares.end(), 0.);
    if (!(sum > 1e-9)) {
        std::ranges::fill(shares, 1.);
        sum = double(shares.size());
    }
    std::vector<float> out;
    for (size_t k = 0; k < shares.size(); ++k) {
        const size_t inside = bounds[k + 1] - bounds[k];
        out.insert(out.end(), inside, float(shares[k] / sum / double(inside)));
    }
    return out;
}

} // namespace clipscope
