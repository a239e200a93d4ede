// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/length_groups.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <numeric>

namespace clipscope {

LengthGroups groupByLength(const std::vector<std::vector<int32_t>>& lists)
{
    constexpr size_t kMostLists = 256;
    LengthGroups out;
    std::vector<size_t> order(lists.size());
    std::iota(order.begin(), order.end(), size_t(0));
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return lists[a].size() < lists[b].size(); });
    out.rows = at::empty({int64_t(lists.size())}, at::kLong);
    size_t shortest = 0;
    for (size_t row = 0; row < order.size(); ++row) {
        const size_t length = lists[order[row]].size();
        if (out.groups.empty() || out.groups.back().size() == kMostLists
            || length > shortest + std::max<size_t>(2, shortest / 4)) {
            out.groups.emplace_back();
            shortest = length;
        }
        out.groups.back().push_back(order[row]);
        out.rows.data_ptr<int64_t>()[order[row]] = int64_t(row);
    }
    return out;
}

} // namespace clipscope
