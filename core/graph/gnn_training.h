// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "graph/gnn.h"
#include "graph/graph.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace clipscope {

/// What a network is to say of some nodes.
struct NodeTargets {
    std::vector<int> nodes; ///< none twice
    std::vector<int> labels; ///< [nodes], in [0, classes)
    /// How much each counts for each member, [nodes, members] (bagging); empty: the same.
    std::vector<float> weights;
};

/// The labelled ones among `nodes`.
NodeTargets targetsOf(const Graph& graph, std::span<const int> nodes);

/// Which epoch a member ends with, where there are validation nodes.
enum class Stopping {
    BestAccuracy, ///< the first in which most of these were right
    RisingLoss, ///< the first whose loss on these, L2 included, is above the mean of the ten before it (Kipf and
                ///< Welling's code), else the last
};

/// "best-accuracy", "rising-loss".
const char* toString(Stopping stopping);
/// Throws Error(Input) for another word.
Stopping stoppingOf(const std::string& name);

struct GnnTrainingOptions {
    int epochs = 200; ///< full-batch steps; fewer where every member has stopped before
    Stopping stopping = Stopping::BestAccuracy;
    double rate = .01;
    double decay = 5e-4; ///< L2
    bool decaysAllLayers = true; ///< false: the first alone, as Kipf and Welling do
    double keep = 1; ///< share of the entries that DropEdge leaves, drawn anew each epoch
    uint64_t seed = 0; ///< of DropEdge: the members share the graph
};

/// How a training went.
struct GnnTrainingResult {
    std::vector<double> losses; ///< of each epoch, mean of the members
    std::vector<int> bestEpochs; ///< of each member, 0 to epochs - 1: the one whose parameters are kept
    std::vector<double> bestValidation; ///< accuracy then; empty without validation nodes
};

/// Mean cross entropy of each member, of logits [n, members * classes], which become their gradient. Sums in double.
std::vector<double> crossEntropyOf(Matrix& logits, const NodeTargets& targets, int members);

/// What a training lessens: takes the logits [nodes, members * classes] of a step, leaves their gradient there and
/// returns each member's loss.
using NodeLoss = std::function<std::vector<double>(Matrix& logits)>;

/// Trains by Adam on the loss of the answers for `nodes`, and ends with the last parameters. Only what these answers
/// depend on is computed. `propagation` is that of the network's kind. Calls `goesOn` after each, which may end it.
/// Looks for a stop each epoch. Throws Cancelled, Error(Input) without nodes, Error(Model) when the loss is no longer a
/// number. Returns the losses of the epochs, means of the members.
std::vector<double> trainGnnOn(Gnn& gnn, const NodeFeatures& features, const SparseMatrix& propagation,
    std::span<const int> nodes, const NodeLoss& loss, const GnnTrainingOptions& options, const JobContext& context,
    const std::function<bool(int epoch)>& goesOn = {});

/// The same, but that with validation nodes each member ends with the parameters of the epoch options.stopping says.
GnnTrainingResult trainGnn(Gnn& gnn, const NodeFeatures& features, const SparseMatrix& propagation,
    std::span<const int> nodes, const NodeLoss& loss, const NodeTargets& validation, const GnnTrainingOptions& options,
    const JobContext& context);
/// By cross entropy.
GnnTrainingResult trainGnn(Gnn& gnn, const NodeFeatures& features, const SparseMatrix& propagation,
    const NodeTargets& targets, const NodeTargets& validation, const GnnTrainingOptions& options,
    const JobContext& context);

/// Logits [nodes, members * classes] of the whole graph.
Matrix logitsOf(const Gnn& gnn, const NodeFeatures& features, const SparseMatrix& propagation);
/// Softmax of each member's part of each row, in place.
void softmaxOfMembers(Matrix& logits, int members);
/// The mean of the members' parts of each row: [n, classes].
Matrix meanOfMembers(const Matrix& values, int members);
/// The class with the largest value of each row of one member's part; the first of equals.
std::vector<int> largestOf(const Matrix& values, int members = 1, int member = 0);
/// Of each row the value in its column: how sure an answer is, say.
std::vector<float> valuesAt(const Matrix& values, std::span<const int> columns);
/// Share of `nodes` whose prediction [graph nodes] is their label. NaN for none.
double accuracyOn(std::span<const int> nodes, std::span<const int> predictions, std::span<const int> labels);

} // namespace clipscope
