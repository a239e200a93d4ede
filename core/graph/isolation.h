// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "graph/graph.h"
#include "graph/sparse_matrix.h"

#include <cstdint>
#include <span>
#include <vector>

namespace clipscope {

/// Error-node isolation (GEENI; papers section 6.2 C): a propagation whose `silent` nodes [nodes] send nothing to
/// others. What they receive, and their loop, stays. `restores`: how much of what a row lost its rest makes up for: 1:
/// it weighs as much as the whole did, .5: the root of that (about what D^-1/2 does when it counts again who is heard),
/// 0: nothing.
SparseMatrix withoutMessagesOf(const SparseMatrix& propagation, const std::vector<bool>& silent, double restores);
/// How many entries that takes away, loops not counted.
int64_t messagesOf(const SparseMatrix& propagation, const std::vector<bool>& silent);

// Edge pruning (papers section 6.2 D).

/// The cosine of what is known of both ends of each entry of an adjacency; 0 where of one nothing is.
std::vector<float> endCosines(const SparseMatrix& adjacency, const NodeFeatures& features);
/// An adjacency without that share of its edges: those that score lowest, of equal ones the first. `scores` [entries]
/// are the same in both directions.
SparseMatrix withoutLowestEdges(const SparseMatrix& adjacency, std::span<const float> scores, double share);
/// A propagation along `edges` (an adjacency) and loops alone; `restores` as above.
SparseMatrix withoutEdges(const SparseMatrix& propagation, const SparseMatrix& edges, double restores);

} // namespace clipscope
