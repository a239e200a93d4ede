// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace clipscope {

/// The processor's name and the instruction sets that matter to our kernels ("avx2", "fma", "avx512f", "avx512_vnni", ...).
struct Machine {
    std::string processor;
    std::vector<std::string> cpuFlags;
    int cores = 1;
};

/// Read once from /proc/cpuinfo and the affinity mask.
const Machine& machine();
bool cpuHas(const std::string& flag);
/// "0.1.0 (commit abc1234)": what run records and --version print.
std::string codeVersion();
/// CPU seconds used so far by this process, all threads, and by its child processes, running ones and ended ones.
double processCpuSeconds();
/// The most memory (resident) that this process has had, and its running children beside it, since it started or since
/// forgetPeakMemory(); 0 where the system does not tell.
int64_t peakMemoryBytes();
void forgetPeakMemory();

} // namespace clipscope
