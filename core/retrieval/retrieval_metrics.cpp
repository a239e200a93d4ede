// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/retrieval_metrics.h"

#include "base/error.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace clipscope {

std::vector<int64_t> retrievalRanks(const Matrix& scores, const std::vector<std::vector<int64_t>>& truth)
{
    if (truth.size() != scores.rows)
        throw Error(ErrorKind::Internal,
            "scores of " + std::to_string(scores.rows) + " queries do not fit the truth of "
                + std::to_string(truth.size()));
    std::vector<int64_t> ranks(scores.rows);
    std::vector<bool> right(scores.columns);
    for (size_t q = 0; q < scores.rows; ++q) {
        const std::span<const float> row = scores.row(q);
        right.assign(scores.columns, false);
        // A score that is no number never counts as good: neither for the right one nor for its rivals.
        float best = -INFINITY;
        for (const int64_t candidate : truth[q]) {
            if (candidate < 0 || size_t(candidate) >= scores.columns)
                throw Error(ErrorKind::Internal,
                    "the truth names candidate " + std::to_string(candidate) + " of " + std::to_string(scores.columns));
            right[size_t(candidate)] = true;
            if (!std::isnan(row[size_t(candidate)]))
                best = std::max(best, row[size_t(candidate)]);
        }
        if (truth[q].empty())
            throw Error(ErrorKind::Internal, "query " + std::to_string(q) + " has no right candidate");
        int64_t rank = 1;
        for (size_t c = 0; c < row.size(); ++c)
            rank += !right[c] && row[c] >= best;
        ranks[q] = rank;
    }
    return ranks;
}

RetrievalMetrics retrievalMetrics(const Matrix& scores, const std::vector<std::vector<int64_t>>& truth)
{
    return metricsOfRanks(retrievalRanks(scores, truth));
}

RetrievalMetrics metricsOfRanks(std::vector<int64_t> ranks)
{
    RetrievalMetrics out;
    out.queries = int64_t(ranks.size());
    if (ranks.empty())
        return out;
    std::sort(ranks.begin(), ranks.end());
    const double n = double(ranks.size());
    auto within = [&](int64_t k) {
        return double(std::upper_bound(ranks.begin(), ranks.end(), k) - ranks.begin()) / n;
    };
    out.r1 = within(1);
    out.r5 = within(5);
    out.r10 = within(10);
    const size_t middle = ranks.size() / 2;
    out.medianRank = ranks.size() % 2 ? double(ranks[middle]) : double(ranks[middle - 1] + ranks[middle]) / 2;
    double sum = 0;
    for (const int64_t rank : ranks)
        sum += double(rank);
    out.meanRank = sum / n;
    return out;
}

} // namespace clipscope
