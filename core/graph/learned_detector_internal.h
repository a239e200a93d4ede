// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "graph/error_nodes.h"
#include "graph/graph.h"

#include <cstdint>
#include <vector>

namespace clipscope {

/// errorScores() of ErrorDetector::Learned.
std::vector<float> learnedScores(const Graph& graph, const GraphSplit& split, const EnsembleAnswers& answers,
    uint64_t seed, const JobContext& context);

} // namespace clipscope
