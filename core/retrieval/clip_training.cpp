// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/clip_training.h"

#include "base/random.h"
#include "nn/contrastive_loss.h"
#include "nn/device.h"
#include "nn/training_checkpoint.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <cmath>

namespace clipscope {

ClipTraining::ClipTraining(ClipModel model, const ClipFreezing& freezing,
    const std::vector<TrainingAttribute>& attributes, uint64_t seed, at::Device device)
    : m_model(std::move(model))
    , m_freezing(freezing)
    , m_optimiser({}, {})
{
    withTorchErrors("training", [&] {
        m_model.moveTo(device);
        for (const auto& [name, tensor] : m_model.parameters())
            tensor.requires_grad_(!m_freezing.freezes(name));
        Random random(deriveSeed(seed, "heads"));
        const int64_t width = m_model.config().vision.transformer.width;
        for (const TrainingAttribute& attribute : attributes) {
            const auto values = int64_t(attribute.values.size());
            m_heads.emplace_back(
                normalTensor(random, {values, width}, std::pow(double(width), -.5)).to(device).requires_grad_(true),
                at::zeros({values}, at::TensorOptions(device)).requires_grad_(true));
        }
        m_optimiser = AdamW(trainableWithHeads(), {});
    });
}

std::vector<std::pair<std::string, at::Tensor>> ClipTraining::trainable() const
{
    std::vector<std::pair<std::string, at::Tensor>> out = m_model.parameters();
    std::erase_if(out, [&](const auto& parameter) { return m_freezing.freezes(parameter.first); });
    return out;
}

std::vector<std::pair<std::string, at::Tensor>> ClipTraining::trainableWithHeads() const
{
    std::vector<std::pair<std::string, at::Tensor>> out = trainable();
    for (size_t i = 0; i < m_heads.size(); ++i) {
        out.emplace_back("heads." + std::to_string(i) + ".weight", m_heads[i].first);
        out.emplace_back("heads." + std::to_string(i) + ".bias", m_heads[i].second);
    }
    return out;
}

int64_t ClipTraining::trainableParameters() const
{
    int64_t count = 0;
    for (const auto& [name, tensor] : trainable())
        count += tensor.numel();
    return count;
}

at::Tensor ClipTraining::truthLoss(const at::Tensor& pooled, const at::Tensor& truth) const
{
    at::Tensor sum;
    for (size_t i = 0; i < m_heads.size(); ++i) {
        const at::Tensor wanted = truth.select(1, int64_t(i)).contiguous();
        if (!wanted.ge(0).any().item<bool>())
            continue;
        const at::Tensor loss = at::cross_entropy_loss(at::linear(pooled, m_heads[i].first, m_heads[i].second), wanted);
        sum = sum.defined() ? sum + loss : loss;
    }
    return sum;
}

double ClipTraining::step(
    const TrainClipBatch& batch, int picturesPerText, const Weighting& weighting, const JobContext& context)
{
    return withTorchErrors("training", [&] {
        const c10::AutoGradMode gradients(true);
        const at::Device device = m_model.device();
        ImageOptions options;
        options.keptPatches = batch.keptPatches;
        options.context = &context;
        const ImageOutput images = m_model.imageFeatures(batch.pixels.to(device), options);
        at::Tensor pictures = unitRows(images.projected);
        if (batch.clips)
            pictures = unitRows(pictures.view({-1, picturesPerText, pictures.size(1)}).mean(1));
        const at::Tensor texts = unitRows(m_model.textFeatures(batch.texts, &context));
        const at::Tensor contrastive = contrastiveLoss(pictures, texts, m_model.logitScale());
        const double value = contrastive.item<double>();
        at::Tensor loss = contrastive * weighting.contrastive;
        if (weighting.truth > 0 && batch.truth.defined())
            if (const at::Tensor known = truthLoss(images.pooled, batch.truth.to(device)); known.defined())
                loss = loss + known * weighting.truth;
        if (!std::isfinite(loss.item<double>()))
            throw Error(ErrorKind::Model, "the loss is no longer a number", "training",
                "The last checkpoint is kept; train with another seed or other data.");
        m_optimiser.zeroGradients();
        loss.backward();
        m_optimiser.clipGradients(1);
        m_optimiser.step(weighting.learningRate);
        return value;
    });
}

void ClipTraining::save(const std::filesystem::path& file, const std::string& note) const
{
    saveCheckpoint(file, trainableWithHeads(), m_optimiser, note);
}

std::string ClipTraining::restore(const std::filesystem::path& file)
{
    return restoreCheckpoint(file, trainableWithHeads(), m_optimiser);
}

} // namespace clipscope
