// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "index/vector_index.h"

namespace clipscope {

/// The tie rule of every index: the higher score first, equal scores by ascending row.
inline bool better(const Neighbour& a, const Neighbour& b)
{
    return a.score != b.score ? a.score > b.score : a.row < b.row;
}

/// The k best of all rows' scores, best first; k below 1 gives none.
std::vector<Neighbour> bestRows(std::span<const float> scores, int64_t k);

/// Throws Error(Index) when `values` is not of `dim` numbers a row, or holds NaN or infinity (which would break every
/// order of scores).
void checkVectors(std::span<const float> values, size_t columns, int dim, const std::string& index);

} // namespace clipscope
