// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/matrix.h"
#include "graph/graph.h"

#include <functional>
#include <span>

namespace clipscope {

/// The method without the graph: learns from the features of the labelled nodes alone, scores all, [nodes, classes].
/// Handed in from outside, for the room graph knows no probe. Called from several threads.
using FeatureProbe =
    std::function<Matrix(const Graph& graph, std::span<const int> labelled, const JobContext& context)>;

inline constexpr const char* kFeatureProbeName = "linear";

} // namespace clipscope
