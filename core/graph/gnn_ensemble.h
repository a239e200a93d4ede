// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "graph/gnn.h"
#include "graph/gnn_training.h"
#include "graph/graph.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace clipscope {

/// What makes the members of an ensemble differ (papers section 6.2 A).
enum class Diversity {
    Seed, ///< how they begin
    Bagging, ///< the labelled nodes, drawn with repetition
    Features, ///< 70 % of the features' columns each
    Edges, ///< 70 % of the edges each, in training
    Shape, ///< depth, width and kind
    Mixed, ///< features, edges, depth and width
};

/// "seed", "bagging", "features", "edges", "shape", "mixed".
const char* toString(Diversity diversity);
/// Throws Error(Input) for another word.
Diversity diversityOf(const std::string& name);

struct EnsembleOptions {
    int members = 4;
    Diversity diversity = Diversity::Features;
    GnnShape shape;
    GnnTrainingOptions training;
    double featureShare = .7;
    double edgeShare = .7;
    uint64_t seed = 0;
};

/// Networks that answer together. Those of one shape on one graph are trained and asked in one pass, as many as a core's
/// cache holds.
class GnnEnsemble {
public:
    /// Trains on split.train; each member ends with its best epoch on split.validation where there is one. `graph` must
    /// outlive it. Throws what trainGnn() throws.
    GnnEnsemble(const Graph& graph, const GraphSplit& split, const EnsembleOptions& options, const JobContext& context);

    int members() const { return m_members; }
    /// Each member's probabilities [nodes, members * classes] on the whole graph; `silent` [nodes] ones send no
    /// messages (isolation.h), empty: all do. `rescales`: what is left of a node's messages makes up for what is lost.
    Matrix probabilities(const std::vector<bool>& silent = {}, bool rescales = true) const;
    /// What one such answer costs (papers section 6.2 F), all members together.
    Gnn::Cost cost(const std::vector<bool>& silent = {}) const;

    /// What must be computed for the answers for some nodes alone (message_flow.h): how many nodes' features, and how
    /// many messages in all layers; the mean of the members.
    struct Reach {
        double nodes = 0, messages = 0;
    };
    Reach reach(std::span<const int> targets) const;

    /// The same with fewer messages for good: `silent` nodes [nodes] send none (empty: all do), and they go along
    /// `edges` alone, an adjacency (without rows: along all).
    GnnEnsemble restricted(const std::vector<bool>& silent, const SparseMatrix& edges, bool rescales = true) const;
    /// The same with that share of each member's units (Gnn::narrowed()), one at least, which are then trained for
    /// `tuning` on what the members were trained on. Throws what trainGnn() throws.
    GnnEnsemble narrowed(
        double share, const GraphSplit& split, const GnnTrainingOptions& tuning, const JobContext& context) const;

private:
    struct Group {
        Gnn gnn;
        SparseMatrix propagation;
        SparseMatrix learnt; ///< the view that its members were trained on; without rows: `propagation`
        NodeTargets targets;
        size_t firstMember = 0;
    };
    const Graph* m_graph;
    int m_members = 0;
    std::vector<Group> m_groups;
};

} // namespace clipscope
