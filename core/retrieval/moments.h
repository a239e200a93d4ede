// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace clipscope {

struct Moment {
    double startSec = 0;
    double endSec = 0;
    double peakSec = 0;
    double score = 0; ///< smoothed score at the peak
};

/// Mean of the scores within +- windowSec / 2 of each frame time.
std::vector<float> smoothScores(std::span<const double> timesSec, std::span<const float> scores, double windowSec = 1.5);

/// Moments of one video from its frame scores (smoothed): the best peak grown to half its height above the video's mean, then the
/// next best outside, at most `count`. Ends lie half-way between frames, inside [0, durationSec), startSec < endSec always.
std::vector<Moment> findMoments(std::span<const double> timesSec, std::span<const float> smoothed, double durationSec, int count);

} // namespace clipscope
