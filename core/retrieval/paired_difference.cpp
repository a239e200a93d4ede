// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/paired_difference.h"

#include "base/error.h"
#include "base/random.h"

#include <algorithm>
#include <numeric>

namespace clipscope {

namespace {

constexpr int kDraws = 2000;

} // namespace

MeanInterval bootstrapMean(std::span<const double> values, uint64_t seed)
{
    MeanInterval out;
    if (values.empty())
        return out;
    const auto n = double(values.size());
    out.mean = std::accumulate(values.begin(), values.end(), 0.) / n;
    Random random(deriveSeed(seed, "bootstrap"));
    std::vector<double> means(kDraws);
    for (double& mean : means) {
        double sum = 0;
        for (size_t i = 0; i < values.size(); ++i)
            sum += values[random.below(values.size())];
        mean = sum / n;
    }
    std::ranges::sort(means);
    out.low = means[kDraws / 40];
    out.high = means[kDraws - 1 - kDraws / 40];
    return out;
}

MeanInterval pairedDifference(std::span<const double> a, std::span<const double> b, uint64_t seed)
{
    if (a.size() != b.size())
        throw Error(ErrorKind::Internal, "two methods were measured on different queries");
    std::vector<double> differences(a.size());
    std::ranges::transform(a, b, differences.begin(), std::minus());
    return bootstrapMean(differences, seed);
}

} // namespace clipscope
