// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"
#include "nn/layer_weights.h"
#include "nn/packed_transformer.h"
#include "nn/transformer.h"

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace clipscope {

struct BertConfig {
    int64_t vocabularySize = 30522;
    int64_t maxPositions = 512;
    int64_t tokenTypes = 2;
    TransformerConfig transformer; ///< post-norm
};

/// One batch of token lists of any lengths; padded to the longest.
struct BertInput {
    std::vector<std::vector<int32_t>> ids;
    std::vector<std::vector<int32_t>> tokenTypes; ///< empty: all 0; else as long as `ids`
    std::vector<std::vector<int32_t>>
        positions; ///< empty: 0, 1, 2, ...; else the row of the position table of each token
};

/// BERT's encoder (Devlin et al. 2019; MiniLM, Wang et al. 2020) in Hugging Face's layout. Value type, copies share
/// tensors. Thread and gradient rules as for ClipModel.
class BertModel {
public:
    enum class Use { Inference, Training };
    /// config.json + model.safetensors (names with or without the "bert." prefix). Throws Error(Model) naming the
    /// tensor.
    static BertModel load(const std::filesystem::path& folder, Use use = Use::Inference);
    static BertModel random(const BertConfig& config, uint64_t seed);
    /// config.json and model.safetensors in Hugging Face's layout. Throws Error(Storage).
    void save(const std::filesystem::path& folder, bool halfPrecision) const;

    /// Prepacks the encoder (fp32) for sentenceVectors() on this processor and lets the unpacked weights go, as
    /// ClipModel::prepare() does; hiddenStates() with hooks, gradients, save() and moving end there. Does nothing where
    /// the processor has no kernels.
    void prepare();

    const BertConfig& config() const { return m_config; }
    at::Device device() const { return m_wordEmbedding.device(); }
    void moveTo(at::Device device);

    /// Last hidden states [B, longest, width] (padded positions mean nothing). `hooks.keyPadding` and `hooks.causal`
    /// are set here. Throws Error(Input) for an empty list or an id outside the vocabulary; Cancelled.
    at::Tensor hiddenStates(const BertInput& input, const TransformerHooks& hooks = {}) const;
    /// Mean over each text's tokens, unit length [n, width] (sentence-transformers' pooling); texts of like length run
    /// together.
    at::Tensor sentenceVectors(const std::vector<std::vector<int32_t>>& ids, const JobContext* context = nullptr) const;

    /// Every weight under its Hugging Face name without "bert."; q, k and v are one tensor,
    /// "....attention.self.qkv.weight".
    std::vector<std::pair<std::string, at::Tensor>> parameters() const;
    void requireGrad(bool on);
    Transformer& transformer() { return m_transformer; }

private:
    void visit(const WeightVisitor& visitor);

    BertConfig m_config;
    at::Tensor m_wordEmbedding, m_positionEmbedding, m_typeEmbedding;
    at::Tensor m_normWeight, m_normBias;
    Transformer m_transformer;
    PackedTransformer m_packed; ///< after prepare()
};

BertConfig parseBertConfig(const Json& config, const std::string& subject);

} // namespace clipscope
