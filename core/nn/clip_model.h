// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/clip_config.h"
#include "nn/layer_weights.h"
#include "nn/precision.h"
#include "nn/transformer.h"
#include "nn/weights.h"

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace clipscope {

struct PackedClip;

/// How a picture goes through the tower.
struct ImageOptions {
    /// int64 [B, K], each row K different patch numbers: only these go through the blocks (after the positions were
    /// added). Undefined: all. drawKeptPatches() draws them.
    at::Tensor keptPatches;
    /// int64 [patches]: the row of the position table (0 = top left, row-major, without the class token) of each patch
    /// of the given picture. Undefined: the picture has the configuration's size and position i is patch i's. With
    /// positions a picture may have any size that is a multiple of the patch.
    at::Tensor positions;
    bool wantTokens = false; ///< ImageOutput::tokens is asked for (costs the last block's other rows)
    const TransformerHooks* hooks = nullptr;
    const JobContext* context = nullptr; ///< asked for a stop between blocks
};

struct ImageOutput {
    at::Tensor projected; ///< [B, projectionDim], not normalised: the joint space
    at::Tensor pooled; ///< [B, vision width]: the class token after the last LayerNorm
    at::Tensor
        tokens; ///< [B, 1 + K, vision width]: all tokens after the last block, class token first, before the LayerNorm
};

/// The patches that stay when the share `dropped` of `patches` is dropped: max(1, int(patches * (1 - dropped))) of
/// them, in ascending order, one independent draw for each seed. Equal seeds give equal rows: pass one seed for all
/// frames of a clip to drop a tube. -> int64 [rowSeeds.size(), kept] on the CPU. FLIP (Li et al. 2022), open_clip's
/// PatchDropout.
at::Tensor drawKeptPatches(std::span<const uint64_t> rowSeeds, int64_t patches, double dropped);
int64_t keptPatchCount(int64_t patches, double dropped);

/// CLIP (Radford et al. 2021): a picture tower and a text tower into one space. float32 on any device. Value type,
/// copies share tensors. The feature functions are const, may run in several threads, and record gradients unless the
/// caller's thread has a guard.
class ClipModel {
public:
    enum class Use {
        Inference, ///< weights may be views of the mapped file: never write to them
        Training ///< weights are the model's own copies
    };
    /// A folder in Hugging Face's layout (config.json, model.safetensors) or OpenCLIP's (open_clip_config.json,
    /// open_clip_model.safetensors). Throws Error(Model) naming the file and the first tensor that is missing or
    /// misshapen.
    static ClipModel load(const std::filesystem::path& folder, Use use = Use::Inference);
    /// Random weights as OpenAI's `initialize_parameters`; the same seed gives the same model.
    static ClipModel random(const ClipConfig& config, uint64_t seed);
    /// Writes config.json, preprocessor_config.json and model.safetensors in Hugging Face's layout (the tokenizer's
    /// files are the caller's). Throws Error(Storage).
    void save(const std::filesystem::path& folder, bool halfPrecision) const;

    /// Prepacks both towers for inference on this processor and lets the weights it packed go: no second copy stays.
    /// Afterwards there is no way back to gradients, hooks, `positions`, save() or a GPU (they throw Error(Internal)).
    /// Does nothing where the processor has no kernels for packed weights (then only Fp32 is available); throws
    /// Error(Resource) for a precision that it has not.
    void prepare(Precision precision);

    const ClipConfig& config() const { return m_config; }
    at::Device device() const { return m_logitScale.device(); }
    void moveTo(at::Device device);

    /// pixels float [B, 3, S, S], preprocessed. Throws Error(Input) when the shape does not fit.
    ImageOutput imageFeatures(const at::Tensor& pixels, const ImageOptions& options = {}) const;
    /// Token ids, start and end tokens included, at most text.contextLength each, no padding needed: texts of like
    /// length run together, padded to the longest of their group (the causal mask makes that exact). -> [n,
    /// projectionDim], not normalised, in the order given. Throws Error(Input) for an empty text or an id outside the
    /// vocabulary.
    at::Tensor textFeatures(const std::vector<std::vector<int32_t>>& texts, const JobContext* context = nullptr) const;
    /// The learned temperature's logarithm, a scalar: similarity = exp(logitScale) * cosine.
    const at::Tensor& logitScale() const { return m_logitScale; }

    /// Every weight under its Hugging Face name ("vision_model.encoder.layers.0.mlp.fc1.weight"); q, k and v are one
    /// tensor, named "....self_attn.qkv_proj.weight" / ".bias" (save() writes the three). Handles to the model's own
    /// tensors: an optimiser may update them in place and set requires_grad (load with Use::Training).
    std::vector<std::pair<std::string, at::Tensor>> parameters() const;
    void requireGrad(bool on);

    Transformer& visionTransformer() { return m_vision; }
    Transformer& textTransformer() { return m_text; }

private:
    void visit(const WeightVisitor& visitor);
    at::Tensor embeddedPatches(const at::Tensor& pixels, const ImageOptions& options) const;
    void requireUnprepared() const;

    ClipConfig m_config;
    std::shared_ptr<const PackedClip> m_packed; ///< after prepare()
    std::shared_ptr<const Weights> m_file; ///< the file it was loaded from for inference, whose pages prepare() lets go
    at::Tensor m_classEmbedding; ///< [width]
    at::Tensor m_patchWeight; ///< [width, 3, patch, patch]
    at::Tensor m_imagePositions; ///< [1 + patches, width]
    at::Tensor m_preNormWeight, m_preNormBias;
    Transformer m_vision;
    at::Tensor m_postNormWeight, m_postNormBias;
    at::Tensor m_imageProjection; ///< [projectionDim, width]

    at::Tensor m_tokenEmbedding; ///< [vocabulary, width]
    at::Tensor m_textPositions; ///< [context, width]
    Transformer m_text;
    at::Tensor m_finalNormWeight, m_finalNormBias;
    at::Tensor m_textProjection; ///< [projectionDim, width]
    at::Tensor m_logitScale; ///< scalar
};

} // namespace clipscope
