// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/matrix.h"
#include "graph/gnn_training.h"
#include "graph/sparse_matrix.h"

#include <cstdint>
#include <span>
#include <vector>

namespace clipscope {

struct CalibrationOptions {
    int epochs = 200;
    double rate = .001;
    double decay = 5e-3;
    double rankWeight = .5; ///< of the term that pulls right answers up and wrong ones down
    int hidden = 16;
    double dropout = .5;
    uint64_t seed = 0;
};

/// CaGCN (Wang et al. 2021; papers section 5.2): a temperature for each node, made by a two-layer GCN from the logits
/// [nodes, classes] and trained on the labelled ones. Each is above log 1.1, so that no answer changes, only its
/// confidence. `propagation` is GCN's. Throws Cancelled, Error(Input) without targets.
std::vector<float> calibratedTemperatures(const Matrix& logits, const SparseMatrix& propagation,
    const NodeTargets& targets, const CalibrationOptions& options, const JobContext& context);

/// The loss that calibratedTemperatures() lessens, of logits times temperatures [targets, classes], which become its
/// gradient.
double calibrationLoss(Matrix& scaled, std::span<const int> labels, double rankWeight);

/// How far confidences are from the share of right answers (Guo et al. 2017), over `bins` of equal width; `nodes` of
/// probabilities [nodes, classes]. NaN of none.
double expectedCalibrationError(
    const Matrix& probabilities, std::span<const int> nodes, std::span<const int> labels, int bins = 20);

} // namespace clipscope
