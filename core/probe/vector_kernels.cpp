// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/vector_kernels.h"

#include <cstddef>

// This file is compiled once an instruction set: foreach_target.h includes it again and again.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "probe/vector_kernels.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace clipscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Numbers below this have no exponential that a float can hold.
constexpr float kLowest = -87;

using Doubles = hn::ScalableTag<double>;

struct Sum {
    double value = 0;
    size_t end = 0; ///< how far whole vectors went
};

/// step(i, sum) adds the products at i to the right. Four sums at a time do not wait for each other.
template <class Step> Sum SumInFours(size_t count, Step step)
{
    const Doubles d;
    const size_t lanes = hn::Lanes(d);
    auto sum0 = hn::Zero(d), sum1 = hn::Zero(d), sum2 = hn::Zero(d), sum3 = hn::Zero(d);
    size_t i = 0;
    for (; i + 4 * lanes <= count; i += 4 * lanes) {
        sum0 = step(i, sum0);
        sum1 = step(i + lanes, sum1);
        sum2 = step(i + 2 * lanes, sum2);
        sum3 = step(i + 3 * lanes, sum3);
    }
    return {hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3)))), i};
}

double DotOf(const float* a, const float* b, size_t count)
{
    const Doubles d;
    const hn::Rebind<float, Doubles> half;
    Sum sum = SumInFours(count, [&](size_t i, auto soFar) {
        return hn::MulAdd(hn::PromoteTo(d, hn::LoadU(half, a + i)), hn::PromoteTo(d, hn::LoadU(half, b + i)), soFar);
    });
    for (size_t i = sum.end; i < count; ++i)
        sum.value += double(a[i]) * double(b[i]);
    return sum.value;
}

void AddScaled(float factor, const float* from, float* to, size_t count)
{
    const hn::ScalableTag<float> d;
    const size_t lanes = hn::Lanes(d);
    const auto f = hn::Set(d, factor);
    size_t i = 0;
    for (; i + lanes <= count; i += lanes)
        hn::StoreU(hn::MulAdd(f, hn::LoadU(d, from + i), hn::LoadU(d, to + i)), d, to + i);
    for (; i < count; ++i)
        to[i] += factor * from[i];
}

double AddScaledAndDot(float factor, const float* from, float* to, const float* with, size_t count)
{
    const Doubles d;
    const hn::Rebind<float, Doubles> half;
    const auto f = hn::Set(half, factor);
    Sum sum = SumInFours(count, [&](size_t i, auto soFar) {
        const auto value = hn::MulAdd(f, hn::LoadU(half, from + i), hn::LoadU(half, to + i));
        hn::StoreU(value, half, to + i);
        return hn::MulAdd(hn::PromoteTo(d, value), hn::PromoteTo(d, hn::LoadU(half, with + i)), soFar);
    });
    for (size_t i = sum.end; i < count; ++i) {
        to[i] += factor * from[i];
        sum.value += double(to[i]) * double(with[i]);
    }
    return sum.value;
}

void Scale(float* values, float factor, size_t count)
{
    const hn::ScalableTag<float> d;
    const size_t lanes = hn::Lanes(d);
    const auto f = hn::Set(d, factor);
    size_t i = 0;
    for (; i + lanes <= count; i += lanes)
        hn::StoreU(hn::Mul(f, hn::LoadU(d, values + i)), d, values + i);
    for (; i < count; ++i)
        values[i] *= factor;
}

/// Of the `count` values less `shift`; what is left of a whole vector goes through one that is filled up.
float ExponentiateLess(float* values, float shift, size_t count)
{
    const hn::ScalableTag<float> d;
    const size_t lanes = hn::Lanes(d);
    const auto less = hn::Set(d, shift), lowest = hn::Set(d, kLowest);
    const auto exponential = [&](auto v) {
        const auto distance = hn::Sub(v, less);
        return hn::IfThenElseZero(hn::Ge(distance, lowest), hn::Exp(d, hn::Max(distance, lowest)));
    };
    auto sum = hn::Zero(d);
    size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        const auto e = exponential(hn::LoadU(d, values + i));
        hn::StoreU(e, d, values + i);
        sum = hn::Add(sum, e);
    }
    float total = hn::GetLane(hn::SumOfLanes(d, sum));
    if (i < count) {
        HWY_ALIGN float rest[HWY_MAX_BYTES / sizeof(float)] = {};
        for (size_t j = i; j < count; ++j)
            rest[j - i] = values[j];
        hn::Store(exponential(hn::Load(d, rest)), d, rest);
        for (size_t j = i; j < count; ++j) {
            values[j] = rest[j - i];
            total += values[j];
        }
    }
    return total;
}

float HighestOf(const float* values, size_t count)
{
    const hn::ScalableTag<float> d;
    const size_t lanes = hn::Lanes(d);
    float most = values[0];
    size_t i = 0;
    if (count >= lanes) {
        auto highest = hn::LoadU(d, values);
        for (i = lanes; i + lanes <= count; i += lanes)
            highest = hn::Max(highest, hn::LoadU(d, values + i));
        most = hn::GetLane(hn::MaxOfLanes(d, highest));
    }
    for (; i < count; ++i)
        most = values[i] > most ? values[i] : most;
    return most;
}

} // namespace clipscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace clipscope {

HWY_EXPORT(DotOf);
HWY_EXPORT(AddScaled);
HWY_EXPORT(AddScaledAndDot);
HWY_EXPORT(Scale);
HWY_EXPORT(ExponentiateLess);
HWY_EXPORT(HighestOf);

double dotOf(std::span<const float> a, std::span<const float> b)
{
    return HWY_DYNAMIC_DISPATCH(DotOf)(a.data(), b.data(), a.size());
}

void addScaled(float factor, std::span<const float> from, std::span<float> to)
{
    HWY_DYNAMIC_DISPATCH(AddScaled)(factor, from.data(), to.data(), to.size());
}

double addScaledAndDot(float factor, std::span<const float> from, std::span<float> to, std::span<const float> with)
{
    return HWY_DYNAMIC_DISPATCH(AddScaledAndDot)(factor, from.data(), to.data(), with.data(), to.size());
}

void scale(std::span<float> values, float factor)
{
    HWY_DYNAMIC_DISPATCH(Scale)(values.data(), factor, values.size());
}

void exponentiate(std::span<float> values)
{
    HWY_DYNAMIC_DISPATCH(ExponentiateLess)(values.data(), 0, values.size());
}

Exponentials exponentiateBelowHighest(std::span<float> values)
{
    Exponentials out;
    out.highest = HWY_DYNAMIC_DISPATCH(HighestOf)(values.data(), values.size());
    out.sum = HWY_DYNAMIC_DISPATCH(ExponentiateLess)(values.data(), out.highest, values.size());
    return out;
}

} // namespace clipscope

#endif
