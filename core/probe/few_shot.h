// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/matrix.h"

#include <optional>
#include <string>
#include <vector>

namespace clipscope {

enum class ProbeSplit { Unused, Train, Validation, Test };

/// Labelled videos, one vector each. Row i of `features` and `joint` belongs to labels[i] and splits[i].
struct ProbeData {
    std::vector<std::string> classes;
    Matrix features; ///< [n, featureDim]: what the linear probe learns from
    Matrix joint; ///< [n, jointDim]: what is compared with words; may equal `features`
    std::vector<int> labels; ///< [n], in [0, classes)
    std::vector<ProbeSplit> splits; ///< [n]
    Matrix texts; ///< [classes * templates, jointDim], in promptsOf()'s order
    int templates = 1;
    std::string hash; ///< of the videos, labels and splits, for the run record; may be empty
};

/// Takes out the classes with fewer than `leastTrain` training or no test videos, and the videos of theirs; returns
/// their names, in order.
std::vector<std::string> dropThinClasses(ProbeData& data, int leastTrain);

struct FewShotOptions {
    std::vector<int> shots = {1, 2, 4, 8, 16, 0}; ///< labelled videos a class, at most; 0: all
    int seeds = 20; ///< draws of each
    std::optional<double> c; ///< unset: by the validation videos where there are some, else 10
};

struct Accuracy {
    double top1 = 0;
    double top5 = 0;
};

/// What k labelled videos a class give.
struct ShotCurvePoint {
    int shots = 0; ///< 0: all
    double c = 0; ///< the penalty it was measured with
    std::vector<Accuracy> draws; ///< one a seed
    double top1Mean = 0, top1Sd = 0; ///< sd of the draws, with n - 1
    double top5Mean = 0, top5Sd = 0;
};

struct FewShotResult {
    Accuracy zeroShot;
    std::vector<ShotCurvePoint> curve; ///< in the order asked for
    /// The smallest number of shots measured whose mean reaches zero-shot; -1 where none does. "All" counts as the
    /// number of training videos of the largest class.
    int crossingShots = -1;
    /// Where the curve, straight between its points over log k, reaches zero-shot: the middle and the 95 % interval
    /// over the draws (bootstrap); unset where a curve that does not cross is in the interval.
    std::optional<double> crossing, crossingLow, crossingHigh;
    std::vector<size_t> testRows; ///< of the data
    /// [test videos, classes]: by how many draws of the last point each was taken for each class.
    std::vector<std::vector<int>> votes;
    std::vector<int> zeroShotClasses; ///< of each test video
};

/// Linear probes on k labelled videos a class against classification by words alone (Radford 2021, section 3; Lindgren
/// 2023; papers section 1.5): nested draws, the same for every method and size, from the context's seed. Vectors are
/// brought to unit length. Progress counts fits. Throws Error(Input) when nothing is left to learn from or test on,
/// Cancelled.
FewShotResult measureFewShots(const ProbeData& data, const FewShotOptions& options, const JobContext& context);

} // namespace clipscope
