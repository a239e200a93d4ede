// SPDX-License-Identifier: GPL-3.0-or-later
#include "index/best_rows.h"

#include "base/error.h"

#include <algorithm>
#include <cmath>

namespace clipscope {

std::vector<Neighbour> bestRows(std::span<const float> scores, int64_t k)
{
    const size_t count = size_t(std::clamp<int64_t>(k, 0, int64_t(scores.size())));
    std::vector<Neighbour> best;
    if (count == 0)
        return best;
    // A heap of the best so far, its worst on top: most rows of a large index are turned away by one comparison.
    best.reserve(count);
    for (size_t row = 0; row < scores.size(); ++row) {
        const Neighbour candidate{int64_t(row), scores[row]};
        if (best.size() < count) {
            best.push_back(candidate);
            std::push_heap(best.begin(), best.end(), better);
        } else if (better(candidate, best.front())) {
            std::pop_heap(best.begin(), best.end(), better);
            best.back() = candidate;
            std::push_heap(best.begin(), best.end(), better);
        }
    }
    std::sort_heap(best.begin(), best.end(), better);
    return best;
}

void checkVectors(std::span<const float> values, size_t columns, int dim, const std::string& index)
{
    if (columns != size_t(dim))
        throw Error(ErrorKind::Index,
            "vectors of " + std::to_string(columns) + " numbers do not fit an index of " + std::to_string(dim), index,
            "Embed the videos and the query with the same model.");
    if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); }))
        throw Error(ErrorKind::Index, "a vector holds a number that is not finite", index);
}

} // namespace clipscope
