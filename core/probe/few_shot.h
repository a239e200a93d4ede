// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/matrix.h"

#include <optional>
#include <string>
#include <utility>
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
    Matrix texts; ///< [classes * templates, jointDim], in promptsOf()'s order; empty where no words are known
    int templates = 1;
    std::string hash; ///< of the videos, labels and splits, for the run record; may be empty
};

/// Takes out the classes with fewer than `leastTrain` training or no test videos, and the videos of theirs; returns
/// their names, in order.
std::vector<std::string> dropThinClasses(ProbeData& data, int leastTrain);

enum class ProbeMethod {
    Linear, ///< L2 logistic regression (logistic_regression.h) on `features`
    TipAdapter, ///< tip_adapter.h, on `joint`
    LpPlusPlus, ///< lp_plus_plus.h, on `joint`
};

/// "linear", "tip-adapter", "lp++".
const char* toString(ProbeMethod method);
/// Throws Error(Input) when it is none of these.
ProbeMethod probeMethod(const std::string& name);

struct FewShotOptions {
    std::vector<int> shots = {1, 2, 4, 8, 16, 0}; ///< labelled videos a class, at most; 0: all
    int seeds = 20; ///< draws of each
    std::optional<double> c; ///< of the linear probe; unset: by the validation videos where there are some, else 10
    std::vector<ProbeMethod> methods = {ProbeMethod::Linear};
};

struct Accuracy {
    double top1 = 0;
    double top5 = 0;
};

/// What k labelled videos a class give.
struct ShotCurvePoint {
    ProbeMethod method = ProbeMethod::Linear;
    int shots = 0; ///< 0: all
    double c = 0; ///< the penalty a linear probe was measured with
    double alpha = 0, beta = 0; ///< the setting Tip-Adapter was measured with
    std::vector<Accuracy> draws; ///< one a seed
    double top1Mean = 0, top1Sd = 0; ///< sd of the draws, with n - 1
    double top5Mean = 0, top5Sd = 0;
};

/// One method over the shots.
struct ShotCurve {
    std::vector<ShotCurvePoint> curve; ///< in the order asked for
    /// The smallest number of shots measured whose mean reaches zero-shot; -1 where none does. "All" counts as the
    /// number of training videos of the largest class.
    int crossingShots = -1;
    /// Where the curve, straight between its points over log k, reaches zero-shot: the middle and the 95 % interval
    /// over the draws (bootstrap); unset where a curve that does not cross is in the interval.
    std::optional<double> crossing, crossingLow, crossingHigh;
    /// [test videos, classes]: by how many draws of the last point each was taken for each class.
    std::vector<std::vector<int>> votes;
};

/// The linear probe's curve (empty where it was not asked for) and those of the other methods beside it.
struct FewShotResult : ShotCurve {
    bool hasWords = true; ///< false: no words are known, so that there is no zero-shot, and nothing that crosses it
    Accuracy zeroShot;
    std::vector<std::pair<ProbeMethod, ShotCurve>> others; ///< in the order asked for
    std::vector<size_t> testRows; ///< of the data
    std::vector<int> zeroShotClasses; ///< of each test video
};

/// k labelled videos a class against classification by words alone (Radford 2021, section 3; Lindgren 2023; papers
/// section 1.5): nested draws, the same for every method and size, from the context's seed. Vectors are brought to unit
/// length. Methods that build on words are left out where none are known. Progress counts fits; a partial result is a
/// ShotCurvePoint. Throws Error(Input) when nothing is left to learn from or test on, Cancelled.
FewShotResult measureFewShots(const ProbeData& data, const FewShotOptions& options, const JobContext& context);

} // namespace clipscope
