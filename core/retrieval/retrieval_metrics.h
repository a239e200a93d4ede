// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/matrix.h"

#include <cstdint>
#include <vector>

namespace clipscope {

/// Fractions in [0,1]; ranks start at 1.
struct RetrievalMetrics {
    double r1 = 0;
    double r5 = 0;
    double r10 = 0;
    double medianRank = 0;
    double meanRank = 0;
    int64_t queries = 0;
};

/// scores [queries, candidates]; truth[q] = the candidates that are right for q (at least one). The rank of a query is
/// the best rank among its right candidates, ties counted pessimistically: 1 + the number of other candidates that
/// score at least as high (other right candidates are not counted against it). Throws Error(Internal) on sizes that do
/// not fit.
RetrievalMetrics retrievalMetrics(const Matrix& scores, const std::vector<std::vector<int64_t>>& truth);
std::vector<int64_t> retrievalRanks(const Matrix& scores, const std::vector<std::vector<int64_t>>& truth);
/// The metrics of ranks that are known already; none gives zeros.
RetrievalMetrics metricsOfRanks(std::vector<int64_t> ranks);

} // namespace clipscope
