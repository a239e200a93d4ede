// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/run_record.h"
#include "retrieval/retrieval_metrics.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace clipscope {

/// How a small CLIP model is trained from nothing on captioned videos.
struct TrainClipOptions {
    int frames = 4; ///< F: pictures a clip, where a clip is compared with its whole paragraph
    double patchDropout =
        .5; ///< share of patches dropped before the first block; none in the last 15 % of the training
    double minutes = 60; ///< wall-clock budget of the training itself, resumed parts counted in
    int64_t pictures = 0; ///< when given, the training ends after so many pictures, whatever the time: repeatable
    std::vector<std::string> splits = {"train"};
    uint64_t seed = 0;
    std::string device = "auto";
};

/// Partial result, about once a second.
struct TrainClipProgress {
    int64_t steps = 0;
    int64_t pictures = 0;
    double done = 0; ///< [0,1]
    double eventLoss = 0; ///< contrastive, one picture with its caption, mean of the last steps
    double clipLoss = 0; ///< contrastive, F pictures with their paragraph
    double picturesPerSecond = 0;
    double validationR1 = -1; ///< text to video, mean of 12 frames, on the split "val"; -1: not measured yet
};

/// Trains a two-tower model in CLIP's layout (picture 96 x 96, patch 16, width 192, 6 layers; text width 128, 3 layers;
/// joint 192) with the symmetric contrastive loss (Radford et al. 2021) and patch dropout (Li et al. 2022) on
/// DIR/videos and DIR/captions.json, and writes it to `out` in Hugging Face's layout with a byte-pair vocabulary of its
/// own. A third of the batches compare `frames` pictures with the whole paragraph. Where attributes.json tells the
/// known truth, linear heads on the class token learn it too, with a weight that falls to 0 at 80 %, and are thrown
/// away (research: captions alone hardly learn in an hour of two cores). Resumable: `out`/training holds the decoded
/// pictures and a checkpoint (every minute and when stopped); the same call goes on. Throws Cancelled, Error(Input) for
/// data or options that do not fit, Error(Model) when the loss is no longer a number (the last checkpoint stays),
/// Error(Storage | Resource).
RunRecord trainClip(const std::filesystem::path& data, const std::filesystem::path& out,
    const TrainClipOptions& options, JobContext& context);

} // namespace clipscope
