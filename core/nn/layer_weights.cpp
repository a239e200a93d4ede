// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/layer_weights.h"

#include <ATen/ops/cat.h>

namespace clipscope {

namespace {

/// Empty when `name` is not a fused one.
std::vector<std::string> partsOf(const std::string& name, const SplitNames& split)
{
    std::vector<std::string> parts;
    const std::string fused = std::string(".") + split.fused + ".";
    const size_t at = name.find(fused);
    if (at != std::string::npos)
        for (const char* part : split.parts)
            parts.push_back(name.substr(0, at + 1) + part + name.substr(at + fused.size() - 1));
    return parts;
}

} // namespace

Transformer emptyTransformer(const TransformerConfig& config)
{
    std::vector<TransformerLayer> layers(static_cast<size_t>(config.layers));
    for (TransformerLayer& layer : layers)
        layer.heads = config.heads;
    return {config, std::move(layers)};
}

void visitLayers(
    Transformer& transformer, const std::string& prefix, const LayerNames& names, const WeightVisitor& visitor)
{
    const int64_t d = transformer.config().width, m = transformer.config().mlpWidth;
    int64_t number = 0;
    for (TransformerLayer& layer : transformer.layers()) {
        const std::string start = prefix + std::to_string(number++) + ".";
        const auto part = [&](const char* name, at::Tensor& weight, at::Tensor& bias, std::vector<int64_t> shape) {
            const int64_t rows = shape[0];
            visitor(start + name + ".weight", weight, std::move(shape));
            visitor(start + name + ".bias", bias, {rows});
        };
        part(names.attentionNorm, layer.attentionNormWeight, layer.attentionNormBias, {d});
        part(names.qkv, layer.qkvWeight, layer.qkvBias, {3 * d, d});
        part(names.out, layer.outWeight, layer.outBias, {d, d});
        part(names.mlpNorm, layer.mlpNormWeight, layer.mlpNormBias, {d});
        part(names.up, layer.upWeight, layer.upBias, {m, d});
        part(names.down, layer.downWeight, layer.downBias, {d, m});
    }
}

at::Tensor readSplit(const Weights& weights, const std::string& name, const SplitNames& split,
    const std::vector<int64_t>& shape, bool own)
{
    const std::vector<std::string> parts = partsOf(name, split);
    if (parts.empty())
        return own ? weights.copy(name, shape) : weights.view(name, shape);
    std::vector<int64_t> third = shape;
    third[0] /= 3;
    std::vector<at::Tensor> tensors;
    for (const std::string& part : parts)
        tensors.push_back(weights.view(part, third));
    return at::cat(tensors);
}

void writeSplit(std::vector<TensorToWrite>& tensors, const std::string& name, const SplitNames& split,
    const at::Tensor& tensor, bool halfPrecision)
{
    const std::vector<std::string> parts = partsOf(name, split);
    if (parts.empty())
        tensors.push_back(toWrite(name, tensor, halfPrecision));
    const int64_t third = tensor.dim() > 0 ? tensor.size(0) / 3 : 0;
    for (size_t i = 0; i < parts.size(); ++i)
        tensors.push_back(toWrite(parts[i], tensor.narrow(0, int64_t(i) * third, third), halfPrecision));
}

} // namespace clipscope
