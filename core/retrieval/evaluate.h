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
    int frames = 0; ///< 0 = all stored frames, else the middles of N equal parts of them (all where there are fewer)
};

struct EvaluateResult {
    RetrievalMetrics textToVideo;
    RetrievalMetrics videoToText;
    int64_t videos = 0; ///< pool
    int64_t queries = 0;
    std::vector<int64_t> textToVideoRanks; ///< of each query
    std::vector<int64_t> videoToTextRanks; ///< of each video that has texts
    std::string dataHash; ///< of the videos in the pool and their texts
};

/// Retrieval of a library's captions by embeddings alone (design section 9): timed captions of a video are joined in
/// time order, with spaces, to one query (what exceeds the text tower's context is cut by its tokenizer); untimed ones
/// are alternative queries. Subtitles are no captions. The pool is every embedded video of the split, with or without
/// captions. Video to text: the queries of all videos are the candidates; the best rank of a video's own counts.
/// Throws Error(Input) when no caption, no embedding or no such aggregation is there, Error(Model) when the encoder is
/// another one than the embeddings were made with, what the encoder throws, Cancelled.
EvaluateResult evaluateRetrieval(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key,
    const EvaluateOptions& options, JobContext& context);
/// The same as a run record ("evaluate"), with the keys of the JSON contract.
RunRecord evaluateRun(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key, const EvaluateOptions& options,
    JobContext& context);

/// The places of `count` of `stored` frames: the middles of `count` equal parts, all of them where count is 0 or not
/// below `stored`.
std::vector<size_t> middleFrames(size_t stored, int count);

} // namespace clipscope
