// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "graph/graph.h"

#include <span>

namespace clipscope {

/// The linear probe on a graph's nodes (papers section 1.5): logistic regression on the features of those labelled,
/// each of length 1, as a library's probe without a split val. Scores of all nodes, [nodes, classes]. Throws Cancelled.
Matrix probeNodes(const Graph& graph, std::span<const int> labelled, const JobContext& context);

} // namespace clipscope
