// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace clipscope {

/// The processor's name and the instruction sets that matter to our kernels ("avx2", "fma", "avx512f", "avx512_vnni",
/// ...).
struct Machine {
    std::string processor;
    std::vector<std::string> cpuFlags;
    int cores = 1;
};

/// Read once from /proc/cpuinfo and the affinity mask.
const Machine& machine();
bool cpuHas(const std::string& flag);

/// The instruction sets in which the products of models run here: "avx512", "avx512_vnni", "avx2", "amx"; empty: none.
struct KernelSets {
    std::string fp32; ///< empty: LibTorch's own
    std::string int8;
    std::string bf16;
};
const KernelSets& kernelSets();
/// "fp32 avx512, int8 avx512_vnni": for the About box and run records.
std::string kernelNames();
/// "0.1.0 (commit abc1234)": what run records and --version print.
std::string codeVersion();
/// CPU seconds used so far by this process, all threads, and by its child processes, running ones and ended ones.
double processCpuSeconds();
/// The most memory (resident) that this process has had, and its running children beside it, since it started or since
/// forgetPeakMemory(); 0 where the system does not tell.
int64_t peakMemoryBytes();
void forgetPeakMemory();

} // namespace clipscope
