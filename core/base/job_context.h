// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <any>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

namespace clipscope {

enum class LogLevel { Info, Warning };

/// `done` of `total` units (total 0: unknown), and one short phrase ("embedding bear.mp4").
struct Progress {
    int64_t done = 0;
    int64_t total = 0;
    std::string text;
};

/// What every slow core function takes last: a way to stop it, and sinks for progress, partial results and log lines.
/// A default context never stops and is silent. The sinks may be called from any worker thread, several at once, as
/// often as the work likes: a sink throttles itself and must be thread-safe.
struct JobContext {
    std::stop_token stop;
    uint64_t seed = 0;
    std::function<void(const Progress&)> onProgress;
    std::function<void(LogLevel, const std::string&)> onLog;
    /// Typed by the function that documents it (e.g. one finished video).
    std::function<void(const std::any&)> onPartial;
    /// Waits until the step that met a full disk is worth another try, and returns true; false gives it up. May be
    /// called from several threads at once. Unset: a full disk ends the job.
    std::function<bool(const DiskFull&)> onDiskFull;

    bool stopped() const { return stop.stop_requested(); }
    /// Called at every unit of work (batch, video, epoch). Throws Cancelled.
    void throwIfStopped() const
    {
        if (stopped())
            throw Cancelled();
    }
    /// Makes a step that writes, once more whenever it met a full disk and onDiskFull() says so. The step must leave
    /// nothing half done when it throws. Throws what the step throws; Cancelled.
    template <class Step> auto onceThereIsSpace(Step&& step) const
    {
        for (;;) {
            try {
                return step();
            } catch (const DiskFull& full) {
                if (!onDiskFull || !onDiskFull(full)) {
                    throwIfStopped();
                    throw;
                }
            }
            throwIfStopped();
        }
    }
    void progress(int64_t done, int64_t total, const std::string& text = {}) const
    {
        if (onProgress)
            onProgress({done, total, text});
    }
    void log(LogLevel level, const std::string& text) const
    {
        if (onLog)
            onLog(level, text);
    }
    void partial(const std::any& value) const
    {
        if (onPartial)
            onPartial(value);
    }
};

} // namespace clipscope
