// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/aggregator_training.h"

#include "base/error.h"
#include "nn/contrastive_loss.h"
#include "nn/device.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/scalar_tensor.h>
#include <c10/core/GradMode.h>

#include <cmath>

namespace clipscope {

namespace {

void copyTo(const NamedTensors& from, NamedTensors to)
{
    withTorchErrors("training", [&] {
        const c10::AutoGradMode noGradients(false);
        for (size_t i = 0; i < from.size(); ++i)
            to[i].second.copy_(from[i].second);
    });
}

} // namespace

AggregatorTraining::AggregatorTraining(const TransformerAggregatorConfig& config, uint64_t seed)
    : m_aggregator(config, seed)
    , m_optimiser({}, {})
{
    withTorchErrors("training", [&] {
        m_aggregator.requireGrad(true);
        m_logitScale = at::scalar_tensor(0., at::TensorOptions(at::kFloat)).requires_grad_(true);
        const c10::AutoGradMode noGradients(false);
        for (const auto& [name, tensor] : m_aggregator.parameters())
            m_best.emplace_back("best." + name, tensor.detach().clone());
        NamedTensors learning = m_aggregator.parameters();
        learning.emplace_back("logit_scale", m_logitScale);
        m_optimiser = AdamW(learning, {.weightDecay = kWeightDecay});
    });
}

void AggregatorTraining::chooseTemperature(const AggregatorBatch& batch)
{
    withTorchErrors("training", [&] {
        const c10::AutoGradMode noGradients(false);
        const at::Tensor videos = m_aggregator.forward(batch.frames, batch.lengths);
        double least = 0;
        for (double scale = 4; scale < 100; scale *= 1.19) {
            const at::Tensor logarithm = at::scalar_tensor(std::log(scale), at::TensorOptions(at::kFloat));
            const double loss = contrastiveLoss(videos, batch.texts, logarithm).item<double>();
            if (least == 0 || loss < least) {
                least = loss;
                m_logitScale.copy_(logarithm);
            }
        }
    });
}

double AggregatorTraining::step(const AggregatorBatch& batch, double learningRate, const JobContext& context)
{
    return withTorchErrors("training", [&] {
        const c10::AutoGradMode gradients(true);
        const at::Tensor videos = m_aggregator.forward(batch.frames, batch.lengths, &context);
        const at::Tensor loss = contrastiveLoss(videos, m_aggregator.mapTexts(batch.texts), m_logitScale);
        const double value = loss.item<double>();
        if (!std::isfinite(value))
            throw Error(ErrorKind::Model, "the loss is no longer a number", "training",
                "Train with another seed or other data.");
        m_optimiser.zeroGradients();
        loss.backward();
        m_optimiser.clipGradients(1);
        m_optimiser.step(learningRate);
        return value;
    });
}

void AggregatorTraining::keepBest()
{
    copyTo(m_aggregator.parameters(), m_best);
}

void AggregatorTraining::takeBest()
{
    copyTo(m_best, m_aggregator.parameters());
}

void AggregatorTraining::save(const std::filesystem::path& file, const std::string& note) const
{
    saveCheckpoint(file, allTensors(), m_optimiser, note);
}

std::string AggregatorTraining::restore(const std::filesystem::path& file)
{
    return restoreCheckpoint(file, allTensors(), m_optimiser);
}

NamedTensors AggregatorTraining::allTensors() const
{
    NamedTensors out = m_aggregator.parameters();
    out.emplace_back("logit_scale", m_logitScale);
    out.insert(out.end(), m_best.begin(), m_best.end());
    return out;
}

} // namespace clipscope
