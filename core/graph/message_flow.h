// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "graph/sparse_matrix.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace clipscope {

/// What the layers of a network on a graph must compute so that `targets` get their answer, and no more: the rest of
/// the graph cannot change it. Layer l makes the first counts[l + 1] of `nodes` from the first counts[l]; the targets
/// stand first, what their neighbours' neighbours add behind.
struct MessageFlow {
    std::vector<int> nodes; ///< of the graph, [counts[0]]
    std::vector<int> counts; ///< [layers + 1], falling to the number of targets
    std::vector<std::shared_ptr<const SparseMatrix>> weights; ///< [layers], of [counts[l + 1], counts[l]]

    int layers() const { return int(weights.size()); }
};

/// D^-1/2 (A + I) D^-1/2 of GCN (Kipf and Welling 2017), D the row sums of A + I.
SparseMatrix gcnPropagation(const SparseMatrix& adjacency);
/// D^-1 A of GraphSAGE's mean (Hamilton et al. 2017); a node without neighbours gets none.
SparseMatrix meanPropagation(const SparseMatrix& adjacency);
/// Nothing but loops: with it GCN is a plain network that sees each node alone.
SparseMatrix loopsAlone(int nodes);
/// A + I with ones, whose entries an attention weighs (Velickovic et al. 2018).
SparseMatrix attentionPropagation(const SparseMatrix& adjacency);

/// Makes flows for one matrix of propagation, which must outlive it. Not thread-safe.
class MessageFlowBuilder {
public:
    explicit MessageFlowBuilder(const SparseMatrix& propagation);

    /// For `targets`, none named twice, in their order.
    MessageFlow flow(std::span<const int> targets, int layers);
    /// The same on a graph that loses each entry with probability 1 - keep (DropEdge, Rong et al. 2020): each direction
    /// and each loop by itself, the same ones in every layer, the rest as heavy as before. What is lost is not there,
    /// so the network saves its time. `seed` names the draw; keep = 1 loses nothing.
    MessageFlow flow(std::span<const int> targets, int layers, double keep, uint64_t seed);
    /// All nodes in their order: the whole matrix in each layer, without a copy.
    MessageFlow wholeGraph(int layers) const;

private:
    template <class Keep> MessageFlow build(std::span<const int> targets, int layers, Keep keep);

    const SparseMatrix& m_propagation;
    std::vector<int> m_place; ///< of a node in the flow under way; -1 where it is not in it
};

} // namespace clipscope
