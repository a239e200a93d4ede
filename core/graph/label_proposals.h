// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "graph/feature_probe.h"
#include "graph/self_training.h"

#include <vector>

namespace clipscope {

/// What a node without a label probably is.
struct LabelProposal {
    int node = 0;
    int label = 0; ///< that most members are for, the surer of two that as many are for
    std::vector<int> votes; ///< [classes] members that are for each
    float confidence = 0; ///< the mean of theirs; who is for another label counts 0
};

struct LabelProposalOptions {
    /// Not FASTRAIN: on small graphs of neighbours its dropping and pruning of edges costs more than it brings.
    SelfTrainingOptions training{.method = SelfTrainingMethod::CaGcnSt, .drawsEvenly = true};
    int members = 5; ///< that vote, each trained by itself; the seed is the context's
    FeatureProbe featureProbe; ///< votes in the networks' place where it knows as many labels held out; may be empty
    int threads = 0; ///< trainings at a time; 0: one a processor
};

struct LabelProposals {
    std::vector<LabelProposal> nodes; ///< one for each node without a label, the most doubtful first
    bool byProbe = false; ///< the probe votes, not the networks
    int heldOut = 0; ///< labels that both were asked about without knowing them; 0: too few were given to hold any out
    int rightByNetworks = 0, rightByProbe = 0; ///< of these
};

/// Spreads the labels of a graph to its other nodes: several self-trained networks learn from all labels that there
/// are, and what they are not sure of, or not of one mind about, is what somebody should look at first (papers 5 and
/// 6.2). A graph of neighbours may know less than the features it is made of: so labels are held out first, once for
/// each member a quarter of each class (of one label none), and where the probe finds as many again, probes vote,
/// each of half of the features, with confidences scaled to what was held out (Guo et al. 2017). Equal seeds give
/// equal ones. Throws Cancelled, Error(Input) as selfTrain() does and when every node has a label.
LabelProposals proposeLabels(const Graph& graph, const LabelProposalOptions& options, const JobContext& context);

} // namespace clipscope
