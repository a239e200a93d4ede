// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "graph/gnn.h"
#include "graph/graph.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace clipscope {

/// How few labels become many: a network is trained, its surest answers become labels, the next is trained on all.
enum class SelfTrainingMethod {
    Gcn, ///< one stage on the labels given
    Li, ///< the surest of each class join (Li et al. 2018)
    M3s, ///< of these, the ones that a clustering of the vectors agrees with (Sun et al. 2020)
    CaGcnSt, ///< all whose calibrated confidence is above the threshold (Wang et al. 2021), two layers
    CaGcnSt3, ///< the same with three layers
    Fastrain, ///< FASTRAIN-GNN (Nagarajan et al. 2023): the same, and its four optimisations
};

/// "GCN", "Li", "M3S", "CaGCN-st", "CaGCN-st-3", "FASTRAIN".
const char* toString(SelfTrainingMethod method);
/// Throws Error(Input) for another word.
SelfTrainingMethod selfTrainingMethod(const std::string& name);

struct SelfTrainingOptions {
    SelfTrainingMethod method = SelfTrainingMethod::Fastrain;
    GnnKind kind = GnnKind::Gcn;
    int hidden = 64;
    double dropout = .5;
    int epochs = 200; ///< a stage
    double rate = .01;
    double decay = 5e-4;
    int stages = 4;
    double threshold = .8; ///< of the calibrated confidence
    double addedShare = .05; ///< Li and M3S: what joins a stage, of all nodes, evenly over the classes
    // FASTRAIN's four parts (papers section 5.2), for its ablation.
    bool filtersBySampling = true; ///< SPF: what ten thinned graphs disagree about does not join
    bool sizes = true; ///< DS: three layers while fewer than 2.5 % of the nodes are labelled, then two
    bool regularises = true; ///< DR: DropEdge keeps .8 with two layers, .9 with three, all with one label a class
    bool prunes = true; ///< PGP: edges between labelled nodes of unlike answers go
    // What the author does not do.
    bool drawsEvenly = false; ///< EVEN: of each class the surest join, so that none crowds out the others, as Li's do
    double evenShare = .1; ///< of all nodes, what joins a stage then at most
    bool stopsWhenDoubtful = false; ///< ES: FASTRAIN ends with the stage whose new labels are less sure than those of
                                    ///< the stage before (papers 9.2)
    bool filterAsksWholeGraph = false; ///< SPF: the samples must agree with the answer that becomes the label
    bool pruningTrustsLabels = false; ///< PGP: a label given counts, not what the network says of it
    uint64_t seed = 0;
};

/// What one stage did.
struct SelfTrainingStage {
    int layers = 2;
    double keep = 1; ///< DropEdge's share
    int labelled = 0; ///< nodes trained on
    std::vector<int> added; ///< nodes that join after it
    double precision = 0; ///< share of these whose true label is what they got; NaN where none are or none is known
    int64_t edges = 0; ///< of the graph it was trained on, each counted once
    std::vector<std::pair<int, int>> removed; ///< edges that go after it, the smaller node first
    double accuracy = 0; ///< on the nodes to test on; NaN, as the two errors, where there are none
    double calibrationError = 0, calibratedError = 0; ///< expected calibration error there, before and after; the same
                                                      ///< where nothing is calibrated
    double seconds = 0, cpuSeconds = 0; ///< all of it but the measuring
    std::vector<int> predictions; ///< [nodes]
    std::vector<float> confidences; ///< [nodes], calibrated where the method does
};

/// Trains on split.train, tests on split.test; neither the others' labels nor split.validation are looked at but for
/// what is reported. Equal seeds give equal results. A partial result is a SelfTrainingStage; progress counts stages.
/// Throws Cancelled, Error(Input) when a class of the graph has no labelled node to train on.
std::vector<SelfTrainingStage> selfTrain(
    const Graph& graph, const GraphSplit& split, const SelfTrainingOptions& options, const JobContext& context);

} // namespace clipscope
