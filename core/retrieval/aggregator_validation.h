// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "retrieval/captioned_videos.h"
#include "retrieval/retrieval_metrics.h"

#include <array>
#include <vector>

namespace clipscope {

/// How well an aggregation ranks the videos of a validation split by their captions, with few frames and with many.
class AggregatorValidation {
public:
    static constexpr std::array kFrames = {1, 4, 12};

    struct Result {
        double meanReciprocalRank = 0; ///< mean over kFrames: one number that hardly ever ties
        std::vector<double> reciprocalRanks; ///< of each query, mean over kFrames
        std::array<RetrievalMetrics, kFrames.size()> textToVideo; ///< with kFrames[i] frames (inputs) a video
    };

    /// A thousand videos at most, evenly chosen. Encodes their captions. Throws what the encoder throws; Cancelled.
    AggregatorValidation(
        std::vector<CaptionedVideo> videos, Encoder& encoder, int framesPerClip, const JobContext& context);

    /// Whether `a` is better than `b` by more than chance would make of it: the mean difference of their queries
    /// exceeds its standard error.
    static bool isClearlyBetter(const Result& a, const Result& b);

    size_t videos() const { return m_videos.front().size(); }
    /// Throws Cancelled.
    Result measure(const Aggregator& aggregator, const JobContext& context) const;

private:
    std::array<std::vector<Matrix>, kFrames.size()> m_videos; ///< frames of each, for each of kFrames
    Matrix m_texts;
    std::vector<std::vector<int64_t>> m_truth; ///< the video of each text
};

} // namespace clipscope
