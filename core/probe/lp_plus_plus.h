// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "probe/linear_classifier.h"

#include <span>
#include <vector>

namespace clipscope {

struct LpPlusPlusOptions {
    int epochs = 300;
    int epochsBetweenBlends = 10; ///< how often the blending weights take a step
    double momentum = .9;
};

struct LpPlusPlusFit {
    /// What was learnt, words included: weights w + blend t, the learnt bias.
    LinearClassifier classifier;
    std::vector<float> blend; ///< [classes]: how much the words of each class count
    int epoch = 0; ///< that the classifier is of, from 1
    double loss = 0; ///< mean cross entropy before the last epoch's step
};

/// LP++ (Huang et al. 2024, "LP++: A Surprisingly Strong Linear Probe for Few-Shot CLIP", in the form of the authors'
/// program): a linear probe whose scores have the words' added, each class with a weight of its own,
///   f . w_k + b_k + blend_k f . t_k,
/// that starts at the sums of each class's vectors and at blend = 250 * the mean over the classes of their vectors'
/// mean f . t_k, and descends the cross entropy by full batches with steps that the data give: for w and b 4 n /
/// (largest eigenvalue of F^T F), with momentum; for blend n / (4 max_k sum (f . t_k)^2) times the sum of all gradients
/// so far. (The authors' bias starts at random numbers; here it starts at 0.) vectors [n, dim] and words
/// (zeroShotClassifier()) of unit length, labels in [0, classes), each class at least once. Of the epochs the one that
/// is best on `validation` is returned, of equal ones the latest; the last one where there is no validation. Throws
/// Error(Input) when there is nothing to learn from, Cancelled.
LpPlusPlusFit fitLpPlusPlus(const Matrix& vectors, std::span<const int> labels, const LinearClassifier& words,
    const LpPlusPlusOptions& options, const JobContext& context, const Matrix& validation = {},
    std::span<const int> validationLabels = {});

/// The largest eigenvalue of F^T F, by power iteration. vectors [n, dim].
double largestEigenvalue(const Matrix& vectors);

} // namespace clipscope
