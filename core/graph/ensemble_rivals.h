// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/matrix.h"
#include "graph/gnn.h"
#include "graph/gnn_training.h"
#include "graph/graph.h"

#include <cstdint>
#include <vector>

namespace clipscope {

// What is compared with an ensemble of networks on a graph (papers section 7, item 10).

/// MC-dropout (Gal and Ghahramani 2016): one network asked `passes` times with dropout on, as if each were a member:
/// probabilities [nodes, passes * classes]. The network has one member.
Matrix dropoutProbabilities(Gnn gnn, const NodeFeatures& features, const SparseMatrix& propagation, int passes);

struct StudentOptions {
    GnnShape shape; ///< its kind is not looked at
    GnnTrainingOptions training;
    double teaching = 1; ///< weight of the teacher's word beside the labels'
    uint64_t seed = 0;
};

/// E2GNN's idea (2024; papers section 7): a plain network that sees no edges, taught by an ensemble. Its loss is the
/// cross entropy on split.train plus `teaching` times the mean KL divergence from `teacher` [nodes, classes], over the
/// nodes of which it is not `doubted` [nodes]; where all are, the labels alone teach.
class MlpStudent {
public:
    /// Throws what trainGnn() throws.
    MlpStudent(const Graph& graph, const GraphSplit& split, const Matrix& teacher, const std::vector<bool>& doubted,
        const StudentOptions& options, const JobContext& context);

    /// [nodes, classes]
    Matrix probabilities() const;
    Gnn::Cost cost() const;

private:
    const Graph& m_graph;
    SparseMatrix m_alone;
    Gnn m_gnn;
};

} // namespace clipscope
