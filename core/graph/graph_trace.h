// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/json.h"
#include "base/run_record.h"
#include "graph/geeni_study.h"
#include "graph/graph.h"
#include "graph/label_proposals.h"
#include "graph/self_training_study.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace clipscope {

/// The answers at one stage of one training, node by node: what a view of the graph shows.
struct TracedStage {
    std::vector<int> predictions; ///< [nodes]
    std::vector<float> confidences; ///< [nodes], in [0, 1]
    std::vector<int> added; ///< nodes whose answer becomes a label
    std::vector<std::pair<int, int>> removed; ///< edges that go after it, the smaller node first
    std::vector<int> silent; ///< nodes that send no messages, rising
    double share = 0; ///< of the nodes not trained on that were to be silent
    double accuracy = 0; ///< on the nodes to test on
    double precision = std::numeric_limits<double>::quiet_NaN(); ///< of `added` that were right, or `silent` wrong
    int labelled = 0; ///< nodes trained on
    int64_t edges = 0; ///< of the graph it was trained on
    bool operator==(const TracedStage&) const = default;
};

/// A method of self-training with its stages; or a detector of error nodes, with the ensemble's answer first and then
/// one stage a share.
struct TracedMethod {
    std::string name;
    std::vector<float> scores; ///< [nodes] of the detector; empty for self-training
    std::vector<TracedStage> stages;
};

/// What the first split, or the first repetition, of a study did to each node.
struct GraphTrace {
    std::vector<int> given; ///< the nodes trained on
    std::vector<int> validation; ///< the nodes that networks are chosen by, who are no test of them
    int members = 0; ///< of the ensemble; 0: there is none
    std::vector<int> votes; ///< [nodes * classes]: how many members are for each; empty without an ensemble
    std::vector<int> proposed; ///< nodes that got a proposal, the most doubtful first; empty where labels are not spread
    std::vector<TracedMethod> methods; ///< of proposals one with one stage, whose answers they are
};

/// For RunRecord::arrays, confidences and scores rounded to thousandths.
Json traceJson(const GraphTrace& trace);
/// What traceJson() made, of a graph of so many nodes and classes; none where it is something else.
std::optional<GraphTrace> traceOf(const Json& json, int nodes, int classes);

/// As studySelfTraining(), with the trace of its first split under "trace" of the arrays. Each method of it that is
/// done is told as a partial result too: a GraphTrace with all so far, beside the study's own.
RunRecord traceSelfTraining(const Graph& graph, const SelfTrainingStudyOptions& options, const JobContext& context);

/// As studyGeeni(), which tells the trace of its first repetition, with it under "trace" of the arrays.
RunRecord traceGeeni(
    const Graph& graph, const GraphSplit& split, const GeeniStudyOptions& options, const JobContext& context);

/// proposeLabels() as a run of the kind "proposals", which tells their trace, with it under "trace" of the arrays. Its
/// dataHash is hashWithoutLabels(): it stays a run on this graph when some of them are accepted.
RunRecord traceProposals(const Graph& graph, const LabelProposalOptions& options, const JobContext& context);

} // namespace clipscope
