// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/disk_steps.h"

#include <atomic>
#include <cerrno>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>

namespace clipscope::test {

/// While it lives, the steps of core that change the disk are counted, and one fails. Nothing runs when it is made or
/// goes. One at a time.
class FailingDisk {
public:
    enum class Way {
        Once, ///< the N-th step fails
        Lasting, ///< the N-th and all behind it, as on a full disk
        Dies ///< the process is gone before the N-th step: to be used in inChild()
    };
    /// `nth` 0: only counts.
    explicit FailingDisk(int nth, Way way = Way::Once, int error = EIO)
    {
        s_steps = 0;
        s_nth = nth;
        s_way = way;
        s_error = error;
        diskFault = [](DiskStep) { return step(); };
    }
    ~FailingDisk()
    {
        diskFault = nullptr;
        s_nth = 0;
    }
    FailingDisk(const FailingDisk&) = delete;
    FailingDisk& operator=(const FailingDisk&) = delete;

    static int steps() { return s_steps; }
    /// One more step: 0, or the errno with which it fails. Also what SQLite's steps ask (failing_vfs.h).
    static int step()
    {
        const int number = ++s_steps;
        const int nth = s_nth;
        if (nth == 0 || number < nth || (number > nth && s_way != Way::Lasting))
            return 0;
        if (s_way == Way::Dies)
            ::_exit(kDied);
        return s_error;
    }

    static constexpr int kDied = 9;

private:
    static inline std::atomic<int> s_steps = 0;
    static inline std::atomic<int> s_nth = 0;
    static inline std::atomic<int> s_error = EIO;
    static inline std::atomic<Way> s_way = Way::Once;
};

/// Runs `work` in a child process; its exit status: 0, 1 after an exception, FailingDisk::kDied.
inline int inChild(const std::function<void()>& work)
{
    const pid_t child = ::fork();
    if (child == 0) {
        try {
            work();
        } catch (...) {
            ::_exit(1);
        }
        ::_exit(0);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace clipscope::test
