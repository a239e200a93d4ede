// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aggregation/aggregator.h"
#include "base/json.h"
#include "nn/layer_weights.h"

#include <filesystem>
#include <utility>

namespace clipscope {

struct TransformerAggregatorConfig {
    int64_t embeddingWidth = 0; ///< d, of the joint space
    int64_t width = 192; ///< of the blocks
    int64_t layers = 2;
    int64_t heads = 3; ///< divides width
    int64_t positions = 32; ///< learned ones, spread over the video's length
    int64_t framesPerClip = 1; ///< F: consecutive frames whose mean is one input
    EmbeddingOrigin origin; ///< the model it was trained on; its width is embeddingWidth
};

/// "transformer": CLIP4Clip's header seqTransf (Luo et al. 2021; papers section 1.2) over the frames c_k of a video,
///     h = Transformer(in(c) + position) ; r_k = c_k + out(LN(h_k)) ; video = unit mean of r_k / |r_k|
/// with pre-norm blocks, QuickGELU and a mask over padding, and on the text side a linear map. `out` starts at zero and
/// the map at the identity: untrained it is mean pooling exactly, and training moves away from there.
///
/// A video of any length will do. Positions are learned at `positions` places of equal distance over the video's
/// length, and taken between two of them in proportion: frame k of K stands at (k + .5) / K. More than kMostClips
/// inputs are joined to so many clips first, for the time it takes.
///
/// Value type; copies share the tensors. Const methods may run in several threads.
class TransformerAggregator : public Aggregator {
public:
    static constexpr size_t kMostClips = 256;

    /// Untrained: mean pooling. The same seed gives the same weights. Throws Error(Input) for sizes that do not fit.
    TransformerAggregator(const TransformerAggregatorConfig& config, uint64_t seed);
    /// Throws Error(Model) naming the file and what is wrong with it.
    static TransformerAggregator load(const std::filesystem::path& file);
    /// Weights as safetensors, the configuration and `training` (what is worth knowing of its making) in its metadata.
    /// Equal input gives equal bytes. Throws Error(Storage).
    void save(const std::filesystem::path& file, bool halfPrecision, const Json& training = Json::object()) const;

    const TransformerAggregatorConfig& config() const { return m_config; }
    /// Throws Error(Model), naming the file and what to do, when it was trained on another model than `origin`.
    void requireOrigin(const EmbeddingOrigin& origin) const;

    std::string name() const override { return "transformer"; }
    std::vector<float> aggregate(const Matrix& frames) const override;
    Matrix aggregateAll(std::span<const Matrix> videos, const JobContext& context) const override;
    std::vector<float> mapText(std::span<const float> text) const override;
    /// The score is a sum over frames, mapText(text) . r_k / |r_k| by the length of their sum: each frame's share of
    /// it. A frame that speaks against the text counts 0; where all do, they count alike. The frames of one clip share
    /// its weight.
    std::vector<float> weights(const Matrix& frames, std::span<const float> text) const override;
    bool isCurrent() const override;

    /// frames float [B, K, d], unit rows, of which the first lengths[b] (1 to K) count -> [B, d] unit rows. Gradients
    /// flow unless the caller's thread has a guard. Throws Cancelled.
    at::Tensor forward(
        const at::Tensor& frames, const std::vector<int64_t>& lengths, const JobContext* context = nullptr) const;
    /// Unit rows [n, d] -> [n, d] unit rows, as forward() with gradients.
    at::Tensor mapTexts(const at::Tensor& texts) const;
    /// Every weight under its name in the file; handles, as ClipModel::parameters().
    std::vector<std::pair<std::string, at::Tensor>> parameters() const;
    void requireGrad(bool on);

private:
    explicit TransformerAggregator(const TransformerAggregatorConfig& config);
    void visit(const WeightVisitor& visitor);
    /// r_k / |r_k|, zeros at padding: [B, K, d].
    at::Tensor contextualised(
        const at::Tensor& frames, const std::vector<int64_t>& lengths, const JobContext* context) const;
    std::vector<size_t> boundsOf(const Matrix& frames) const;

    TransformerAggregatorConfig m_config;
    at::Tensor m_inWeight, m_inBias; ///< [width, d]
    at::Tensor m_positions; ///< [positions, width]
    Transformer m_transformer;
    at::Tensor m_normWeight, m_normBias;
    at::Tensor m_outWeight, m_outBias; ///< [d, width]
    at::Tensor m_textWeight; ///< [d, d]
    std::filesystem::path m_file; ///< it was read from
    std::pair<int64_t, int64_t> m_stamp; ///< the file's size and time of change then
};

} // namespace clipscope
