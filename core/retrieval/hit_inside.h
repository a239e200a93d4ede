// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_record.h"

#include <optional>
#include <string>
#include <vector>

namespace clipscope {

/// What a video's score is made of: its frames, what the query says to each, what an aggregation makes of them, and the
/// videos whose vectors lie nearest.
struct HitInside {
    std::vector<double> timesSec; ///< of the embedded frames; empty: the video is not embedded
    /// Of the query for each frame, sum w+ cos - sum w- cos, not smoothed; empty where there is no query of pictures or
    /// words.
    std::vector<float> scores;
    /// Share of each frame in the video's score (Aggregator::weights), none below 0, sum 1. Of several terms the mean,
    /// each counting as much as its weight. Empty: see noWeights.
    std::vector<float> weights;
    std::string noWeights; ///< why there are none, a sentence
    /// The aggregated score of the whole video, as search() ranks by it; unset where the query is more than words.
    std::optional<double> videoScore;

    struct Neighbour {
        VideoId video = 0;
        double cosine = 0;
    };
    std::vector<Neighbour> neighbours; ///< without the video itself; best first, equal ones by path
    /// Which vectors the neighbours are compared by: a learned aggregation's, else the mean of the frames (their
    /// features where the encoder has them).
    bool neighboursByAggregation = false;
};

} // namespace clipscope
