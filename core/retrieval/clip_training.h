// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/adamw.h"
#include "nn/clip_freezing.h"
#include "nn/clip_model.h"
#include "retrieval/train_clip_batches.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace clipscope {

/// The state of one training of a CLIP model: the model, the throw-away heads for the known truth, and the optimiser.
class ClipTraining {
public:
    /// `model` has weights of its own (ClipModel::random, or loaded with Use::Training). What `freezing` names stands
    /// still: no gradient, no moments, no place in the checkpoint.
    ClipTraining(ClipModel model, const ClipFreezing& freezing, const std::vector<TrainingAttribute>& attributes,
        uint64_t seed, at::Device device);

    struct Weighting {
        double contrastive = 1;
        double truth = 0;
        double learningRate = 0;
    };
    /// One step on one batch. Returns the contrastive loss; the gradient norm is clipped at 1, the temperature at 100.
    /// Throws Error(Model) and changes nothing when the loss is no number.
    double step(
        const TrainClipBatch& batch, int picturesPerText, const Weighting& weighting, const JobContext& context);

    const ClipModel& model() const { return m_model; }
    int64_t trainableParameters() const; ///< numbers of the model that move, heads not counted
    /// Weights that move, heads and optimiser in one file.
    void save(const std::filesystem::path& file, const std::string& note) const;
    /// Takes them back; returns the note. Throws Error(Model).
    std::string restore(const std::filesystem::path& file);

private:
    std::vector<std::pair<std::string, at::Tensor>> trainable() const; ///< of the model
    std::vector<std::pair<std::string, at::Tensor>> trainableWithHeads() const;
    at::Tensor truthLoss(const at::Tensor& pooled, const at::Tensor& truth) const;

    ClipModel m_model;
    ClipFreezing m_freezing;
    std::vector<std::pair<at::Tensor, at::Tensor>> m_heads; ///< weight and bias, one linear map an attribute
    AdamW m_optimiser;
};

} // namespace clipscope
