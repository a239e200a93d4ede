// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "graph/self_training.h"

#include <vector>

namespace clipscope {

/// What a node without a label probably is.
struct LabelProposal {
    int node = 0;
    int label = 0; ///< that most networks are for, the surer of two that as many are for
    std::vector<int> votes; ///< [classes] networks that are for each
    float confidence = 0; ///< the mean of theirs; who is for another label counts 0
};

struct LabelProposalOptions {
    /// Not FASTRAIN: on small graphs of neighbours its dropping and pruning of edges costs more than it brings.
    SelfTrainingOptions training{.method = SelfTrainingMethod::CaGcnSt, .drawsEvenly = true};
    int members = 5; ///< networks, each trained by itself; the seed is the context's
    int threads = 0; ///< trainings at a time; 0: one a processor
};

/// Spreads the labels of a graph to its other nodes: several self-trained networks learn from all labels that there
/// are, and what they are not sure of, or not of one mind about, is what somebody should look at first (papers 5 and
/// 6.2). One proposal for each node without a label, the most doubtful first. Equal seeds give equal ones. Throws
/// Cancelled, Error(Input) as selfTrain() does and when every node has a label.
std::vector<LabelProposal> proposeLabels(
    const Graph& graph, const LabelProposalOptions& options, const JobContext& context);

} // namespace clipscope
