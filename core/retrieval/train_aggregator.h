// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/late_function.h"
#include "base/run_record.h"
#include "embedding/encoder.h"
#include "library/video_library.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace clipscope {

struct TrainAggregatorOptions {
    std::vector<std::string> splits = {"train"}; ///< empty: every embedded video of the library
    uint64_t seed = 0;
    int epochs = 60;
    int framesPerClip = 1; ///< F: frames whose mean is one input of the aggregator
};

/// Partial result, about once a second and at the end.
struct TrainAggregatorProgress {
    int64_t steps = 0;
    int64_t totalSteps = 0;
    double epoch = 0;
    double loss = 0; ///< contrastive, mean of the last steps
    double videosPerSecond = 0;
    double validationR1 = -1; ///< text to video, 12 frames, on videos not trained on; -1: not measured
    double validationMeanR1 = -1; ///< the same by mean pooling
};

/// Trains a Transformer aggregation (aggregation/transformer_aggregator.h) on the frozen embeddings `key` of a
/// captioned library with the symmetric contrastive loss and a learned temperature (papers sections 1.2 and 1.4):
/// AdamW, warm-up, cosine, gradients clipped at 1. Only the header and the text side's linear map learn; the encoder is
/// asked for its captions once. Writes `out`, half precision; the same seed gives the same bytes on one machine.
///
/// The state kept is the one that is best on the captioned videos of the split "val" (mean reciprocal rank with 1, 4
/// and 12 frames); where the library has none, a fifth of the training videos is held out for it. Mean pooling, where
/// it starts, is kept unless a later state beats it by more than chance would: what comes out of too little data is no
/// worse than no training. When `splits` names "val" itself, or everything, nothing is left to choose by, and the last
/// state is kept.
///
/// Resumable: `out`.training holds a checkpoint (every minute and when stopped); the same call goes on and ends with
/// the same bytes. Throws Cancelled; Error(Input) for options or a library that do not fit, Error(Model) when the
/// encoder is another one or the loss is no longer a number, Error(Storage).
extern LateFunction<RunRecord(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key,
    const std::filesystem::path& out, const TrainAggregatorOptions& options, JobContext& context)>
    trainAggregator;

} // namespace clipscope
