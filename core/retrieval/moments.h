// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace clipscope {

struct Moment {
    double startSec = 0;
    double endSec = 0;
    double peakSec = 0;
    double score = 0; ///< smoothed score at the peak
};

/// Mean of the scores within +- windowSec / 2 of each frame time, both ends included. Times ascend, spacing is free.
std::vector<float> smoothScores(
    std::span<const double> timesSec, std::span<const float> scores, double windowSec = 1.5);

/// Moments of one video from its frame scores (smoothed): the best peak grown to half its height above the video's
/// mean, then the next best peak outside that still lies above the mean, at most `count`; moments never overlap. A peak
/// is a frame no worse than both its neighbours, the earliest of equals first. Ends lie half-way between frames, inside
/// [0, durationSec]; startSec < endSec always (a durationSec before the last frame counts as the last frame's time and
/// a little more).
std::vector<Moment> findMoments(
    std::span<const double> timesSec, std::span<const float> smoothed, double durationSec, int count);

/// The moment grown in the same way around one given frame. Throws Error(Internal) when there is no such frame.
Moment momentAround(std::span<const double> timesSec, std::span<const float> smoothed, double durationSec, size_t peak);

} // namespace clipscope
