// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/matrix.h"
#include "graph/graph.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace clipscope {

/// How nodes are found that an ensemble is probably wrong about (GEENI; papers section 6.2 B).
enum class ErrorDetector {
    Entropy, ///< of the members' mean probabilities, divided by log classes
    Disagreement, ///< 1 - share of the members that vote for the winner
    Learned, ///< logistic regression on what is seen of a node and around it, fitted on the validation nodes
    Oracle, ///< the truth: an upper bound, for analysis alone
    Random, ///< by chance: what isolation does by itself
};

/// "entropy", "disagreement", "learned", "oracle", "random".
const char* toString(ErrorDetector detector);
/// Throws Error(Input) for another word.
ErrorDetector errorDetector(const std::string& name);

/// What an ensemble says of each node, and what a detector may look at.
struct EnsembleAnswers {
    Matrix mean; ///< [nodes, classes] of probabilities
    std::vector<int> predictions; ///< [nodes]: the largest of each
    Matrix votes; ///< [nodes, classes]: how many members are for each
    int members = 0;
};
/// From the members' probabilities [nodes, members * classes].
EnsembleAnswers answersOf(const Matrix& probabilities, int members);

/// Scores in [0, 1], the higher the likelier an error; nodes to train on are never errors and score 0. The learned one
/// (papers section 6.2 B, and four features more) asks a plain network that the ensemble taught and the labels of
/// split.train spread along the edges, too. It is fitted on split.validation, whose own scores come from fits that left
/// them out; where the ensemble is right about all of these, or about none, there is nothing to learn and all score 0.
/// Equal seeds give equal scores. Throws Cancelled, Error(Input) when the learned one has no validation nodes.
std::vector<float> errorScores(ErrorDetector detector, const Graph& graph, const GraphSplit& split,
    const EnsembleAnswers& answers, uint64_t seed, const JobContext& context);

/// The `share` of all nodes that are not trained on with the highest scores, as flags [nodes]; of equal ones the first,
/// and none that scores 0.
std::vector<bool> errorNodes(std::span<const float> scores, const GraphSplit& split, double share);

/// Of probabilities, in [0, 1].
float normalisedEntropy(std::span<const float> p);

/// Area under the ROC curve of scores against flags, ties counted half; NaN where only one kind is there.
double areaUnderRoc(std::span<const float> scores, const std::vector<bool>& flags);

} // namespace clipscope
