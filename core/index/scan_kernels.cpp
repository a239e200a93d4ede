// SPDX-License-Identifier: GPL-3.0-or-later
#include "index/scan_kernels.h"

#include <vector>

// This file is compiled once an instruction set: foreach_target.h includes it again and again. AVX-512 with VNNI is
// left out unless it is asked for.
#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "index/scan_kernels.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#if HWY_TARGET == HWY_AVX3_DL

// Highway 1.0 has no operation for VNNI, which multiplies and adds four pairs of bytes a lane, and its AVX3_DL leaves
// the 512-bit form out of what the compiler may use.
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512vnni")
namespace clipscope::HWY_NAMESPACE {

/// Bytes: memory answers late in shared caches, and the processor looks ahead to the end of a page only.
constexpr size_t kAhead = 2048;

template <size_t Rows>
inline __attribute__((always_inline)) void vnniDotsOf(
    const uint8_t* codes, size_t bytes, const int8_t* query, int32_t* out)
{
    __m512i sum[Rows];
    for (size_t r = 0; r < Rows; ++r)
        sum[r] = _mm512_setzero_si512();
    for (size_t j = 0; j < bytes; j += kCodeStep) {
        const __m512i q = _mm512_loadu_si512(query + j);
        for (size_t r = 0; r < Rows; ++r) {
            _mm_prefetch(reinterpret_cast<const char*>(codes + r * bytes + j + kAhead), _MM_HINT_T0);
            sum[r] = _mm512_dpbusd_epi32(sum[r], _mm512_loadu_si512(codes + r * bytes + j), q);
        }
    }
    for (size_t r = 0; r < Rows; ++r)
        out[r] = _mm512_reduce_add_epi32(sum[r]);
}

void VnniDots(const uint8_t* codes, size_t count, size_t bytes, const int8_t* query, int32_t* out)
{
    size_t i = 0;
    for (; i + 4 <= count; i += 4)
        vnniDotsOf<4>(codes + i * bytes, bytes, query, out + i);
    for (; i < count; ++i)
        vnniDotsOf<1>(codes + i * bytes, bytes, query, out + i);
}

} // namespace clipscope::HWY_NAMESPACE
#pragma GCC pop_options

#endif

HWY_BEFORE_NAMESPACE();
namespace clipscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Sums of `Rows` rows at once: the query is loaded once for all of them, and the sums do not wait for each other.
template <size_t Rows>
HWY_INLINE void floatDotsOf(const float* HWY_RESTRICT rows, size_t dim, const float* HWY_RESTRICT query, float* out)
{
    const hn::ScalableTag<float> d;
    const size_t lanes = hn::Lanes(d);
    hn::Vec<decltype(d)> even[Rows];
    hn::Vec<decltype(d)> odd[Rows];
    for (size_t r = 0; r < Rows; ++r)
        even[r] = odd[r] = hn::Zero(d);
    size_t j = 0;
    for (; j + 2 * lanes <= dim; j += 2 * lanes) {
        const auto q0 = hn::LoadU(d, query + j);
        const auto q1 = hn::LoadU(d, query + j + lanes);
        for (size_t r = 0; r < Rows; ++r) {
            even[r] = hn::MulAdd(q0, hn::LoadU(d, rows + r * dim + j), even[r]);
            odd[r] = hn::MulAdd(q1, hn::LoadU(d, rows + r * dim + j + lanes), odd[r]);
        }
    }
    for (size_t r = 0; r < Rows; ++r) {
        float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(even[r], odd[r])));
        for (size_t k = j; k < dim; ++k)
            sum += rows[r * dim + k] * query[k];
        out[r] = sum;
    }
}

void FloatDots(const float* rows, size_t count, size_t dim, const float* query, float* out)
{
    size_t i = 0;
    for (; i + 4 <= count; i += 4)
        floatDotsOf<4>(rows + i * dim, dim, query, out + i);
    for (; i < count; ++i)
        floatDotsOf<1>(rows + i * dim, dim, query, out + i);
}

/// Bytes widened to 16 bits: no product saturates, so every instruction set gives the same sum. `wide` is the query
/// widened once.
template <size_t Rows>
HWY_INLINE void codeDotsOf(
    const uint8_t* HWY_RESTRICT codes, size_t bytes, const int16_t* HWY_RESTRICT wide, int32_t* out)
{
    const hn::ScalableTag<int16_t> d16;
    const hn::Repartition<int32_t, decltype(d16)> d32;
    const hn::Rebind<uint8_t, decltype(d16)> d8;
    const size_t lanes = hn::Lanes(d16);
    hn::Vec<decltype(d32)> low[Rows];
    hn::Vec<decltype(d32)> high[Rows];
    for (size_t r = 0; r < Rows; ++r)
        low[r] = high[r] = hn::Zero(d32);
    for (size_t j = 0; j < bytes; j += lanes) {
        const auto q = hn::LoadU(d16, wide + j);
        for (size_t r = 0; r < Rows; ++r) {
            const auto c = hn::PromoteTo(d16, hn::LoadU(d8, codes + r * bytes + j));
            low[r] = hn::ReorderWidenMulAccumulate(d32, c, q, low[r], high[r]);
        }
    }
    for (size_t r = 0; r < Rows; ++r)
        out[r] = hn::GetLane(hn::SumOfLanes(d32, hn::Add(low[r], high[r])));
}

void CodeDots(const uint8_t* codes, size_t count, size_t bytes, const int8_t* query, int32_t* out)
{
#if HWY_TARGET == HWY_AVX3_DL
    if (__builtin_cpu_supports("avx512vnni"))
        return VnniDots(codes, count, bytes, query, out);
#endif
    const std::vector<int16_t> wide(query, query + bytes);
    size_t i = 0;
    for (; i + 4 <= count; i += 4)
        codeDotsOf<4>(codes + i * bytes, bytes, wide.data(), out + i);
    for (; i < count; ++i)
        codeDotsOf<1>(codes + i * bytes, bytes, wide.data(), out + i);
}

void CodeSum(const uint8_t* HWY_RESTRICT codes, size_t count, size_t bytes, const float* HWY_RESTRICT weights,
    float* HWY_RESTRICT out)
{
    const hn::ScalableTag<float> d;
    const hn::Rebind<int32_t, decltype(d)> d32;
    const hn::Rebind<uint8_t, decltype(d)> d8;
    const size_t lanes = hn::Lanes(d);
    // Four registers of sums stay while the rows pass by; kCodeStep is a multiple of them on every instruction set.
    for (size_t j = 0; j < bytes; j += 4 * lanes) {
        hn::Vec<decltype(d)> sums[4];
        for (auto& sum : sums)
            sum = hn::Zero(d);
        for (size_t i = 0; i < count; ++i) {
            const auto w = hn::Set(d, weights[i]);
            const uint8_t* c = codes + i * bytes + j;
            for (size_t s = 0; s < 4; ++s) {
                const auto v = hn::ConvertTo(d, hn::PromoteTo(d32, hn::LoadU(d8, c + s * lanes)));
                sums[s] = hn::MulAdd(w, hn::Sub(v, hn::Set(d, 128.F)), sums[s]);
            }
        }
        for (size_t s = 0; s < 4; ++s)
            hn::StoreU(sums[s], d, out + j + s * lanes);
    }
}

} // namespace clipscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace clipscope {

HWY_EXPORT(FloatDots);
HWY_EXPORT(CodeDots);
HWY_EXPORT(CodeSum);

void floatDots(const float* rows, size_t count, size_t dim, const float* query, float* out)
{
    HWY_DYNAMIC_DISPATCH(FloatDots)(rows, count, dim, query, out);
}

void codeDots(const uint8_t* codes, size_t count, size_t bytes, const int8_t* query, int32_t* out)
{
    HWY_DYNAMIC_DISPATCH(CodeDots)(codes, count, bytes, query, out);
}

void codeSum(const uint8_t* codes, size_t count, size_t bytes, const float* weights, float* out)
{
    HWY_DYNAMIC_DISPATCH(CodeSum)(codes, count, bytes, weights, out);
}

std::string scanInstructions()
{
    const int64_t targets = hwy::SupportedTargets() & HWY_TARGETS; // asks the processor: slow in a virtual machine
    // The best one is the lowest bit.
    return hwy::TargetName(targets & -targets);
}

} // namespace clipscope

#endif
