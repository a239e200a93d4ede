// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/safetensors.h"

#include <bit>

namespace clipscope {

size_t sizeOf(DType type)
{
    switch (type) {
    case DType::F64:
    case DType::I64:
        return 8;
    case DType::F32:
    case DType::I32:
        return 4;
    case DType::F16:
    case DType::BF16:
    case DType::I16:
        return 2;
    case DType::I8:
    case DType::U8:
    case DType::Bool:
        return 1;
    }
    return 0;
}

const char* toString(DType type)
{
    switch (type) {
    case DType::F64:
        return "F64";
    case DType::F32:
        return "F32";
    case DType::F16:
        return "F16";
    case DType::BF16:
        return "BF16";
    case DType::I64:
        return "I64";
    case DType::I32:
        return "I32";
    case DType::I16:
        return "I16";
    case DType::I8:
        return "I8";
    case DType::U8:
        return "U8";
    case DType::Bool:
        return "BOOL";
    }
    return "?";
}

int64_t TensorView::elements() const
{
    int64_t n = 1;
    for (const int64_t size : shape)
        n *= size;
    return n;
}

float halfToFloat(uint16_t half)
{
    constexpr uint32_t kExponent = 0x7c00U << 13;
    uint32_t bits = (half & 0x7fffU) << 13;
    const uint32_t exponent = bits & kExponent;
    bits += (127U - 15U) << 23;
    if (exponent == kExponent) {
        bits += (128U - 16U) << 23; // infinity and NaN stay what they are
    } else if (exponent == 0) {
        // Subnormal: renormalised by a subtraction of normal numbers, which no flush-to-zero mode can spoil.
        bits += 1U << 23;
        bits = std::bit_cast<uint32_t>(std::bit_cast<float>(bits) - std::bit_cast<float>(113U << 23));
    }
    return std::bit_cast<float>(bits | (uint32_t(half & 0x8000U) << 16));
}

uint16_t floatToHalf(float value)
{
    constexpr uint32_t kInfinity = 255U << 23;
    constexpr uint32_t kBeyondHalf = (127U + 16U) << 23;
    constexpr uint32_t kSubnormalMagic = ((127U - 15U) + (23U - 10U) + 1U) << 23;
    uint32_t bits = std::bit_cast<uint32_t>(value);
    const uint32_t sign = bits & 0x80000000U;
    bits ^= sign;
    uint32_t half = 0;
    if (bits >= kBeyondHalf) {
        half = bits > kInfinity ? 0x7e00U : 0x7c00U;
    } else if (bits < (113U << 23)) {
        // The addition aligns the ten mantissa bits at the bottom and rounds them to nearest even.
        half = std::bit_cast<uint32_t>(std::bit_cast<float>(bits) + std::bit_cast<float>(kSubnormalMagic))
            - kSubnormalMagic;
    } else {
        const uint32_t odd = (bits >> 13) & 1U;
        bits -= (127U - 15U) << 23;
        bits += 0xfffU + odd;
        half = bits >> 13;
    }
    return uint16_t(half | (sign >> 16));
}

} // namespace clipscope
