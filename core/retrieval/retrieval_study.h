// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/run_record.h"
#include "embedding/encoder.h"
#include "library/video_library.h"
#include "retrieval/train_clip.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace clipscope {

/// The grid of a study: every combination is measured.
struct RetrievalStudyOptions {
    std::vector<int> frames = {4}; ///< F: frames a clip, in training and in testing
    std::vector<int> clips = {1, 4}; ///< K: clips a video, whose embeddings are aggregated
    /// "mean", "query", "query:TAU", "parts:N", "transformer" (trained anew)
    std::vector<std::string> aggregations = {"mean"};
    std::vector<double> patchDropout = {.5}; ///< of the towers' training
    /// What stands still: "all" is the model as it is, on its stored embeddings; else words of ClipFreezing joined by
    /// '+' ("patch+token", "first:3", "none"), and the towers are trained from the model, F frames a clip.
    std::vector<std::string> freeze = {"all"};
    int seeds = 5; ///< of the trainings; seed s is the same in every combination
    uint64_t seed = 0;
    std::string trainSplit = "train";
    std::string testSplit = "test"; ///< empty: the whole library
    int64_t pictures = 40'000; ///< a training of the towers, whatever F: equal cost
    int aggregatorEpochs = 60;
    std::string device = "auto";
};

/// Partial result: one combination with one seed is measured.
struct RetrievalStudyCell {
    int row = 0; ///< of the record's "rows"
    int frames = 0;
    int clips = 0;
    std::string aggregation;
    double patchDropout = 0;
    std::string freeze;
    int seed = 0; ///< 0 to seeds - 1
    double r1 = 0; ///< text to video
    // Of the towers' training; 0 where none was trained.
    double secondsPerEpoch = 0;
    double picturesPerSecond = 0;
    double trainableParameters = 0;
};

/// Partial result: how a training of the towers stands, about once a second.
struct RetrievalStudyTraining {
    int frames = 0;
    double patchDropout = 0;
    std::string freeze;
    int seed = 0;
    TrainClipProgress progress;
};

/// Lindgren's study (papers sections 1.2 to 1.4, 1.8): retrieval on a captioned library for each combination of F, K,
/// aggregation, patch dropout and freezing, with paired seeds. `key` are the stored embeddings of `encoder`; trained
/// towers embed a scratch library in `work` with the same sampler. A video is seen in F * K frames, the middles of as
/// many equal parts of its stored ones; F consecutive ones are a clip (unit mean), and the K clips are aggregated.
///
/// The record ("study-retrieval") has "rows", one a combination: R@1, R@5, R@10, median and mean rank in both
/// directions with mean and sd over seeds, the 95 % interval of R@1 over the queries, seconds an epoch, pictures a
/// second and parameters that learn; "comparisons", the differences of R@1 that the thesis's findings F1 to F3 are
/// about and that of the Transformer to the mean, query by query, with their interval; "queries" and each row's "ranks"
/// for whoever wants to look at single videos; "trainings", each training of the towers with its "curve" (trainClip).
/// Where the library is a sample world, twins (same things, direction or order turned round) are counted apart too.
///
/// Combinations for which no video has enough stored frames are not measured but named ("leftOut").
///
/// Resumable: finished combinations stand in `work`, which is the caller's to keep or remove; the same call goes on.
/// Throws Error(Input) for options that do not fit the library or the model, what the trainings throw; Cancelled.
RunRecord studyRetrieval(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key,
    const RetrievalStudyOptions& options, const std::filesystem::path& work, JobContext& context);
/// A work folder among the caches, the same for the same study.
std::filesystem::path studyFolder(
    const VideoLibrary& library, const EmbeddingKey& key, const RetrievalStudyOptions& options);

} // namespace clipscope
