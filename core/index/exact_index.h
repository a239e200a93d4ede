// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "index/vector_index.h"

namespace clipscope {

/// Scans every row in float32: always right, and the yardstick of every other index. Memory: 4 * dim bytes a row.
class ExactIndex final : public VectorIndex {
public:
    explicit ExactIndex(int dim);

    std::string name() const override { return "exact"; }
    int64_t size() const override { return int64_t(m_rows.size() / size_t(m_dim)); }
    int dim() const override { return m_dim; }
    void add(const Matrix& rows) override;
    std::vector<Neighbour> search(std::span<const float> query, int64_t k) const override;
    std::vector<float> scores(std::span<const float> query) const override;

    /// Makes room, so that adding rows one video at a time copies none twice.
    void reserve(int64_t rows) { m_rows.reserve(size_t(rows) * size_t(m_dim)); }
    /// One row as it was added.
    std::span<const float> row(int64_t i) const { return {m_rows.data() + size_t(i) * size_t(m_dim), size_t(m_dim)}; }

private:
    int m_dim;
    std::vector<float> m_rows;
};

} // namespace clipscope
