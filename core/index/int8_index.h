// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "index/vector_index.h"

namespace clipscope {

/// What a row of codes stands for: scale * (code - 128), off the row by at most `error`.
struct CodeScale {
    float scale = 0;
    float error = 0; ///< length of what rounding took away, and a little more for float32; infinite: no codes fit
    float length = 0; ///< of the row as its codes have it
};

/// Rows and their codes where they lie: in an index's own memory or in a mapped file. A row of codes has
/// codeBytes(dim) bytes, those past `dim` are 128.
struct CodedRows {
    std::span<const float> rows; ///< [count, dim]
    std::span<const uint8_t> codes; ///< [count, codeBytes(dim)]
    std::span<const CodeScale> scales; ///< [count]
};

/// "int8": scans a quarter of the memory and is exact all the same. A row is kept in float32 and as 8-bit codes with a
/// scale of its own. A search scans the codes; by Cauchy-Schwarz a score cannot be further from the codes' score than
///     |query| * error of the row + error of the query's codes * length of the row's codes
/// and only rows that could be among the best by that are scored in float32. What comes back is what "exact" gives.
/// Memory: 5 * dim + 12 bytes a row.
class Int8Index final : public VectorIndex {
public:
    explicit Int8Index(int dim);
    /// Over rows that lie elsewhere and stay there as long as `keeper` lives; nothing can be added.
    Int8Index(int dim, const CodedRows& rows, std::shared_ptr<const void> keeper);

    std::string name() const override { return "int8"; }
    int64_t size() const override { return int64_t(m_view.scales.size()); }
    int dim() const override { return m_dim; }
    void add(const Matrix& rows) override;
    std::vector<Neighbour> search(std::span<const float> query, int64_t k) const override;
    std::vector<float> scores(std::span<const float> query) const override;

    /// Every row's score by its codes, four times as fast as scores() where memory is the limit. The same numbers on
    /// every machine; for unit vectors of many dimensions about .0005 off.
    std::vector<float> codeScores(std::span<const float> query) const;
    /// scores() of `count` rows from `first` on.
    std::vector<float> scoresOf(std::span<const float> query, size_t first, size_t count) const;
    /// Length of the sum of rows from `first` on, each times its weight, by their codes.
    float codeLength(size_t first, std::span<const float> weights) const;

    /// Makes room, so that adding rows one video at a time copies none twice.
    void reserve(int64_t rows);
    /// One row as it was added.
    std::span<const float> row(int64_t i) const
    {
        return m_view.rows.subspan(size_t(i) * size_t(m_dim), size_t(m_dim));
    }
    const CodedRows& coded() const { return m_view; }

private:
    struct alignas(64) CodeLine {
        uint8_t bytes[64];
    };

    int m_dim;
    std::vector<float> m_rows;
    std::vector<CodeLine> m_codes;
    std::vector<CodeScale> m_scales;
    std::shared_ptr<const void> m_keeper;
    CodedRows m_view;
};

} // namespace clipscope
