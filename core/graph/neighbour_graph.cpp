// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/neighbour_graph.h"

#include "base/error.h"
#include "graph/graph.h"

#include <algorithm>
#include <numeric>

namespace clipscope {

namespace {

constexpr size_t kRowsAtOnce = 64;

} // namespace

SparseMatrix neighbourAdjacency(const Matrix& vectors, int neighbours, const JobContext& context)
{
    if (vectors.rows < 2 || neighbours < 1)
        throw Error(ErrorKind::Input, "has too few vectors for a graph of neighbours", "graph",
            "Two vectors and one neighbour are the least.");
    Matrix unit = vectors;
    normaliseRows(unit);
    const size_t wanted = std::min(size_t(neighbours), unit.rows - 1);
    std::vector<SparseEntry> edges;
    std::vector<int> order;
    for (size_t first = 0; first < unit.rows; first += kRowsAtOnce) {
        context.throwIfStopped();
        Matrix block;
        for (size_t row = first; row < std::min(first + kRowsAtOnce, unit.rows); ++row)
            block.append(unit.row(row));
        const Matrix scores = multiplyTransposed(block, unit);
        for (size_t i = 0; i < scores.rows; ++i) {
            const auto own = int(first + i);
            const std::span<const float> row = scores.row(i);
            order.resize(unit.rows);
            std::iota(order.begin(), order.end(), 0);
            std::erase(order, own);
            std::ranges::partial_sort(order, order.begin() + int64_t(wanted), [&](int a, int b) {
                return row[size_t(a)] != row[size_t(b)] ? row[size_t(a)] > row[size_t(b)] : a < b;
            });
            for (size_t k = 0; k < wanted; ++k)
                edges.push_back({own, order[k]});
        }
        context.progress(int64_t(std::min(first + kRowsAtOnce, unit.rows)), int64_t(unit.rows), "nearest neighbours");
    }
    std::vector<std::string> notes;
    return adjacencyOf(int(unit.rows), std::move(edges), "graph", notes);
}

} // namespace clipscope
