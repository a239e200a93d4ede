// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aggregation/aggregator.h"
#include "base/run_record.h"
#include "embedding/encoder.h"
#include "library/video_library.h"
#include "retrieval/retrieval_metrics.h"

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

/// The score of each text (unit rows, not yet mapped) against each video (its frames): [texts, videos]. Throws
/// Cancelled.
Matrix aggregatedScores(
    const Aggregator& aggregator, std::span<const Matrix> videos, const Matrix& texts, const JobContext& context);
/// scores [texts, videos], videoOf[t] = the video of text t: the rank of each video that has texts, the best one of its
/// own counting. A few videos at a time: the whole table turned round would need its memory twice. Throws Cancelled.
std::vector<int64_t> videoToTextRanks(
    const Matrix& scores, const std::vector<int64_t>& videoOf, const JobContext& context);

} // namespace clipscope
