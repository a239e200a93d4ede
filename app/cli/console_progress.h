// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "jobs/progress_meter.h"

#include <cstdint>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>

namespace clipscope {

/// The sinks of a JobContext on a console. On a terminal one line is drawn over and over, at most ten times a second:
/// bar, count, rate, time left, what is being done. Elsewhere plain lines come at most every three seconds, the first
/// one after three seconds. Any thread. Control characters of file names never reach the terminal.
class ConsoleProgress {
public:
    struct Settings {
        bool terminal = false;
        int columns = 80; ///< of the terminal; 0: asked of `out` at each drawing
        std::function<int64_t()> nowMs; ///< empty: the steady clock
    };
    /// `unit` is what is counted ("videos"); "bytes" are shown as kB, MB, GB.
    ConsoleProgress(std::FILE* out, std::string unit, Settings settings);
    /// A terminal gets a bar, anything else plain lines.
    static Settings settingsOf(std::FILE* out);
    ~ConsoleProgress() { finish(); }

    void report(const Progress& progress);
    /// A line of its own; warnings begin with "warning: ".
    void log(LogLevel level, const std::string& text);
    /// Takes the bar away. Nothing is drawn afterwards.
    void finish();

private:
    int64_t now() const;
    std::string line(const Progress& progress, int columns) const;
    void clearBar();

    std::FILE* m_out;
    std::string m_unit;
    Settings m_settings;
    int64_t m_startMs;
    int64_t m_lastMs;
    int64_t m_lastDone = -1;
    int64_t m_lastTotal = -1;
    ProgressMeter m_meter;
    bool m_barShown = false;
    bool m_finished = false;
    std::mutex m_mutex;
};

} // namespace clipscope
