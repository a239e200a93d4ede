// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "probe/few_shot.h"
#include "probe/linear_classifier.h"

#include <functional>
#include <span>
#include <vector>

namespace clipscope {

/// Some videos as unit vectors, with their labels.
struct Sample {
    Matrix vectors;
    std::vector<int> labels;
};

/// The rows of `all` that `rows` names.
Sample sampleOf(const Matrix& all, std::span<const int> labels, std::span<const size_t> rows);

/// Top-1 and top-5.
Accuracy accuracyOf(const Matrix& scores, std::span<const int> labels);

/// What a method gets to work with: draws to learn from, the videos that choose its setting, the videos it is tested
/// on. All in one space.
struct MethodTask {
    int classes = 0;
    const LinearClassifier& words; ///< of the labels
    const Sample& validation; ///< may be empty
    const Sample& test;
    int draws = 0;
    std::function<Sample(int draw)> draw; ///< made anew each time: all of them at once would not fit into memory
    std::function<void(int draw)> beforeFit; ///< counts progress; throws Cancelled
};

/// What it made of them.
struct MethodOutcome {
    double c = 0, alpha = 0, beta = 0; ///< its setting, as far as it has one
    std::vector<Accuracy> tested; ///< one a draw
    std::vector<std::vector<int>> predicted; ///< [draws][test videos]
};

/// A linear probe with each of the penalties, of which the one that validates best over all draws counts; of equal ones
/// the first.
MethodOutcome measureLinear(const MethodTask& task, std::span<const double> penalties, const JobContext& context);
/// Tip-Adapter with its default setting, or the one of the sweep that validates best over all draws.
MethodOutcome measureTipAdapter(const MethodTask& task, const JobContext& context);
/// LP++; validation chooses its epoch.
MethodOutcome measureLpPlusPlus(const MethodTask& task, const JobContext& context);

} // namespace clipscope
