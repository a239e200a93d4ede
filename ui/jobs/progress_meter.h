// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace clipscope {

/// Rate and time left of a job from its progress reports. The clock is the caller's (milliseconds of running time,
/// pauses left out). The rate is that of the last ten seconds; the time left is hidden for the first two seconds and
/// below 2 %.
class ProgressMeter {
public:
    void add(int64_t nowMs, int64_t done, int64_t total);
    /// Units a second; nothing before one second has been seen.
    std::optional<double> rate() const;
    std::optional<double> secondsLeft() const;

private:
    struct Sample {
        int64_t ms = 0;
        int64_t done = 0;
    };
    std::deque<Sample> m_samples;
    int64_t m_startMs = -1;
    int64_t m_total = 0;
};

} // namespace clipscope
