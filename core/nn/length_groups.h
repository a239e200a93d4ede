// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace clipscope {

/// Token lists in groups of like length: little padding, few passes.
struct LengthGroups {
    std::vector<std::vector<size_t>> groups; ///< numbers of the lists, shortest first
    at::Tensor
        rows; ///< int64 [lists]: where each list's result stands when the groups' results are put one below the other
};

/// A group's longest list is at most a quarter (at least 2 tokens) longer than its shortest; at most 256 lists a group.
LengthGroups groupByLength(const std::vector<std::vector<int32_t>>& lists);

} // namespace clipscope
