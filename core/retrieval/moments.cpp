// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/moments.h"

#include "base/error.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace clipscope {

namespace {

constexpr double kShortestSec = 0.04; ///< a moment is never shorter than one frame of a 25 fps film

void checkSizes(size_t times, size_t scores)
{
    if (times != scores)
        throw Error(ErrorKind::Internal,
            std::to_string(scores) + " frame scores do not fit " + std::to_string(times) + " times");
}

double meanOf(std::span<const float> scores)
{
    double sum = 0;
    for (const float s : scores)
        sum += s;
    return sum / double(scores.size());
}

/// Frames [low, high] that score at least half the peak's height above the mean, without entering taken ones.
struct FrameRange {
    size_t low = 0;
    size_t high = 0;
};

FrameRange grow(std::span<const float> smoothed, double mean, size_t peak, const std::vector<bool>& taken)
{
    // The slack lets equal scores count as equal although their mean is rounded.
    const double slack = 1e-7 * std::max(1.0, std::fabs(double(smoothed[peak])));
    const double half = mean + .5 * (double(smoothed[peak]) - mean) - slack;
    FrameRange r = {peak, peak};
    while (r.low > 0 && !taken[r.low - 1] && double(smoothed[r.low - 1]) >= half)
        --r.low;
    while (r.high + 1 < smoothed.size() && !taken[r.high + 1] && double(smoothed[r.high + 1]) >= half)
        ++r.high;
    return r;
}

/// Half-way to the neighbours; before the first and after the last frame, half their distance to the next one.
Moment momentOf(
    std::span<const double> timesSec, std::span<const float> smoothed, double durationSec, FrameRange r, size_t peak)
{
    const size_t n = timesSec.size();
    double duration = std::isfinite(durationSec) ? durationSec : 0;
    duration = std::max(duration, std::max(timesSec[n - 1], 0.0) + (durationSec > timesSec[n - 1] ? 0 : kShortestSec));
    Moment m;
    m.score = smoothed[peak];
    if (r.low > 0)
        m.startSec = (timesSec[r.low - 1] + timesSec[r.low]) / 2;
    else if (n > 1)
        m.startSec = timesSec[0] - (timesSec[1] - timesSec[0]) / 2;
    if (r.high + 1 < n)
        m.endSec = (timesSec[r.high] + timesSec[r.high + 1]) / 2;
    else if (n > 1)
        m.endSec = timesSec[n - 1] + (timesSec[n - 1] - timesSec[n - 2]) / 2;
    else
        m.endSec = duration;
    m.startSec = std::clamp(m.startSec, 0.0, duration);
    m.endSec = std::clamp(m.endSec, 0.0, duration);
    // Frames shown at one and the same time (very short clips) would leave nothing between their middles.
    if (m.endSec - m.startSec < kShortestSec) {
        m.endSec = std::min(duration, m.startSec + kShortestSec);
        m.startSec = std::max(0.0, m.endSec - kShortestSec);
    }
    m.peakSec = std::clamp(timesSec[peak], m.startSec, m.endSec);
    return m;
}

} // namespace

std::vector<float> smoothScores(std::span<const double> timesSec, std::span<const float> scores, double windowSec)
{
    checkSizes(timesSec.size(), scores.size());
    const double reach = std::max(windowSec, 0.0) / 2 + 1e-9;
    std::vector<float> out(scores.size());
    size_t low = 0;
    size_t high = 0;
    for (size_t i = 0; i < scores.size(); ++i) {
        while (low < i && timesSec[i] - timesSec[low] > reach)
            ++low;
        high = std::max(high, i + 1);
        while (high < scores.size() && timesSec[high] - timesSec[i] <= reach)
            ++high;
        out[i] = float(meanOf(scores.subspan(low, high - low)));
    }
    return out;
}

Moment momentAround(std::span<const double> timesSec, std::span<const float> smoothed, double durationSec, size_t peak)
{
    checkSizes(timesSec.size(), smoothed.size());
    if (peak >= smoothed.size())
        throw Error(ErrorKind::Internal, "a moment grows around a frame of its video");
    const std::vector<bool> taken(smoothed.size());
    return momentOf(timesSec, smoothed, durationSec, grow(smoothed, meanOf(smoothed), peak, taken), peak);
}

std::vector<Moment> findMoments(
    std::span<const double> timesSec, std::span<const float> smoothed, double durationSec, int count)
{
    checkSizes(timesSec.size(), smoothed.size());
    std::vector<Moment> out;
    if (smoothed.empty())
        return out;
    const double mean = meanOf(smoothed);
    std::vector<size_t> peaks;
    for (size_t i = 0; i < smoothed.size(); ++i) {
        const bool risesLeft = i == 0 || smoothed[i] >= smoothed[i - 1];
        const bool risesRight = i + 1 == smoothed.size() || smoothed[i] >= smoothed[i + 1];
        if (risesLeft && risesRight)
            peaks.push_back(i);
    }
    std::stable_sort(peaks.begin(), peaks.end(), [&](size_t a, size_t b) { return smoothed[a] > smoothed[b]; });
    std::vector<bool> taken(smoothed.size());
    for (const size_t peak : peaks) {
        if (int64_t(out.size()) >= count)
            break;
        if (taken[peak])
            continue;
        if (!out.empty() && double(smoothed[peak]) <= mean)
            break; // below the mean nothing stands out
        const FrameRange r = grow(smoothed, mean, peak, taken);
        std::fill(taken.begin() + long(r.low), taken.begin() + long(r.high) + 1, true);
        out.push_back(momentOf(timesSec, smoothed, durationSec, r, peak));
    }
    return out;
}

} // namespace clipscope
