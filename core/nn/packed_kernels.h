// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

namespace clipscope {

struct PackedKernels;

/// The kernels that kernelSets() names.
struct KernelChoice {
    const PackedKernels* floats = nullptr; ///< null: none for this processor, LibTorch computes
    const PackedKernels* bytes = nullptr;
};
KernelChoice bestKernels();
/// Every set this processor can run ("avx2", "avx512"), the plainest first; for tests.
std::vector<const PackedKernels*> runnableKernels();

} // namespace clipscope
