// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/matrix.h"

#include <cstdint>
#include <span>
#include <vector>

namespace clipscope {

struct SparseEntry {
    int row = 0;
    int column = 0;
    float value = 1;
};

/// Sparse float32 matrix by rows (CSR): the entries of row i are those from offsets[i] to offsets[i + 1], their columns
/// rising, none twice. Holds adjacencies [nodes, nodes] and bags of words [nodes, words].
struct SparseMatrix {
    int rows = 0;
    int columns = 0;
    std::vector<int64_t> offsets = {0}; ///< [rows + 1]
    std::vector<int> indices; ///< column of each entry
    std::vector<float> values; ///< of each entry

    int64_t entries() const { return offsets.back(); }
    std::span<const int> columnsOf(int row) const;
    std::span<const float> valuesOf(int row) const;
    std::span<float> valuesOf(int row);
    bool operator==(const SparseMatrix&) const = default;
};

/// In any order; where a place is named twice the first value stays. Throws Error(Internal) for one outside.
SparseMatrix sparseMatrix(int rows, int columns, std::vector<SparseEntry> entries);
SparseMatrix transposed(const SparseMatrix& m);
Matrix denseOf(const SparseMatrix& m);
/// Each row divided by the sum of its absolute values; a row of zeros stays one.
void normaliseRowSums(SparseMatrix& m);
/// The entries for which keep(row, column) holds.
template <class Keep> SparseMatrix filtered(const SparseMatrix& m, Keep keep)
{
    SparseMatrix out;
    out.rows = m.rows;
    out.columns = m.columns;
    out.offsets.reserve(m.offsets.size());
    for (int row = 0; row < m.rows; ++row) {
        for (int64_t k = m.offsets[size_t(row)]; k < m.offsets[size_t(row) + 1]; ++k)
            if (keep(row, m.indices[size_t(k)])) {
                out.indices.push_back(m.indices[size_t(k)]);
                out.values.push_back(m.values[size_t(k)]);
            }
        out.offsets.push_back(int64_t(out.indices.size()));
    }
    return out;
}

} // namespace clipscope
