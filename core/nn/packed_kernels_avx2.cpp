// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/packed_kernels_body_internal.h"

#include <immintrin.h>

namespace clipscope {

namespace {

/// 16 registers of 8 numbers: 12 sums, two of the panel, one of the row; for bytes 8 sums, since two more are at work.
struct Avx2 {
    static constexpr int kLanes = 8, kFloatRows = 6, kByteRows = 4;
    using F = __m256;
    using I = __m256i;
    using Some = __m256i;

    static F all(float x) { return _mm256_set1_ps(x); }
    static F load(const float* p) { return _mm256_loadu_ps(p); }
    static void store(float* p, F x) { _mm256_storeu_ps(p, x); }
    static F add(F a, F b) { return _mm256_add_ps(a, b); }
    static F sub(F a, F b) { return _mm256_sub_ps(a, b); }
    static F mul(F a, F b) { return _mm256_mul_ps(a, b); }
    static F inverse(F a) { return _mm256_div_ps(_mm256_set1_ps(1.F), a); }
    static F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
    static F min(F a, F b) { return _mm256_min_ps(a, b); }
    static F max(F a, F b) { return _mm256_max_ps(a, b); }
    static F absolute(F a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.F), a); }
    static F round(F a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
    static F timesPowerOfTwo(F a, F n)
    {
        const I exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
        return _mm256_mul_ps(a, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
    }
    static float sum(F a)
    {
        __m128 half = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
        half = _mm_add_ps(half, _mm_movehl_ps(half, half));
        return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
    }
    static float largest(F a)
    {
        __m128 half = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
        half = _mm_max_ps(half, _mm_movehl_ps(half, half));
        return _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
    }

    static Some some(int64_t count)
    {
        const I lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        return _mm256_cmpgt_epi32(_mm256_set1_epi32(int32_t(count < kLanes ? count : kLanes)), lanes);
    }
    static F loadSome(const float* p, Some s) { return _mm256_maskload_ps(p, s); }
    static void storeSome(float* p, F x, Some s) { _mm256_maskstore_ps(p, s, x); }
    static F keepSome(F x, Some s) { return _mm256_and_ps(x, _mm256_castsi256_ps(s)); }
    static F maxSome(F a, F b, Some s) { return _mm256_blendv_ps(a, _mm256_max_ps(a, b), _mm256_castsi256_ps(s)); }

    static I allInts(int32_t x) { return _mm256_set1_epi32(x); }
    static I loadInts(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
    static void storeInts(int32_t* p, I x) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x); }
    static I loadSomeInts(const int32_t* p, Some s) { return _mm256_maskload_epi32(p, s); }
    static I subInts(I a, I b) { return _mm256_sub_epi32(a, b); }
    static I mulInts(I a, I b) { return _mm256_mullo_epi32(a, b); }
    static F toFloats(I a) { return _mm256_cvtepi32_ps(a); }
    static void accumulate(F& sum, F a, F b) { sum = _mm256_fmadd_ps(a, b, sum); }
    /// The pairs are summed in 16 bits with saturation; weights within +-63 cannot reach it (2 * 255 * 63 < 32768).
    static void dot(I& sum, I bytes, I weights)
    {
        const I pairs = _mm256_maddubs_epi16(bytes, weights);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    }
    static void storeBytes(uint8_t* p, F x, Some s)
    {
        const I whole = _mm256_and_si256(_mm256_cvtps_epi32(x), s);
        const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
        const int64_t eight = _mm_cvtsi128_si64(_mm_packus_epi16(words, words));
        const int count = __builtin_popcount(unsigned(_mm256_movemask_ps(_mm256_castsi256_ps(s))));
        __builtin_memcpy(p, &eight, size_t(count));
    }
};

constexpr PackedKernels kKernels = kernelsOf<Avx2>("avx2", 63);

} // namespace

const PackedKernels* avx2Kernels()
{
    return &kKernels;
}

} // namespace clipscope
