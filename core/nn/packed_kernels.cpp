// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/packed_kernels.h"

#include "base/error.h"
#include "base/machine.h"
#include "nn/packed_kernels_internal.h"
#include "nn/precision.h"

#include <algorithm>
#include <array>

namespace clipscope {

#ifndef CLIPSCOPE_X86_KERNELS
const PackedKernels* avx2Kernels()
{
    return nullptr;
}

const PackedKernels* avx512Kernels()
{
    return nullptr;
}
#endif

namespace {

constexpr std::array kWords{"fp32", "int8", "bf16"};

const PackedKernels* kernelsNamed(const std::string& set)
{
    return set.empty() ? nullptr : set == "avx2" ? avx2Kernels() : avx512Kernels();
}

} // namespace

KernelChoice bestKernels()
{
    return {kernelsNamed(kernelSets().fp32), kernelsNamed(kernelSets().int8)};
}

std::vector<const PackedKernels*> runnableKernels()
{
    std::vector<const PackedKernels*> out;
    if (bestKernels().floats)
        out.push_back(avx2Kernels()); // AVX-512 processors have AVX2
    if (kernelSets().int8 == "avx512_vnni")
        out.push_back(avx512Kernels());
    return out;
}

const char* toString(Precision precision)
{
    return kWords.at(size_t(precision));
}

Precision parsePrecision(const std::string& word)
{
    const auto found = std::find(kWords.begin(), kWords.end(), word);
    if (found == kWords.end())
        throw Error(ErrorKind::Input, "is no precision", word, "Use auto, fp32, int8 or bf16.");
    return Precision(found - kWords.begin());
}

const std::vector<Precision>& availablePrecisions()
{
    static const std::vector<Precision> available = [] {
        std::vector<Precision> out{Precision::Fp32};
        if (bestKernels().bytes)
            out.push_back(Precision::Int8);
        if (!kernelSets().bf16.empty())
            out.push_back(Precision::Bf16);
        return out;
    }();
    return available;
}

} // namespace clipscope
