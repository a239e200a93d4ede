// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_kernels.h"

#include <cmath>

// This file is compiled once an instruction set: foreach_target.h includes it again and again.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "graph/graph_kernels.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace clipscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;

/// Calls part(tag, column) for vectors that together cover `width` columns: whole ones first, then halves of halves.
template <class D, class Part> HWY_INLINE void InVectors(D d, size_t column, size_t width, Part part)
{
    const size_t lanes = hn::Lanes(d);
    for (; column + lanes <= width; column += lanes)
        part(d, column);
    if constexpr (hn::MaxLanes(D()) > 1) {
        if (column < width)
            InVectors(hn::CappedTag<float, hn::MaxLanes(D()) / 2>(), column, width, part);
    }
}

/// out += sum of values[k] * row indices[k] of x, over `width` columns.
HWY_INLINE void GatherRows(
    const int* indices, const float* values, size_t count, const float* x, size_t stride, float* out, size_t width)
{
    const Floats full;
    const size_t lanes = hn::Lanes(full);
    size_t column = 0;
    for (; column + 4 * lanes <= width; column += 4 * lanes) {
        auto sum0 = hn::LoadU(full, out + column), sum1 = hn::LoadU(full, out + column + lanes);
        auto sum2 = hn::LoadU(full, out + column + 2 * lanes), sum3 = hn::LoadU(full, out + column + 3 * lanes);
        for (size_t k = 0; k < count; ++k) {
            const float* from = x + size_t(indices[k]) * stride + column;
            const auto value = hn::Set(full, values[k]);
            sum0 = hn::MulAdd(value, hn::LoadU(full, from), sum0);
            sum1 = hn::MulAdd(value, hn::LoadU(full, from + lanes), sum1);
            sum2 = hn::MulAdd(value, hn::LoadU(full, from + 2 * lanes), sum2);
            sum3 = hn::MulAdd(value, hn::LoadU(full, from + 3 * lanes), sum3);
        }
        hn::StoreU(sum0, full, out + column);
        hn::StoreU(sum1, full, out + column + lanes);
        hn::StoreU(sum2, full, out + column + 2 * lanes);
        hn::StoreU(sum3, full, out + column + 3 * lanes);
    }
    InVectors(full, column, width, [&](auto d, size_t c) HWY_ATTR {
        auto sum = hn::LoadU(d, out + c);
        for (size_t k = 0; k < count; ++k)
            sum = hn::MulAdd(hn::Set(d, values[k]), hn::LoadU(d, x + size_t(indices[k]) * stride + c), sum);
        hn::StoreU(sum, d, out + c);
    });
}

/// Row indices[k] of out += values[k] * g, over `width` columns.
HWY_INLINE void ScatterRow(
    const int* indices, const float* values, size_t count, const float* g, float* out, size_t stride, size_t width)
{
    for (size_t k = 0; k < count; ++k) {
        float* to = out + size_t(indices[k]) * stride;
        const float value = values[k];
        InVectors(Floats(), 0, width, [&](auto d, size_t c) HWY_ATTR {
            hn::StoreU(hn::MulAdd(hn::Set(d, value), hn::LoadU(d, g + c), hn::LoadU(d, to + c)), d, to + c);
        });
    }
}

HWY_INLINE float DotProduct(const float* a, const float* b, size_t width)
{
    float sum = 0;
    InVectors(Floats(), 0, width, [&](auto d, size_t c) HWY_ATTR {
        sum += hn::GetLane(hn::SumOfLanes(d, hn::Mul(hn::LoadU(d, a + c), hn::LoadU(d, b + c))));
    });
    return sum;
}

void AddSparseProduct(
    const SparseMatrix& a, const float* values, size_t groups, const ConstMatrixView& x, const MatrixView& out)
{
    const size_t width = out.columns / groups;
    for (size_t row = 0; row < out.rows; ++row) {
        const auto first = size_t(a.offsets[row]), count = size_t(a.offsets[row + 1]) - first;
        for (size_t group = 0; group < groups; ++group)
            GatherRows(a.indices.data() + first, values + group * a.indices.size() + first, count,
                x.values + group * width, x.stride, out.row(row) + group * width, width);
    }
}

void AddTransposedSparseProduct(
    const SparseMatrix& a, const float* values, size_t groups, const ConstMatrixView& g, const MatrixView& out)
{
    const size_t width = out.columns / groups;
    for (size_t row = 0; row < g.rows; ++row) {
        const auto first = size_t(a.offsets[row]), count = size_t(a.offsets[row + 1]) - first;
        for (size_t group = 0; group < groups; ++group)
            ScatterRow(a.indices.data() + first, values + group * a.indices.size() + first, count,
                g.row(row) + group * width, out.values + group * width, out.stride, width);
    }
}

void EntryProducts(const SparseMatrix& a, size_t groups, const ConstMatrixView& g, const ConstMatrixView& x, float* out)
{
    const size_t width = x.columns / groups;
    for (size_t row = 0; row < size_t(a.rows); ++row)
        for (auto k = size_t(a.offsets[row]); k < size_t(a.offsets[row + 1]); ++k)
            for (size_t group = 0; group < groups; ++group)
                out[group * a.indices.size() + k] =
                    DotProduct(g.row(row) + group * width, x.row(size_t(a.indices[k])) + group * width, width);
}

/// out [rows, width] += sum over i < inner of a[row * rowStep + i * innerStep] * row i of b. Four rows at a time share
/// what is loaded of b.
void Product(
    const float* a, size_t rowStep, size_t innerStep, size_t inner, const ConstMatrixView& b, const MatrixView& out)
{
    size_t row = 0;
    for (; row + 4 <= out.rows; row += 4) {
        const float* from = a + row * rowStep;
        InVectors(Floats(), 0, out.columns, [&](auto d, size_t c) HWY_ATTR {
            auto sum0 = hn::LoadU(d, out.row(row) + c), sum1 = hn::LoadU(d, out.row(row + 1) + c);
            auto sum2 = hn::LoadU(d, out.row(row + 2) + c), sum3 = hn::LoadU(d, out.row(row + 3) + c);
            const float* factor = from;
            for (size_t i = 0; i < inner; ++i, factor += innerStep) {
                const auto line = hn::LoadU(d, b.row(i) + c);
                sum0 = hn::MulAdd(hn::Set(d, factor[0]), line, sum0);
                sum1 = hn::MulAdd(hn::Set(d, factor[rowStep]), line, sum1);
                sum2 = hn::MulAdd(hn::Set(d, factor[2 * rowStep]), line, sum2);
                sum3 = hn::MulAdd(hn::Set(d, factor[3 * rowStep]), line, sum3);
            }
            hn::StoreU(sum0, d, out.row(row) + c);
            hn::StoreU(sum1, d, out.row(row + 1) + c);
            hn::StoreU(sum2, d, out.row(row + 2) + c);
            hn::StoreU(sum3, d, out.row(row + 3) + c);
        });
    }
    for (; row < out.rows; ++row)
        InVectors(Floats(), 0, out.columns, [&](auto d, size_t c) HWY_ATTR {
            auto sum = hn::LoadU(d, out.row(row) + c);
            for (size_t i = 0; i < inner; ++i)
                sum = hn::MulAdd(hn::Set(d, a[row * rowStep + i * innerStep]), hn::LoadU(d, b.row(i) + c), sum);
            hn::StoreU(sum, d, out.row(row) + c);
        });
}

/// SplitMix64 (Steele, Lea and Flood 2014): the number at a place of the stream that `seed` names.
HWY_INLINE uint64_t NumberAt(uint64_t seed, uint64_t place)
{
    uint64_t z = seed + (place + 1) * 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

void DropOut(float* to, size_t count, double p, uint64_t seed)
{
    constexpr size_t kDraws = 4; // of 16 bits each, a number
    constexpr size_t kAtATime = 64;
    const auto least = int32_t(std::lround(p * 65536));
    const float scale = least < 65536 ? float(65536. / double(65536 - least)) : 0;
    HWY_ALIGN uint64_t numbers[kAtATime / kDraws];
    HWY_ALIGN uint16_t draws[kAtATime];
    for (size_t first = 0; first < count; first += kAtATime) {
        const size_t here = count - first < kAtATime ? count - first : kAtATime;
        for (size_t i = 0; i * kDraws < here; ++i)
            numbers[i] = NumberAt(seed, first / kDraws + i);
        for (size_t i = 0; i * kDraws < here; ++i)
            for (size_t j = 0; j < kDraws; ++j)
                draws[i * kDraws + j] = uint16_t(numbers[i] >> (16 * j));
        InVectors(Floats(), 0, here, [&](auto d, size_t i) HWY_ATTR {
            const hn::RebindToSigned<decltype(d)> wide;
            const auto drawn = hn::PromoteTo(wide, hn::LoadU(hn::Rebind<uint16_t, decltype(d)>(), draws + i));
            const auto stays = hn::RebindMask(d, hn::Gt(drawn, hn::Set(wide, least - 1)));
            float* place = to + first + i;
            hn::StoreU(hn::Mul(hn::LoadU(d, place), hn::IfThenElseZero(stays, hn::Set(d, scale))), d, place);
        });
    }
}

void AdamUpdate(
    const AdamStep& step, const float* gradient, float* mean, float* square, float* parameters, size_t count)
{
    InVectors(Floats(), 0, count, [&](auto d, size_t i) HWY_ATTR {
        const auto value = hn::LoadU(d, parameters + i);
        const auto slope = hn::MulAdd(hn::Set(d, step.decay), value, hn::LoadU(d, gradient + i));
        const auto m =
            hn::MulAdd(hn::Set(d, step.beta1), hn::LoadU(d, mean + i), hn::Mul(hn::Set(d, 1 - step.beta1), slope));
        const auto s = hn::MulAdd(hn::Set(d, step.beta2), hn::LoadU(d, square + i),
            hn::Mul(hn::Set(d, 1 - step.beta2), hn::Mul(slope, slope)));
        hn::StoreU(m, d, mean + i);
        hn::StoreU(s, d, square + i);
        const auto length = hn::Add(hn::Sqrt(hn::Mul(s, hn::Set(d, 1 / step.correction2))), hn::Set(d, step.epsilon));
        hn::StoreU(
            hn::NegMulAdd(hn::Set(d, step.rate / step.correction1), hn::Div(m, length), value), d, parameters + i);
    });
}

} // namespace clipscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clipscope {

HWY_EXPORT(AddSparseProduct);
HWY_EXPORT(AddTransposedSparseProduct);
HWY_EXPORT(EntryProducts);
HWY_EXPORT(Product);
HWY_EXPORT(DropOut);
HWY_EXPORT(AdamUpdate);

MatrixView view(Matrix& m)
{
    return {m.values.data(), m.rows, m.columns, m.columns};
}

ConstMatrixView view(const Matrix& m)
{
    return {m.values.data(), m.rows, m.columns, m.columns};
}

MatrixView columns(const MatrixView& m, size_t first, size_t count)
{
    return {m.values + first, m.rows, count, m.stride};
}

ConstMatrixView columns(const ConstMatrixView& m, size_t first, size_t count)
{
    return {m.values + first, m.rows, count, m.stride};
}

void addSparseProduct(const SparseMatrix& a, std::span<const float> values, size_t groups, const ConstMatrixView& x,
    const MatrixView& out)
{
    HWY_DYNAMIC_DISPATCH(AddSparseProduct)(a, values.data(), groups, x, out);
}

void addTransposedSparseProduct(const SparseMatrix& a, std::span<const float> values, size_t groups,
    const ConstMatrixView& g, const MatrixView& out)
{
    HWY_DYNAMIC_DISPATCH(AddTransposedSparseProduct)(a, values.data(), groups, g, out);
}

void entryProducts(
    const SparseMatrix& a, size_t groups, const ConstMatrixView& g, const ConstMatrixView& x, std::span<float> out)
{
    HWY_DYNAMIC_DISPATCH(EntryProducts)(a, groups, g, x, out.data());
}

void addProduct(const ConstMatrixView& a, const ConstMatrixView& b, const MatrixView& out)
{
    HWY_DYNAMIC_DISPATCH(Product)(a.values, a.stride, 1, a.columns, b, out);
}

void addTransposedProduct(const ConstMatrixView& a, const ConstMatrixView& g, const MatrixView& out)
{
    HWY_DYNAMIC_DISPATCH(Product)(a.values, 1, a.stride, a.rows, g, out);
}

void dropOut(std::span<float> to, double p, uint64_t seed)
{
    HWY_DYNAMIC_DISPATCH(DropOut)(to.data(), to.size(), p, seed);
}

void adamUpdate(const AdamStep& step, std::span<const float> gradient, std::span<float> mean, std::span<float> square,
    std::span<float> parameters)
{
    HWY_DYNAMIC_DISPATCH(AdamUpdate)
    (step, gradient.data(), mean.data(), square.data(), parameters.data(), parameters.size());
}

} // namespace clipscope
#endif
