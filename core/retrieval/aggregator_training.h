// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aggregation/transformer_aggregator.h"
#include "nn/training_checkpoint.h"
#include "retrieval/aggregator_batches.h"

#include <filesystem>
#include <string>

namespace clipscope {

/// The state of one training of an aggregation: the header, the temperature, the optimiser, and the best state so far.
class AggregatorTraining {
public:
    static constexpr double kWeightDecay = .1;

    AggregatorTraining(const TransformerAggregatorConfig& config, uint64_t seed);

    const TransformerAggregator& aggregator() const { return m_aggregator; }
    /// Takes the temperature with the least loss on `batch`: to find it, training would take hundreds of steps.
    void chooseTemperature(const AggregatorBatch& batch);
    /// One step on one batch; returns the loss. The gradient norm is clipped at 1. Throws Error(Model) and changes
    /// nothing when the loss is no number; Cancelled.
    double step(const AggregatorBatch& batch, double learningRate, const JobContext& context);

    void keepBest();
    /// What keepBest() has kept; the untrained state before that.
    void takeBest();

    /// All of it in one file.
    void save(const std::filesystem::path& file, const std::string& note) const;
    /// Takes it back; returns the note. Throws Error(Model).
    std::string restore(const std::filesystem::path& file);

private:
    NamedTensors allTensors() const;

    TransformerAggregator m_aggregator;
    at::Tensor m_logitScale;
    AdamW m_optimiser;
    NamedTensors m_best;
};

} // namespace clipscope
