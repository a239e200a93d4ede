// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/run_record.h"
#include "graph/feature_probe.h"
#include "graph/self_training.h"

#include <string>
#include <vector>

namespace clipscope {

struct SelfTrainingStudyOptions {
    /// Methods by name; "linear" is featureProbe. "FASTRAIN-SPF", "FASTRAIN-DS", "FASTRAIN-DR" and "FASTRAIN-PGP" are
    /// it without that part, "FASTRAIN-EVEN" is the author's. "FASTRAIN+ES" ends early, "CaGCN-st+EVEN" draws evenly
    /// too.
    std::vector<std::string> methods = {"GCN", "CaGCN-st", "CaGCN-st-3", "FASTRAIN"};
    int labelsPerClass = 3;
    int seeds = 20; ///< random splits, the same for every method
    SelfTrainingOptions training; ///< what all have in common
    FeatureProbe featureProbe; ///< needed for "linear" alone
    int threads = 0; ///< trainings at a time; 0: one a processor
};

/// One training of the study is done.
struct SelfTrainingStudyCell {
    int method = 0; ///< of the options
    int seed = 0; ///< 0 to seeds - 1
    std::vector<SelfTrainingStage> stages;
};

/// Throws Error(Input) for a name that the study does not know.
void checkSelfTrainingName(const std::string& name);
/// A method that trains networks, named as the study names it, on top of what all have in common. Throws Error(Input)
/// for another name.
SelfTrainingOptions selfTrainingVariant(const std::string& name, const SelfTrainingOptions& common);

/// Methods of self-training against each other on random splits (papers section 5: so many labels a class, all other
/// nodes to test on). The record ("fastrain") has "methods", one each: accuracy of the last stage with mean and sd over
/// the splits, seconds and CPU seconds a run, "stages" with the means of what each stage did; and "comparisons": each
/// method against each other before it, split by split, with the 95 % interval of the mean difference and the ratio of
/// the CPU seconds. Arrays: "accuracies" [method][seed][stage]. The seed is the context's. A partial result is a
/// SelfTrainingStudyCell, from several threads. Throws as selfTrain(), drawSplit() and
/// featureProbe do.
RunRecord studySelfTraining(const Graph& graph, const SelfTrainingStudyOptions& options, const JobContext& context);

} // namespace clipscope
