// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/sparse_matrix.h"

#include "base/error.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace clipscope {

std::span<const int> SparseMatrix::columnsOf(int row) const
{
    return {indices.data() + offsets[size_t(row)], size_t(offsets[size_t(row) + 1] - offsets[size_t(row)])};
}

std::span<const float> SparseMatrix::valuesOf(int row) const
{
    return {values.data() + offsets[size_t(row)], size_t(offsets[size_t(row) + 1] - offsets[size_t(row)])};
}

std::span<float> SparseMatrix::valuesOf(int row)
{
    return {values.data() + offsets[size_t(row)], size_t(offsets[size_t(row) + 1] - offsets[size_t(row)])};
}

SparseMatrix sparseMatrix(int rows, int columns, std::vector<SparseEntry> entries)
{
    std::ranges::stable_sort(entries, {}, [](const SparseEntry& e) { return std::tuple(e.row, e.column); });
    SparseMatrix out;
    out.rows = rows;
    out.columns = columns;
    out.offsets.assign(size_t(rows) + 1, 0);
    out.indices.reserve(entries.size());
    out.values.reserve(entries.size());
    const SparseEntry* before = nullptr;
    for (const SparseEntry& e : entries) {
        if (e.row < 0 || e.row >= rows || e.column < 0 || e.column >= columns)
            throw Error(ErrorKind::Internal,
                "entry (" + std::to_string(e.row) + ", " + std::to_string(e.column) + ") lies outside a matrix of "
                    + std::to_string(rows) + " x " + std::to_string(columns));
        if (before && before->row == e.row && before->column == e.column)
            continue;
        out.indices.push_back(e.column);
        out.values.push_back(e.value);
        out.offsets[size_t(e.row) + 1] = int64_t(out.indices.size());
        before = &e;
    }
    for (size_t row = 1; row < out.offsets.size(); ++row)
        out.offsets[row] = std::max(out.offsets[row], out.offsets[row - 1]);
    return out;
}

SparseMatrix transposed(const SparseMatrix& m)
{
    SparseMatrix out;
    out.rows = m.columns;
    out.columns = m.rows;
    out.offsets.assign(size_t(m.columns) + 1, 0);
    for (const int column : m.indices)
        ++out.offsets[size_t(column) + 1];
    for (size_t i = 1; i < out.offsets.size(); ++i)
        out.offsets[i] += out.offsets[i - 1];
    out.indices.resize(m.indices.size());
    out.values.resize(m.values.size());
    std::vector<int64_t> next(out.offsets.begin(), out.offsets.end() - 1);
    for (int row = 0; row < m.rows; ++row)
        for (int64_t k = m.offsets[size_t(row)]; k < m.offsets[size_t(row) + 1]; ++k) {
            const auto to = size_t(next[size_t(m.indices[size_t(k)])]++);
            out.indices[to] = row;
            out.values[to] = m.values[size_t(k)];
        }
    return out;
}

Matrix denseOf(const SparseMatrix& m)
{
    Matrix out(size_t(m.rows), size_t(m.columns));
    for (int row = 0; row < m.rows; ++row)
        for (int64_t k = m.offsets[size_t(row)]; k < m.offsets[size_t(row) + 1]; ++k)
            out.at(size_t(row), size_t(m.indices[size_t(k)])) = m.values[size_t(k)];
    return out;
}

void normaliseRowSums(SparseMatrix& m)
{
    for (int row = 0; row < m.rows; ++row) {
        double sum = 0;
        for (const float value : m.valuesOf(row))
            sum += std::abs(value);
        if (sum > 0)
            for (float& value : m.valuesOf(row))
                value = float(value / sum);
    }
}

} // namespace clipscope
