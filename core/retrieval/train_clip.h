// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/late_function.h"
#include "base/run_record.h"
#include "retrieval/retrieval_metrics.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace clipscope {

/// How a CLIP model is trained on captioned videos: a small one from nothing, or a given one further.
struct TrainClipOptions {
    std::string from; ///< a model of CLIP's layout, by name or folder; empty: a small one from nothing
    int frames = 4; ///< F: pictures a clip, where a clip is compared with its whole paragraph
    double patchDropout =
        .5; ///< share of patches dropped before the first block; none in the last 15 % of the training
    bool tube = false; ///< all frames of a clip lose the same patches; else each frame draws its own
    std::vector<std::string> freeze; ///< words of ClipFreezing::parse
    double learningRate = 0; ///< at its peak; 0: 1e-3 from nothing, 1e-4 from a model
    double minutes = 60; ///< wall-clock budget of the training itself, resumed parts counted in
    int64_t pictures = 0; ///< when given, the training ends after so many pictures, whatever the time: repeatable
    std::vector<std::string> splits = {"train"};
    uint64_t seed = 0;
    std::string device = "auto";
    /// Folder for the decoded pictures, which stay there for the next training on the same videos; empty: with the
    /// checkpoint, and gone with it.
    std::filesystem::path pictureCache;
};

/// Partial result, about once a second.
struct TrainClipProgress {
    int64_t steps = 0;
    int64_t pictures = 0;
    double done = 0; ///< [0,1]
    double eventLoss = 0; ///< contrastive, one picture with its caption, mean of the last steps
    double clipLoss = 0; ///< contrastive, F pictures with their paragraph
    double picturesPerSecond = 0;
    double validationR1 =
        -1; ///< text to video, mean of 12 frames, on the split "val", at the last tenth; -1: not measured
};

/// Trains with the symmetric contrastive loss (Radford et al. 2021) and patch dropout (Li et al. 2022) on `data` and
/// writes the model to `out` in Hugging Face's layout. `data` is a library, or a folder with videos/ and captions.json.
/// AdamW, 60 warm-up steps, half a cosine, gradients clipped at 1; batches of 192 pictures.
///
/// From nothing: two towers (picture 96 x 96, patch 16, width 192, 6 layers; text width 128, 3 layers; joint 192) and a
/// byte-pair vocabulary of its own; a third of the batches compare `frames` pictures with the whole paragraph, the
/// others single pictures with what is said of their moment. Where attributes.json tells the known truth, linear heads
/// on the class token learn it too, with a weight that falls to 0 at 80 %, and are thrown away (research: captions
/// alone hardly learn in an hour of two cores).
/// From a model: all batches compare clips with paragraphs, no heads; tokenizer, sizes and what is frozen stay.
///
/// The record's "curve" has pictures, seconds and the two losses (null: none yet) before the first step and after each
/// fiftieth; and at each tenth R@1 (mean of 12 frames) and R@5 on the split "val", where there is one that is not
/// trained on. Resumable: `out`/training holds the decoded pictures and a
/// checkpoint (every minute and when stopped); the same call goes on. Throws Cancelled, Error(Input) for data or
/// options that do not fit, Error(Model) for `from`, and when the loss is no longer a number (the last checkpoint
/// stays), Error(Storage | Resource).
extern LateFunction<RunRecord(const std::filesystem::path& data, const std::filesystem::path& out,
    const TrainClipOptions& options, JobContext& context)>
    trainClip;

} // namespace clipscope
