// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace clipscope {

/// The inner loops of the scans, each compiled for every instruction set and chosen when the program runs. A row's
/// result does not depend on the rows beside it. Integer sums are the same everywhere; float sums differ between
/// instruction sets in their last digits.

/// A row of codes is as long as its dimension rounded up to this many bytes.
inline constexpr size_t kCodeStep = 64;
inline size_t codeBytes(size_t dim)
{
    return (dim + kCodeStep - 1) / kCodeStep * kCodeStep;
}

/// out[i] = sum_j rows[i * dim + j] * query[j].
void floatDots(const float* rows, size_t count, size_t dim, const float* query, float* out);
/// out[i] = sum_j codes[i * bytes + j] * query[j]; bytes a multiple of kCodeStep and below 2^16, so that no sum
/// overflows.
void codeDots(const uint8_t* codes, size_t count, size_t bytes, const int8_t* query, int32_t* out);
/// out[j] = sum_i weights[i] * (codes[i * bytes + j] - 128), j < bytes.
void codeSum(const uint8_t* codes, size_t count, size_t bytes, const float* weights, float* out);

/// The instruction set that runs here: "AVX3_DL" (AVX-512 with VNNI), "AVX3", "AVX2", "SSE4", "NEON", ...
std::string scanInstructions();

} // namespace clipscope
