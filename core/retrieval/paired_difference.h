// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace clipscope {

/// A mean over queries with its 95 % interval.
struct MeanInterval {
    double mean = 0;
    double low = 0;
    double high = 0;
};

/// The share of `values` (one a query, each already a mean over seeds) that the queries' choice leaves open: percentile
/// bootstrap over the queries, 2,000 draws from `seed`; none gives zeros.
MeanInterval bootstrapMean(std::span<const double> values, uint64_t seed);
/// The mean of a[i] - b[i], query by query: what two methods share of a query's difficulty falls out. Throws
/// Error(Internal) when the lengths differ.
MeanInterval pairedDifference(std::span<const double> a, std::span<const double> b, uint64_t seed);

} // namespace clipscope
