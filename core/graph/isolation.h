// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "graph/sparse_matrix.h"

#include <cstdint>
#include <vector>

namespace clipscope {

/// Error-node isolation (GEENI; papers section 6.2 C): a propagation whose `silent` nodes [nodes] send nothing to
/// others. What they receive, and their loop, stays. `rescales`: what is left of a row weighs as much as the whole did.
SparseMatrix withoutMessagesOf(const SparseMatrix& propagation, const std::vector<bool>& silent, bool rescales);
/// How many entries that takes away, loops not counted.
int64_t messagesOf(const SparseMatrix& propagation, const std::vector<bool>& silent);

} // namespace clipscope
