// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/isolation.h"

#include <numeric>

namespace clipscope {

SparseMatrix withoutMessagesOf(const SparseMatrix& propagation, const std::vector<bool>& silent, bool rescales)
{
    SparseMatrix out =
        filtered(propagation, [&](int row, int column) { return row == column || !silent[size_t(column)]; });
    for (int row = 0; rescales && row < out.rows; ++row) {
        const auto sumOf = [](std::span<const float> values) {
            return std::accumulate(values.begin(), values.end(), 0.);
        };
        const std::span<float> left = out.valuesOf(row);
        const std::span<const float> before = propagation.valuesOf(row);
        const double sum = sumOf(left);
        if (left.size() < before.size() && sum != 0)
            for (float& value : left)
                value = float(value * sumOf(before) / sum);
    }
    return out;
}

int64_t messagesOf(const SparseMatrix& propagation, const std::vector<bool>& silent)
{
    int64_t out = 0;
    for (int row = 0; row < propagation.rows; ++row)
        for (const int column : propagation.columnsOf(row))
            out += column != row && silent[size_t(column)];
    return out;
}

} // namespace clipscope
