// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/machine.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <sched.h>
#include <sstream>
#include <sys/resource.h>
#include <sys/types.h>
#include <system_error>
#include <unistd.h>

namespace clipscope {

namespace {

Machine readMachine()
{
    static const std::vector<std::string> kWanted = {"avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512vl",
        "avx512dq", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_bf16", "amx_int8"};
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

std::filesystem::path procFolder(pid_t process)
{
    return std::filesystem::path("/proc") / std::to_string(process);
}

/// This process, its children, their children, ...; those that end meanwhile drop out.
std::vector<pid_t> ownProcesses()
{
    std::vector<pid_t> out = {::getpid()};
    for (size_t i = 0; i < out.size(); ++i) {
        std::error_code ended;
        for (const auto& thread : std::filesystem::directory_iterator(procFolder(out[i]) / "task", ended)) {
            std::ifstream children(thread.path() / "children");
            for (pid_t child = 0; children >> child;)
                out.push_back(child);
        }
    }
    return out;
}

double cpuSecondsOf(pid_t process)
{
    clockid_t clock;
    timespec t{};
    return ::clock_getcpuclockid(process, &clock) == 0 && ::clock_gettime(clock, &t) == 0
        ? double(t.tv_sec) + 1e-9 * double(t.tv_nsec)
        : 0;
}

} // namespace

const Machine& machine()
{
    static const Machine known = readMachine();
    return known;
}

namespace {

KernelSets chooseKernelSets()
{
    KernelSets out;
#ifdef __x86_64__
    const auto all = [](std::initializer_list<const char*> flags) {
        return std::all_of(flags.begin(), flags.end(), cpuHas);
    };
    const bool wide = all({"avx512f", "avx512bw", "avx512vl", "avx512dq", "fma"});
    const bool plain = all({"avx2", "fma"});
    out.fp32 = wide ? "avx512" : plain ? "avx2" : "";
    out.int8 = wide && cpuHas("avx512_vnni") ? "avx512_vnni" : plain ? "avx2" : "";
    // Without the instructions bf16 is emulated, 40 times slower than fp32.
    out.bf16 = !plain ? "" : cpuHas("amx_bf16") ? "amx" : cpuHas("avx512_bf16") ? "avx512_bf16" : "";
#endif
    return out;
}

} // namespace

const KernelSets& kernelSets()
{
    static const KernelSets chosen = chooseKernelSets();
    return chosen;
}

std::string kernelNames()
{
    const KernelSets& sets = kernelSets();
    std::string out = "fp32 " + (sets.fp32.empty() ? "libtorch" : sets.fp32);
    if (!sets.int8.empty())
        out += ", int8 " + sets.int8;
    if (!sets.bf16.empty())
        out += ", bf16 " + sets.bf16;
    return out;
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
    // A child's seconds go from its own clock to this counter at the moment it is waited for.
    rusage ended{};
    getrusage(RUSAGE_CHILDREN, &ended);
    double sum = seconds(ended.ru_utime) + seconds(ended.ru_stime);
    for (const pid_t process : ownProcesses())
        sum += cpuSecondsOf(process);
    return sum;
}

int64_t peakMemoryBytes()
{
    int64_t bytes = 0;
    for (const pid_t process : ownProcesses()) {
        std::ifstream in(procFolder(process) / "status");
        for (std::string line; std::getline(in, line);)
            if (line.starts_with("VmHWM:"))
                bytes += 1024 * std::stoll(line.substr(6));
    }
    return bytes;
}

void forgetPeakMemory()
{
    for (const pid_t process : ownProcesses())
        std::ofstream(procFolder(process) / "clear_refs") << "5";
}

} // namespace clipscope
