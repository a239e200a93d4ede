// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/low_priority.h"

#include <cerrno>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace clipscope {

namespace {

constexpr int kNice = 10;
// linux/ioprio.h, which not every system's headers bring.
constexpr int kProcess = 1;
constexpr int kClassShift = 13;
constexpr int kBestEffort = 2;
constexpr int kLastOfClass = 7;

} // namespace

bool setLowPriority(bool low)
{
    // On Linux a nice value belongs to a thread, whatever POSIX says; 0 names the calling one.
    errno = 0;
    const int now = ::getpriority(PRIO_PROCESS, 0);
    const int wanted = low ? kNice : 0;
    const bool here = errno == 0 && (low ? now >= wanted : now <= wanted);
    const bool done = here || ::setpriority(PRIO_PROCESS, 0, wanted) == 0;
    // Class 0 takes the disk's priority from the nice value again. Without it the work is only as fast as any other.
    ::syscall(SYS_ioprio_set, kProcess, 0, low ? kBestEffort << kClassShift | kLastOfClass : 0);
    return done;
}

} // namespace clipscope
