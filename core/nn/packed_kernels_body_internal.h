// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The inner loops, written once over a type `Set` that names an instruction set's registers. Included by one source
// file an instruction set, each compiled with its own flags: everything lives in an unnamed namespace and uses nothing
// of the standard library, so that no function compiled for a newer processor can be linked into code for an older one.

#include "nn/packed_kernels_internal.h"

namespace clipscope {

namespace {

template <class T> inline T lesser(T a, T b)
{
    return b < a ? b : a;
}

template <class T> inline T greater(T a, T b)
{
    return a < b ? b : a;
}

/// e^x for x <= 88; 0 far below. Relative error below 2e-7 (Cephes' polynomial).
template <class Set> inline typename Set::F exponential(typename Set::F x)
{
    x = Set::max(x, Set::all(-87.F));
    x = Set::min(x, Set::all(88.F));
    const typename Set::F n = Set::round(Set::mul(x, Set::all(1.44269504088896341F)));
    typename Set::F r = Set::fma(n, Set::all(-.693359375F), x);
    r = Set::fma(n, Set::all(2.12194440e-4F), r);
    typename Set::F p = Set::all(1.9875691500e-4F);
    p = Set::fma(p, r, Set::all(1.3981999507e-3F));
    p = Set::fma(p, r, Set::all(8.3334519073e-3F));
    p = Set::fma(p, r, Set::all(4.1665795894e-2F));
    p = Set::fma(p, r, Set::all(1.6666665459e-1F));
    p = Set::fma(p, r, Set::all(5.0000001201e-1F));
    p = Set::fma(Set::mul(p, r), r, Set::add(r, Set::all(1.F)));
    return Set::timesPowerOfTwo(p, n);
}

/// x * sigmoid(y)
template <class Set> inline typename Set::F gated(typename Set::F x, typename Set::F y)
{
    return Set::mul(x, Set::inverse(Set::add(Set::all(1.F), exponential<Set>(Set::sub(Set::all(0.F), y)))));
}

template <class Set> inline typename Set::F activated(TileActivation activation, typename Set::F x)
{
    using F = typename Set::F;
    switch (activation) {
    case TileActivation::None:
        return x;
    case TileActivation::Relu:
        return Set::max(x, Set::all(0.F));
    case TileActivation::QuickGelu:
        return gated<Set>(x, Set::mul(x, Set::all(1.702F)));
    case TileActivation::GeluTanh: {
        // tanh(y) = 2 sigmoid(2y) - 1, so x (1 + tanh(y)) / 2 = x sigmoid(2y).
        const F inner = Set::fma(Set::mul(Set::mul(x, x), x), Set::all(.044715F), x);
        return gated<Set>(x, Set::mul(inner, Set::all(1.5957691216057308F)));
    }
    case TileActivation::Gelu: {
        // erfc(|z|) by Abramowitz and Stegun 7.1.26 (1.5e-7), taken where it is small: no cancellation for x << 0.
        const F z = Set::mul(Set::absolute(x), Set::all(.70710678118654752F));
        const F t = Set::inverse(Set::fma(z, Set::all(.3275911F), Set::all(1.F)));
        F p = Set::all(1.061405429F);
        p = Set::fma(p, t, Set::all(-1.453152027F));
        p = Set::fma(p, t, Set::all(1.421413741F));
        p = Set::fma(p, t, Set::all(-.284496736F));
        p = Set::fma(p, t, Set::all(.254829592F));
        const F tail = Set::mul(Set::mul(p, t), exponential<Set>(Set::sub(Set::all(0.F), Set::mul(z, z))));
        // x > 0: x - x tail / 2; else x tail / 2. Both are max(x, 0) - |x| tail / 2.
        return Set::fma(Set::mul(Set::absolute(x), Set::all(-.5F)), tail, Set::max(x, Set::all(0.F)));
    }
    }
    return x;
}

/// Lines of the next panel to be fetched while a tile is worked out: weights come from far, and the first tile of a
/// panel would wait for them. `count` lines every kAheadSteps steps.
struct Ahead {
    const char* from;
    int count;
};

constexpr int64_t kAheadSteps = 8;

// Both tiles are unrolled by hand-written pragmas and inlined: else GCC 12 keeps the sums in memory (a third of the
// speed).

/// tile[Rows][panel] = rows * panel, float.
template <class Set, int Rows>
__attribute__((always_inline)) inline void floatTile(
    const float* a, int64_t aStride, const float* b, int64_t bStride, int64_t k, float* tile, Ahead ahead)
{
    using F = typename Set::F;
    F sums[Rows][2];
    const float* row[Rows];
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
        sums[r][0] = sums[r][1] = Set::all(0.F);
        row[r] = a + r * aStride;
    }
    for (int64_t i = 0; i < k; ++i, b += bStride) {
        if (i % kAheadSteps == 0)
            for (int line = 0; line < ahead.count; ++line, ahead.from += 64)
                __builtin_prefetch(ahead.from, 0, 2);
        const F b0 = Set::load(b), b1 = Set::load(b + Set::kLanes);
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r) {
            const F x = Set::all(row[r][i]);
            Set::accumulate(sums[r][0], x, b0);
            Set::accumulate(sums[r][1], x, b1);
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
        Set::store(tile + r * 2 * Set::kLanes, sums[r][0]);
        Set::store(tile + r * 2 * Set::kLanes + Set::kLanes, sums[r][1]);
    }
}

/// tile[Rows][panel] = rows * panel, unsigned bytes times signed bytes.
template <class Set, int Rows>
__attribute__((always_inline)) inline void byteTile(
    const uint8_t* a, int64_t aStride, const int8_t* b, int64_t k, int32_t* tile, Ahead ahead)
{
    using I = typename Set::I;
    I sums[Rows][2];
    const uint8_t* row[Rows];
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
        sums[r][0] = sums[r][1] = Set::allInts(0);
        row[r] = a + r * aStride;
    }
    for (int64_t i = 0; i < k; i += 4, b += 8 * Set::kLanes) {
        if (i % (4 * kAheadSteps) == 0)
            for (int line = 0; line < ahead.count; ++line, ahead.from += 64)
                __builtin_prefetch(ahead.from, 0, 2);
        const I b0 = Set::loadInts(b), b1 = Set::loadInts(b + 4 * Set::kLanes);
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r) {
            int32_t four;
            __builtin_memcpy(&four, row[r] + i, 4);
            const I x = Set::allInts(four);
            Set::dot(sums[r][0], x, b0);
            Set::dot(sums[r][1], x, b1);
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
        Set::storeInts(tile + r * 2 * Set::kLanes, sums[r][0]);
        Set::storeInts(tile + r * 2 * Set::kLanes + Set::kLanes, sums[r][1]);
    }
}

template <class Set, int Rows>
__attribute__((noinline)) void floatRows(int64_t rows, const float* a, int64_t aStride, const float* b, int64_t bStride,
    int64_t k, float* tile, Ahead ahead = {nullptr, 0})
{
    if constexpr (Rows > 1)
        if (rows < Rows)
            return floatRows<Set, Rows - 1>(rows, a, aStride, b, bStride, k, tile, ahead);
    floatTile<Set, Rows>(a, aStride, b, bStride, k, tile, ahead);
}

template <class Set, int Rows>
__attribute__((noinline)) void byteRows(
    int64_t rows, const uint8_t* a, int64_t aStride, const int8_t* b, int64_t k, int32_t* tile, Ahead ahead)
{
    if constexpr (Rows > 1)
        if (rows < Rows)
            return byteRows<Set, Rows - 1>(rows, a, aStride, b, k, tile, ahead);
    byteTile<Set, Rows>(a, aStride, b, k, tile, ahead);
}

/// What stands in the tile of `rows` rows and `columns` columns -> out.
template <class Set, TileActivation activation, bool bytes>
void finishTile(const PackedProduct& p, const void* tile, int64_t firstRow, int64_t rows, int64_t firstColumn)
{
    using F = typename Set::F;
    constexpr int64_t kPanel = 2 * Set::kLanes;
    const int64_t columns = lesser(kPanel, p.n - firstColumn);
    for (int64_t c = 0; c < columns; c += Set::kLanes) {
        const auto some = Set::some(columns - c);
        const int64_t at = firstColumn + c;
        const F bias = p.bias ? Set::loadSome(p.bias + at, some) : Set::all(0.F);
        F columnScale = Set::all(1.F);
        typename Set::I columnSum = Set::allInts(0);
        if (bytes) {
            columnScale = Set::loadSome(p.columnScales + at, some);
            columnSum = Set::loadSomeInts(p.columnSums + at, some);
        }
        for (int64_t r = 0; r < rows; ++r) {
            const int64_t row = firstRow + r;
            F x;
            if (bytes) {
                const typename Set::I sum = Set::loadInts(static_cast<const int32_t*>(tile) + r * kPanel + c);
                x = Set::toFloats(Set::subInts(sum, Set::mulInts(columnSum, Set::allInts(p.rows.zeros[row]))));
                x = Set::fma(Set::mul(x, Set::all(p.rows.scales[row])), columnScale, bias);
            } else {
                x = Set::add(Set::load(static_cast<const float*>(tile) + r * kPanel + c), bias);
            }
            x = activated<Set>(activation, x);
            float* out = p.out + row * p.outStride + at;
            if (p.add)
                x = Set::add(x, Set::loadSome(p.add + row * p.outStride + at, some));
            Set::storeSome(out, x, some);
        }
    }
}

template <class Set, TileActivation activation, bool bytes> void multiplyWith(const PackedProduct& p)
{
    constexpr int64_t kPanel = 2 * Set::kLanes;
    constexpr int kMostRows = bytes ? Set::kByteRows : Set::kFloatRows;
    alignas(64) float tile[kMostRows * kPanel];
    // Rows in equal portions: 50 rows are 13 + 13 + 12 + 12, not 14 + 14 + 14 + 8.
    const int64_t portions = (p.m + kMostRows - 1) / kMostRows;
    const int64_t panelBytes = kPanel * p.k * (bytes ? 1 : int64_t(sizeof(float)));
    // A step takes two lines of a panel (of 16 lanes; one of 8), and each portion fetches its share of the next panel.
    const auto lines = int((kAheadSteps * 2 * Set::kLanes * int64_t(sizeof(float)) / 64 + portions - 1) / portions);
    for (int64_t panel = p.firstPanel; panel < p.endPanel; ++panel) {
        const char* next = static_cast<const char*>(p.panels) + (panel + 1) * panelBytes;
        const int fetched = panel + 1 < p.endPanel ? lines : 0;
        for (int64_t portion = 0; portion < portions; ++portion) {
            const int64_t first = p.m * portion / portions, rows = p.m * (portion + 1) / portions - first;
            const Ahead ahead{next + panelBytes * portion / portions / 64 * 64, fetched};
            if constexpr (bytes)
                byteRows<Set, kMostRows>(rows, static_cast<const uint8_t*>(p.rows.values) + first * p.rows.stride,
                    p.rows.stride, static_cast<const int8_t*>(p.panels) + panel * kPanel * p.k, p.k,
                    reinterpret_cast<int32_t*>(tile), ahead);
            else
                floatRows<Set, kMostRows>(rows, static_cast<const float*>(p.rows.values) + first * p.rows.stride,
                    p.rows.stride, static_cast<const float*>(p.panels) + panel * kPanel * p.k, kPanel, p.k, tile,
                    ahead);
            finishTile<Set, activation, bytes>(p, tile, first, rows, panel * kPanel);
        }
    }
}

template <class Set, bool bytes> void multiply(const PackedProduct& p)
{
    switch (p.activation) {
    case TileActivation::None:
        return multiplyWith<Set, TileActivation::None, bytes>(p);
    case TileActivation::QuickGelu:
        return multiplyWith<Set, TileActivation::QuickGelu, bytes>(p);
    case TileActivation::Gelu:
        return multiplyWith<Set, TileActivation::Gelu, bytes>(p);
    case TileActivation::GeluTanh:
        return multiplyWith<Set, TileActivation::GeluTanh, bytes>(p);
    case TileActivation::Relu:
        return multiplyWith<Set, TileActivation::Relu, bytes>(p);
    }
}

inline int64_t paddedTo(int64_t count, int64_t multiple)
{
    return (count + multiple - 1) / multiple * multiple;
}

template <class Set> int64_t attentionWorkspace(int64_t keys, int64_t size)
{
    const int64_t padded = paddedTo(keys, 2 * Set::kLanes);
    return padded * size + Set::kFloatRows * (padded + 16);
}

/// row[0, padded) of scores -> probabilities over the first `seen`, 0 behind them.
template <class Set> void softmaxRow(float* row, int64_t seen, int64_t padded, float scale)
{
    using F = typename Set::F;
    F most = Set::all(-3.4e38F), sum = Set::all(0.F);
    for (int64_t i = 0; i < seen; i += Set::kLanes)
        most = Set::maxSome(most, Set::load(row + i), Set::some(seen - i));
    const F highest = Set::all(Set::largest(most)), factor = Set::all(scale);
    for (int64_t i = 0; i < seen; i += Set::kLanes) {
        const F e = Set::keepSome(
            exponential<Set>(Set::mul(Set::sub(Set::load(row + i), highest), factor)), Set::some(seen - i));
        sum = Set::add(sum, e);
        Set::store(row + i, e);
    }
    const F share = Set::all(1 / Set::sum(sum));
    for (int64_t i = 0; i < padded; i += Set::kLanes)
        Set::store(row + i, i < seen ? Set::mul(Set::load(row + i), share) : Set::all(0.F));
}

template <class Set> void attend(const PackedHead& h)
{
    constexpr int64_t kPanel = 2 * Set::kLanes;
    constexpr int kMostRows = Set::kFloatRows;
    const int64_t padded = paddedTo(h.keys, kPanel), stride = padded + 16;
    float* turned = h.workspace; // panels [size][kPanel] of the keys
    float* scores = turned + padded * h.size; // [kMostRows][stride]
    alignas(64) float tile[kMostRows * kPanel];
    for (int64_t key = 0; key < padded; ++key) {
        float* to = turned + key / kPanel * kPanel * h.size + key % kPanel;
        const float* from = h.k + key * h.keyStride;
        for (int64_t d = 0; d < h.size; ++d)
            to[d * kPanel] = key < h.keys ? from[d] : 0.F;
    }
    const float scale = 1 / __builtin_sqrtf(float(h.size));
    const int64_t portions = (h.queries + kMostRows - 1) / kMostRows;
    for (int64_t portion = 0; portion < portions; ++portion) {
        const int64_t first = h.queries * portion / portions, rows = h.queries * (portion + 1) / portions - first;
        // Nothing behind the last key that the portion's last row sees is touched.
        const int64_t seen = h.causalFrom < 0 ? h.keys : lesser(h.keys, h.causalFrom + first + rows);
        const int64_t width = paddedTo(seen, kPanel);
        for (int64_t panel = 0; panel < width; panel += kPanel) {
            floatRows<Set, kMostRows>(
                rows, h.q + first * h.queryStride, h.queryStride, turned + panel * h.size, kPanel, h.size, tile);
            for (int64_t r = 0; r < rows; ++r)
                for (int64_t c = 0; c < kPanel; c += Set::kLanes)
                    Set::store(scores + r * stride + panel + c, Set::load(tile + r * kPanel + c));
        }
        for (int64_t r = 0; r < rows; ++r)
            softmaxRow<Set>(scores + r * stride,
                h.causalFrom < 0 ? h.keys : lesser(h.keys, h.causalFrom + first + r + 1), width, scale);
        for (int64_t d = 0; d < h.size; d += kPanel) {
            floatRows<Set, kMostRows>(rows, scores, stride, h.v + d, h.keyStride, seen, tile);
            for (int64_t r = 0; r < rows; ++r)
                for (int64_t c = 0; c < kPanel && d + c < h.size; c += Set::kLanes)
                    Set::storeSome(h.out + (first + r) * h.outStride + d + c, Set::load(tile + r * kPanel + c),
                        Set::some(h.size - d - c));
        }
    }
}

template <class Set>
void layerNormRows(const float* rows, int64_t stride, int64_t m, int64_t width, const float* weight, const float* bias,
    float epsilon, float* out, int64_t outStride)
{
    using F = typename Set::F;
    for (int64_t row = 0; row < m; ++row) {
        const float* x = rows + row * stride;
        float* to = out + row * outStride;
        F sum = Set::all(0.F), squares = Set::all(0.F);
        for (int64_t i = 0; i < width; i += Set::kLanes)
            sum = Set::add(sum, Set::loadSome(x + i, Set::some(width - i)));
        const F mean = Set::all(Set::sum(sum) / float(width));
        for (int64_t i = 0; i < width; i += Set::kLanes) {
            const auto some = Set::some(width - i);
            const F d = Set::keepSome(Set::sub(Set::loadSome(x + i, some), mean), some);
            squares = Set::fma(d, d, squares);
        }
        const F factor = Set::all(1 / __builtin_sqrtf(Set::sum(squares) / float(width) + epsilon));
        for (int64_t i = 0; i < width; i += Set::kLanes) {
            const auto some = Set::some(width - i);
            const F y = Set::mul(Set::sub(Set::loadSome(x + i, some), mean), factor);
            Set::storeSome(to + i, Set::fma(y, Set::loadSome(weight + i, some), Set::loadSome(bias + i, some)), some);
        }
    }
}

template <class Set>
void quantiseRows(const float* rows, int64_t stride, int64_t m, int64_t width, uint8_t* out, int64_t outStride,
    float* scales, int32_t* zeros)
{
    using F = typename Set::F;
    for (int64_t row = 0; row < m; ++row) {
        const float* x = rows + row * stride;
        uint8_t* to = out + row * outStride;
        F low = Set::all(0.F), high = Set::all(0.F); // 0 belongs to the range: it is exact
        for (int64_t i = 0; i < width; i += Set::kLanes) {
            const F v = Set::loadSome(x + i, Set::some(width - i)); // 0 in the lanes that are not there
            low = Set::min(low, v);
            high = Set::max(high, v);
        }
        const float least = -Set::largest(Set::sub(Set::all(0.F), low)), most = Set::largest(high);
        const float scale = greater((most - least) / 255.F, 1e-30F);
        const float zero = __builtin_rintf(-least / scale);
        scales[row] = scale;
        zeros[row] = int32_t(zero);
        const F factor = Set::all(1 / scale), shift = Set::all(zero);
        for (int64_t i = 0; i < width; i += Set::kLanes) {
            const auto some = Set::some(width - i);
            Set::storeBytes(to + i, Set::fma(Set::loadSome(x + i, some), factor, shift), some);
        }
        for (int64_t i = width; i < outStride; ++i)
            to[i] = 0;
    }
}

template <class Set> constexpr PackedKernels kernelsOf(const char* name, int64_t weightLimit)
{
    return {name, 2 * Set::kLanes, weightLimit, multiply<Set, false>, multiply<Set, true>, attend<Set>,
        attentionWorkspace<Set>, layerNormRows<Set>, quantiseRows<Set>};
}

} // namespace

} // namespace clipscope
