// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/run_record.h"
#include "graph/error_nodes.h"
#include "graph/geeni_front.h"
#include "graph/gnn_ensemble.h"
#include "graph/graph.h"

#include <vector>

namespace clipscope {

struct GeeniStudyOptions {
    EnsembleOptions ensemble;
    std::vector<ErrorDetector> detectors = {ErrorDetector::Entropy, ErrorDetector::Disagreement, ErrorDetector::Learned,
        ErrorDetector::Oracle, ErrorDetector::Random};
    std::vector<double> shares = {.05, .1, .15, .2, .3}; ///< q: of the nodes not trained on
    bool rescales = true; ///< as GnnEnsemble says
    bool approximates = true; ///< edges and units are pruned too, and rivals asked
    GeeniFrontOptions front; ///< how
    int seeds = 10; ///< repetitions
    int threads = 0; ///< repetitions at a time; 0: one a processor
};

/// Error-node isolation (GEENI; papers section 6) on one split, repeated with other seeds: the mean single member, the
/// conventional ensemble, and the ensemble in which the `q` likeliest errors of each detector send no messages, on
/// split.test. The record ("geeni"): "meanSingle", "ensemble" (mean; "...Sd"), "isolated": one a detector and q with
/// accuracy, sd, the differences to both with their 95 % intervals over the repetitions, share of the messages left,
/// precision (of the silent nodes, those that the ensemble is wrong about) and cost in multiplications and seconds of
/// an answer; "picked": one a detector with the q that split.validation likes best (0 among them, and the smaller of
/// equal ones); "areas": under the ROC curve of each detector on split.test; "front": frontJson(), where there are
/// approximations. Arrays: "accuracies" [seed] {single, ensemble, isolated}. The seed is the context's. A partial result
/// is the GraphTrace (graph_trace.h) of the first repetition, from another thread. Throws as GnnEnsemble and
/// errorScores() do.
RunRecord studyGeeni(
    const Graph& graph, const GraphSplit& split, const GeeniStudyOptions& options, const JobContext& context);

} // namespace clipscope
