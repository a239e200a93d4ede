// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "models/tokenizer.h"
#include "nn/clip_model.h"
#include "retrieval/retrieval_metrics.h"
#include "retrieval/train_clip_batches.h"

namespace clipscope {

/// Text to video retrieval of the videos of `set` by their paragraphs: the mean of the embeddings of the middles of
/// `frames` equal parts of each video, whole pictures. Throws Cancelled, Error(Model).
RetrievalMetrics validateClip(const ClipModel& model, const TrainingSet& set, const TrainClipBatches& batches,
    const Tokenizer& tokenizer, int frames, const JobContext& context);

} // namespace clipscope
