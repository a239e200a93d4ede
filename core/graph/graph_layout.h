// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "graph/repulsion_tree.h"
#include "graph/sparse_matrix.h"

#include <memory>
#include <vector>

namespace clipscope {

struct GraphLayoutOptions {
    int threads = 0; ///< 0: one a processor; the places are the same with any number
};

/// A partial result of layOutGraph(): where the nodes are by now.
struct GraphLayoutStep {
    std::shared_ptr<const std::vector<GraphPlace>> places; ///< [nodes]
};

/// Places for the nodes of a symmetric adjacency [nodes, nodes]: neighbours near each other, all others apart, parts
/// without an edge to the largest in rings around it. Forces as in ForceAtlas2 (Jacomy et al. 2014): nodes push each
/// other by their degrees + 1 over the distance, edges pull by weight times distance; first for a graph whose
/// neighbours are merged to one, over and over, then back level by level (Hu 2005). Long arms are drawn nearer. The
/// centre is at 0, 0 and the root mean square of the distances to it is sqrt(nodes). Equal seeds of the context give
/// equal places. A partial result is a GraphLayoutStep, ten a second at most. Throws Cancelled.
std::vector<GraphPlace> layOutGraph(
    const SparseMatrix& adjacency, const GraphLayoutOptions& options, const JobContext& context);

} // namespace clipscope
