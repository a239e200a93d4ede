// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace clipscope {

/// What follows a product inside its tile.
enum class TileActivation { None, QuickGelu, Gelu, GeluTanh, Relu };

/// Rows of float32, or of uint8 with a scale and a zero point each: value = scale * (byte - zero).
struct PackedRows {
    const void* values = nullptr;
    int64_t stride = 0; ///< elements from row to row; of bytes a multiple of 4
    const float* scales = nullptr;
    const int32_t* zeros = nullptr;
};

/// out[m, n] = activation(rows * weight^T + bias) + add, for the panels [firstPanel, endPanel) of n.
struct PackedProduct {
    PackedRows rows;
    int64_t m = 0;
    int64_t n = 0;
    int64_t k = 0; ///< of bytes: padded to a multiple of 4
    /// Panels of PackedKernels::panel columns, padded with zeros: float [k][panel], or int8 [k / 4][panel][4].
    const void* panels = nullptr;
    int64_t firstPanel = 0;
    int64_t endPanel = 0;
    const float* bias = nullptr; ///< [n], or null
    const float* columnScales = nullptr; ///< int8: [n]
    const int32_t* columnSums = nullptr; ///< int8: [n], of the weights, for the rows' zero points
    TileActivation activation = TileActivation::None;
    const float* add = nullptr; ///< [m, n] with the stride of `out`, which it may be; or null
    float* out = nullptr;
    int64_t outStride = 0;
};

/// One head of one picture or text.
struct PackedHead {
    const float* q = nullptr; ///< [queries, size]
    const float* k = nullptr; ///< [keys, size]
    const float* v = nullptr; ///< [keys, size]; kPackedSlack numbers behind its last row may be read
    int64_t queryStride = 0;
    int64_t keyStride = 0; ///< of k and v
    int64_t queries = 0;
    int64_t keys = 0;
    int64_t size = 0;
    int64_t causalFrom = -1; ///< query i sees the keys [0, causalFrom + i]; negative: all
    float* out = nullptr; ///< [queries, size]
    int64_t outStride = 0;
    float* workspace = nullptr; ///< PackedKernels::workspace(keys, size) numbers, aligned to 64 bytes
};

/// Numbers that may be read (never used) behind the end of a buffer of rows.
constexpr int64_t kPackedSlack = 64;

/// The inner loops for one instruction set. Plain functions of one thread; each output number depends on its own row
/// alone and is summed in one order, so neither the batch nor the number of threads changes a bit.
struct PackedKernels {
    const char* name;
    int64_t panel; ///< columns of a panel
    int64_t weightLimit; ///< int8 weights lie in [-weightLimit, weightLimit], so that no sum of the kernel can overflow
    void (*multiplyFloats)(const PackedProduct&);
    void (*multiplyBytes)(const PackedProduct&);
    void (*attend)(const PackedHead&);
    int64_t (*workspace)(int64_t keys, int64_t size);
    /// Rows [m, width] -> (x - mean) / sqrt(variance + epsilon) * weight + bias.
    void (*layerNorm)(const float* rows, int64_t stride, int64_t m, int64_t width, const float* weight,
        const float* bias, float epsilon, float* out, int64_t outStride);
    /// Rows [m, width] -> bytes over each row's own range, in one pass over it; the bytes up to the stride are set too.
    void (*quantise)(const float* rows, int64_t stride, int64_t m, int64_t width, uint8_t* out, int64_t outStride,
        float* scales, int32_t* zeros);
};

/// Null on another architecture than x86-64. Only to be called where the processor has the instructions.
const PackedKernels* avx2Kernels();
/// Needs avx512f, avx512bw, avx512vl, avx512dq and, for bytes, avx512_vnni.
const PackedKernels* avx512Kernels();

} // namespace clipscope
