// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/isolation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace clipscope {

namespace {

void restoreRows(SparseMatrix& left, const SparseMatrix& before, double restores)
{
    const auto sumOf = [](std::span<const float> values) { return std::accumulate(values.begin(), values.end(), 0.); };
    for (int row = 0; row < left.rows; ++row) {
        const std::span<float> values = left.valuesOf(row);
        const std::span<const float> all = before.valuesOf(row);
        const double sum = sumOf(values);
        if (values.size() < all.size() && sum != 0)
            for (float& value : values)
                value = float(value * std::pow(sumOf(all) / sum, restores));
    }
}

/// Dot product of two rows of a sparse matrix.
double rowProduct(const SparseMatrix& m, int a, int b)
{
    const std::span<const int> left = m.columnsOf(a), right = m.columnsOf(b);
    double sum = 0;
    for (size_t i = 0, j = 0; i < left.size() && j < right.size();) {
        if (left[i] == right[j])
            sum += double(m.valuesOf(a)[i++]) * double(m.valuesOf(b)[j++]);
        else
            ++(left[i] < right[j] ? i : j);
    }
    return sum;
}

} // namespace

SparseMatrix withoutMessagesOf(const SparseMatrix& propagation, const std::vector<bool>& silent, double restores)
{
    SparseMatrix out =
        filtered(propagation, [&](int row, int column) { return row == column || !silent[size_t(column)]; });
    restoreRows(out, propagation, restores);
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

std::vector<float> endCosines(const SparseMatrix& adjacency, const NodeFeatures& features)
{
    const auto product = [&](int a, int b) {
        return features.areWords() ? rowProduct(features.words, a, b)
                                   : double(dot(features.vectors.row(size_t(a)), features.vectors.row(size_t(b))));
    };
    std::vector<double> lengths;
    for (int node = 0; node < adjacency.rows; ++node)
        lengths.push_back(std::sqrt(product(node, node)));
    std::vector<float> out;
    out.reserve(adjacency.indices.size());
    for (int row = 0; row < adjacency.rows; ++row)
        for (const int column : adjacency.columnsOf(row)) {
            const double length = lengths[size_t(row)] * lengths[size_t(column)];
            out.push_back(length > 0 ? float(product(std::min(row, column), std::max(row, column)) / length) : 0);
        }
    return out;
}

SparseMatrix withoutLowestEdges(const SparseMatrix& adjacency, std::span<const float> scores, double share)
{
    std::vector<size_t> order; // of the entries above the diagonal: one an edge
    for (int row = 0; row < adjacency.rows; ++row)
        for (auto k = size_t(adjacency.offsets[size_t(row)]); k < size_t(adjacency.offsets[size_t(row) + 1]); ++k)
            if (adjacency.indices[k] > row)
                order.push_back(k);
    const auto gone = size_t(std::llround(std::clamp(share, 0., 1.) * double(order.size())));
    std::ranges::stable_sort(order, {}, [&](size_t k) { return scores[k]; });
    std::vector<bool> goes(adjacency.indices.size(), false);
    for (size_t i = 0; i < gone; ++i)
        goes[order[i]] = true;
    const auto isGone = [&](int from, int to) {
        const std::span<const int> columns = adjacency.columnsOf(from);
        const auto place = std::ranges::lower_bound(columns, to) - columns.begin();
        return goes[size_t(adjacency.offsets[size_t(from)] + place)];
    };
    return filtered(
        adjacency, [&](int row, int column) { return !isGone(std::min(row, column), std::max(row, column)); });
}

SparseMatrix withoutEdges(const SparseMatrix& propagation, const SparseMatrix& edges, double restores)
{
    SparseMatrix out = filtered(propagation,
        [&](int row, int column) { return row == column || std::ranges::binary_search(edges.columnsOf(row), column); });
    restoreRows(out, propagation, restores);
    return out;
}

} // namespace clipscope
