// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/packed_kernels_body_internal.h"

#include <immintrin.h>

namespace clipscope {

namespace {

/// 32 registers of 16 numbers: 28 sums, two of the panel, one of the row.
struct Avx512 {
    static constexpr int kLanes = 16, kFloatRows = 14, kByteRows = 14;
    using F = __m512;
    using I = __m512i;
    using Some = __mmask16;

    static F all(float x) { return _mm512_set1_ps(x); }
    static F load(const float* p) { return _mm512_loadu_ps(p); }
    static void store(float* p, F x) { _mm512_storeu_ps(p, x); }
    static F add(F a, F b) { return _mm512_add_ps(a, b); }
    static F sub(F a, F b) { return _mm512_sub_ps(a, b); }
    static F mul(F a, F b) { return _mm512_mul_ps(a, b); }
    /// 14 bits and one step of Newton's: a third of a division's time.
    static F inverse(F a)
    {
        const F guess = _mm512_rcp14_ps(a);
        return _mm512_fmadd_ps(guess, _mm512_fnmadd_ps(a, guess, _mm512_set1_ps(1.F)), guess);
    }
    static F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
    static F min(F a, F b) { return _mm512_min_ps(a, b); }
    static F max(F a, F b) { return _mm512_max_ps(a, b); }
    static F absolute(F a) { return _mm512_abs_ps(a); }
    static F round(F a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
    static F timesPowerOfTwo(F a, F n) { return _mm512_scalef_ps(a, n); }
    static float sum(F a) { return _mm512_reduce_add_ps(a); }
    static float largest(F a) { return _mm512_reduce_max_ps(a); }

    static Some some(int64_t count) { return count >= kLanes ? Some(0xffff) : Some((1U << count) - 1); }
    static F loadSome(const float* p, Some s) { return _mm512_maskz_loadu_ps(s, p); }
    static void storeSome(float* p, F x, Some s) { _mm512_mask_storeu_ps(p, s, x); }
    static F keepSome(F x, Some s) { return _mm512_maskz_mov_ps(s, x); }
    static F maxSome(F a, F b, Some s) { return _mm512_mask_max_ps(a, s, a, b); }

    static I allInts(int32_t x) { return _mm512_set1_epi32(x); }
    static I loadInts(const void* p) { return _mm512_loadu_si512(p); }
    static void storeInts(int32_t* p, I x) { _mm512_storeu_si512(p, x); }
    static I loadSomeInts(const int32_t* p, Some s) { return _mm512_maskz_loadu_epi32(s, p); }
    static I subInts(I a, I b) { return _mm512_sub_epi32(a, b); }
    static I mulInts(I a, I b) { return _mm512_mullo_epi32(a, b); }
    static F toFloats(I a) { return _mm512_cvtepi32_ps(a); }
    // By hand, since GCC 12 moves the 28 sums about and spills some of them (a third of the speed).
    static void accumulate(F& sum, F a, F b) { __asm__("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b)); }
    static void dot(I& sum, I bytes, I weights)
    {
        __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(bytes), "v"(weights));
    }
    static void storeBytes(uint8_t* p, F x, Some s)
    {
        const I whole = _mm512_max_epi32(_mm512_cvtps_epi32(x), _mm512_setzero_si512());
        _mm512_mask_cvtusepi32_storeu_epi8(p, s, whole);
    }
};

constexpr PackedKernels kKernels = kernelsOf<Avx512>("avx512", 127);

} // namespace

const PackedKernels* avx512Kernels()
{
    return &kKernels;
}

} // namespace clipscope
