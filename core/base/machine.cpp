// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/machine.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <sys/resource.h>
#include <sys/types.h>
#include <system_error>

namespace clipscope {

namespace {

Machine readMachine()
{
    static const std::vector<std::string> kWanted
        = {"avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_bf16", "amx_int8"};
    Machine out;
    std::ifstream in("/proc/cpuinfo");
    for (std::string line; std::getline(in, line);) {
        const size_t colon = line.find(':');
        if (colon == std::string::npos)
            continue;
        if (line.starts_with("model name") && out.processor.empty() && colon + 2 <= line.size())
            out.processor = line.substr(colon + 2);
        if (line.starts_with("flags") && out.cpuFlags.empty()) {
            std::istringstream flags(line.substr(colon + 1));
            for (std::string flag; flags >> flag;)
                if (std::find(kWanted.begin(), kWanted.end(), flag) != kWanted.end())
                    out.cpuFlags.push_back(flag);
        }
    }
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        out.cores = std::max(1, CPU_COUNT(&set));
    return out;
}

double seconds(const timeval& t)
{
    return double(t.tv_sec) + 1e-6 * double(t.tv_usec);
}

double usedBy(int who)
{
    rusage usage {};
    getrusage(who, &usage);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Of the children that still run; the kernel lists them by the thread that started them.
double usedByRunningChildren()
{
    double sum = 0;
    std::error_code ignored;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", ignored)) {
        std::ifstream in(thread.path() / "children");
        for (pid_t child = 0; in >> child;) {
            clockid_t clock = 0;
            timespec used {};
            if (clock_getcpuclockid(child, &clock) == 0 && clock_gettime(clock, &used) == 0)
                sum += double(used.tv_sec) + 1e-9 * double(used.tv_nsec);
        }
    }
    return sum;
}

} // namespace

const Machine& machine()
{
    static const Machine known = readMachine();
    return known;
}

bool cpuHas(const std::string& flag)
{
    const auto& flags = machine().cpuFlags;
    return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

std::string codeVersion()
{
    return CLIPSCOPE_VERSION;
}

double processCpuSeconds()
{
    return usedBy(RUSAGE_SELF) + usedBy(RUSAGE_CHILDREN) + usedByRunningChildren();
}

} // namespace clipscope
