// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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
/// CPU seconds used so far by this process, all threads, and by its children (decoding runs in some), dead and alive.
double processCpuSeconds();

} // namespace clipscope
