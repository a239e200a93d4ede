// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/json.h"
#include "graph/error_nodes.h"
#include "graph/gnn_ensemble.h"
#include "graph/graph.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace clipscope {

/// What edges are pruned by.
enum class EdgeMeasure {
    Answers, ///< cosine of what the ensemble says of both ends
    Features, ///< cosine of what is known of both ends
};
/// "answers", "features".
const char* toString(EdgeMeasure measure);
/// Throws Error(Input) for another word.
EdgeMeasure edgeMeasure(const std::string& name);

struct GeeniFrontOptions {
    ErrorDetector detector = ErrorDetector::Learned; ///< of who falls silent; without validation nodes by entropy
    double share = .1; ///< q
    EdgeMeasure edges = EdgeMeasure::Features;
    std::vector<double> edgeShares = {.1, .2, .3, .5}; ///< that are pruned, rising
    std::vector<double> unitShares = {.5, .25, .125, .0625}; ///< of the members' units that stay, falling
    int tuningEpochs = 50; ///< after each cut
    double slack = 0; ///< of accuracy on split.validation below the conventional ensemble's that is still accepted
    int dropoutPasses = 10;
    double teaching = 1; ///< of the plain network's
};

/// One way to answer, in one repetition.
struct GeeniPoint {
    std::string name;
    double accuracy = 0, validation = 0; ///< on split.test and split.validation
    double featureMacs = 0, messageMacs = 0; ///< multiplications of one answer for all nodes (papers section 6.2 F)
    double detectionMacs = 0; ///< of finding who falls silent: once a graph, not once an answer
    double cpuSeconds = 0; ///< of one answer
    double unitsLeft = 1, edgesLeft = 1; ///< shares
    double nodesNeeded = 0, messagesNeeded = 0; ///< for the answers for split.test alone, of one network
};

/// Rivals and approximations of an ensemble (papers section 6.2 D, E; section 7, item 10), always the same ones in the
/// same order: one network (the mean member, the member that split.validation likes best, one without what makes
/// members differ), MC-dropout and the taught plain network; the ensemble; it with the silent nodes; that with edges
/// pruned; that with units pruned; and that with as many units, then as many edges pruned as the validation nodes
/// allow. `probabilities` are the ensemble's. Throws Cancelled and what trainGnn() throws.
std::vector<GeeniPoint> geeniPoints(const Graph& graph, const GraphSplit& split, const GnnEnsemble& ensemble,
    const EnsembleOptions& trained, const Matrix& probabilities, const GeeniFrontOptions& options, bool rescales,
    const JobContext& context);

/// [{name, accuracy, accuracySd, againstEnsemble, validation, macs, featureMacs, messageMacs, detectionMacs,
/// cpuSeconds, unitsLeft, edgesLeft, nodesNeeded, messagesNeeded, onFront}]: means over repetitions, and which are on
/// the front of accuracy and macs.
Json frontJson(std::span<const std::vector<GeeniPoint>> repetitions);

} // namespace clipscope
