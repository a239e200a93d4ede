// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs/progress_meter.h"

namespace clipscope {

namespace {
constexpr int64_t kWindowMs = 10000;
constexpr int64_t kQuietMs = 2000;
constexpr double kQuietFraction = 0.02;
} // namespace

void ProgressMeter::add(int64_t nowMs, int64_t done, int64_t total)
{
    // A new phase counts from zero again: the old rate says nothing about it.
    if (!m_samples.empty() && (done < m_samples.back().done || total != m_total))
        m_samples.clear();
    if (m_startMs < 0)
        m_startMs = nowMs;
    m_total = total;
    m_samples.push_back({nowMs, done});
    while (m_samples.size() > 2 && nowMs - m_samples[1].ms >= kWindowMs)
        m_samples.pop_front();
}

std::optional<double> ProgressMeter::rate() const
{
    if (m_samples.size() < 2)
        return std::nullopt;
    const int64_t spanMs = m_samples.back().ms - m_samples.front().ms;
    const int64_t done = m_samples.back().done - m_samples.front().done;
    if (spanMs < 1000 || done <= 0)
        return std::nullopt;
    return double(done) * 1000 / double(spanMs);
}

std::optional<double> ProgressMeter::secondsLeft() const
{
    const std::optional<double> perSecond = rate();
    if (!perSecond || m_total <= 0 || m_samples.back().ms - m_startMs < kQuietMs)
        return std::nullopt;
    const int64_t done = m_samples.back().done;
    if (double(done) < kQuietFraction * double(m_total))
        return std::nullopt;
    return double(m_total - done) / *perSecond;
}

} // namespace clipscope
