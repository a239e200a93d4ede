// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "embedding/encoder.h"
#include "library/video_library.h"
#include "retrieval/retrieval_metrics.h"

#include "base/run_record.h"

namespace clipscope {

struct EvaluateOptions {
    std::string split; ///< empty = every embedded video
    std::string aggregation = "mean";
    int frames = 0; ///< 0 = all stored frames, else the middles of N equal parts of them
};

struct EvaluateResult {
    RetrievalMetrics textToVideo;
    RetrievalMetrics videoToText;
    int64_t videos = 0; ///< pool
    int64_t queries = 0;
};

/// Retrieval of a library's captions by embeddings alone (design section 9): timed captions of a video are joined in time order
/// to one query; untimed ones are alternative queries. Throws Error(Input) when no caption or no embedding is there.
EvaluateResult evaluateRetrieval(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key, const EvaluateOptions& options,
    JobContext& context);
/// The same as a run record, with the keys of the JSON contract.
RunRecord evaluateRun(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key, const EvaluateOptions& options,
    JobContext& context);

} // namespace clipscope
