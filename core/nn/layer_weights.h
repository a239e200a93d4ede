// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/transformer.h"
#include "nn/weights.h"

#include <array>
#include <functional>
#include <string>
#include <vector>

namespace clipscope {

using WeightVisitor = std::function<void(const std::string& name, at::Tensor& tensor, std::vector<int64_t> shape)>;

/// How a file calls the parts of one layer ("mlp.fc1" has .weight and .bias).
struct LayerNames {
    const char* qkv;
    const char* out;
    const char* up;
    const char* down;
    const char* attentionNorm;
    const char* mlpNorm;
};

/// In Hugging Face's files q, k and v are three tensors: `fused` inside a name stands for the three `parts`, in this
/// order.
struct SplitNames {
    const char* fused;
    std::array<const char*, 3> parts;
};

/// Layers with their numbers of heads and no tensors yet.
Transformer emptyTransformer(const TransformerConfig& config);
/// Calls the visitor with every weight of a whole (not shrunk) Transformer: prefix + number + "." + part + ".weight" |
/// ".bias".
void visitLayers(
    Transformer& transformer, const std::string& prefix, const LayerNames& names, const WeightVisitor& visitor);

/// The tensor `name` of `shape`; q, k and v come joined. `own`: with memory of its own. Throws Error(Model) naming the
/// tensor.
at::Tensor readSplit(const Weights& weights, const std::string& name, const SplitNames& split,
    const std::vector<int64_t>& shape, bool own);
/// Appends `tensor` under `name`, or its three parts.
void writeSplit(std::vector<TensorToWrite>& tensors, const std::string& name, const SplitNames& split,
    const at::Tensor& tensor, bool halfPrecision);

} // namespace clipscope
