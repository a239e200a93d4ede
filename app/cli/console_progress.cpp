// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_progress.h"

#include "base/text.h"
#include "text_table.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace clipscope {

namespace {

constexpr int64_t kDrawEveryMs = 100;
constexpr int64_t kLineEveryMs = 3000;
constexpr int kBarWidth = 24;
constexpr int kNarrow = 60; ///< below so many columns the bar itself is left out

int columnsOf(std::FILE* out)
{
    winsize size{};
    return ::ioctl(::fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string number(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, value < 10 ? "%.1f" : "%.0f", value);
    return text;
}

std::string rateText(double perSecond, const std::string& unit)
{
    if (unit == "bytes")
        return formatBytes(perSecond) + "/s";
    return perSecond >= 0.2 ? number(perSecond) + " " + unit + "/s" : number(perSecond * 60) + " " + unit + "/min";
}

std::string timeLeftText(double seconds)
{
    const long s = std::lround(std::min(seconds, 999.0 * 3600));
    char text[48];
    if (s >= 3600)
        std::snprintf(text, sizeof text, "%ld:%02ld:%02ld left", s / 3600, s / 60 % 60, s % 60);
    else
        std::snprintf(text, sizeof text, "%ld:%02ld left", s / 60, s % 60);
    return text;
}

std::string bar(double fraction)
{
    const auto full = size_t(std::clamp(fraction, 0.0, 1.0) * kBarWidth);
    std::string out = "[";
    out.append(full, '#').append(size_t(kBarWidth) - full, '-').append("] ");
    return out;
}

} // namespace

ConsoleProgress::Settings ConsoleProgress::settingsOf(std::FILE* out)
{
    const char* kind = std::getenv("TERM");
    Settings settings;
    settings.terminal = ::isatty(::fileno(out)) == 1 && kind && std::string(kind) != "dumb";
    settings.columns = 0;
    return settings;
}

ConsoleProgress::ConsoleProgress(std::FILE* out, std::string unit, Settings settings)
    : m_out(out)
    , m_unit(std::move(unit))
    , m_settings(std::move(settings))
    , m_startMs(now())
    , m_lastMs(m_startMs)
{
}

int64_t ConsoleProgress::now() const
{
    if (m_settings.nowMs)
        return m_settings.nowMs();
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

void ConsoleProgress::report(const Progress& progress)
{
    const std::lock_guard lock(m_mutex);
    if (m_finished)
        return;
    // Workers overtake each other between counting and reporting; only a new phase counts from zero again.
    if (progress.total == m_lastTotal && progress.done < m_lastDone && progress.done > 0)
        return;
    m_lastDone = progress.done;
    m_lastTotal = progress.total;
    const int64_t time = now();
    m_meter.add(time - m_startMs, progress.done, progress.total);
    if (m_settings.terminal) {
        const bool last = progress.total > 0 && progress.done >= progress.total;
        if (m_barShown && !last && time - m_lastMs < kDrawEveryMs)
            return;
        const int columns = m_settings.columns > 0 ? m_settings.columns : columnsOf(m_out);
        std::fprintf(m_out, "\r%s\x1b[K", line(progress, columns).c_str());
        m_barShown = true;
    } else {
        if (time - m_lastMs < kLineEveryMs)
            return;
        std::fprintf(m_out, "%s\n", line(progress, 0).c_str());
    }
    std::fflush(m_out);
    m_lastMs = time;
}

std::string ConsoleProgress::line(const Progress& progress, int columns) const
{
    const bool bytes = m_unit == "bytes";
    const auto count = [&](int64_t n) { return bytes ? formatBytes(double(n)) : std::to_string(n); };
    std::string out;
    if (progress.total > 0 || progress.done > 0) {
        if (progress.total > 0 && columns >= kNarrow)
            out += bar(double(progress.done) / double(progress.total));
        out += count(progress.done);
        if (progress.total > 0)
            out += (bytes ? " of " : "/") + count(progress.total);
        if (!bytes)
            out += " " + m_unit;
        if (const auto rate = m_meter.rate())
            out += "  " + rateText(*rate, m_unit);
        if (const auto left = m_meter.secondsLeft())
            out += "  " + timeLeftText(*left);
    }
    if (!progress.text.empty())
        out += (out.empty() ? "" : "  ") + printable(progress.text);
    // One column stays free: a full line would wrap.
    return columns > 0 ? cutToColumns(out, size_t(columns - 1)) : out;
}

void ConsoleProgress::log(LogLevel level, const std::string& text)
{
    const std::lock_guard lock(m_mutex);
    clearBar();
    std::fprintf(m_out, "%s%s\n", level == LogLevel::Warning ? "warning: " : "", printable(text).c_str());
    std::fflush(m_out);
}

void ConsoleProgress::clearBar()
{
    if (m_barShown)
        std::fputs("\r\x1b[K", m_out);
    m_barShown = false;
}

void ConsoleProgress::finish()
{
    const std::lock_guard lock(m_mutex);
    clearBar();
    std::fflush(m_out);
    m_finished = true;
}

} // namespace clipscope
