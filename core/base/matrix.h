// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace clipscope {

/// Dense row-major float32 matrix [rows, columns]; the currency between rooms (embeddings, scores, features).
struct Matrix {
    size_t rows = 0;
    size_t columns = 0;
    std::vector<float> values;

    Matrix() = default;
    Matrix(size_t r, size_t c)
        : rows(r)
        , columns(c)
        , values(r * c)
    {
    }
    bool empty() const { return values.empty(); }
    std::span<float> row(size_t i) { return {values.data() + i * columns, columns}; }
    std::span<const float> row(size_t i) const { return {values.data() + i * columns, columns}; }
    float& at(size_t r, size_t c) { return values[r * columns + c]; }
    float at(size_t r, size_t c) const { return values[r * columns + c]; }
    /// Appends one row; the first row fixes `columns`. `v.size()` must equal `columns` afterwards.
    void append(std::span<const float> v);
    bool operator==(const Matrix&) const = default;
};

float dot(std::span<const float> a, std::span<const float> b);
/// Euclidean norm.
float norm(std::span<const float> v);
/// v /= |v|; a vector shorter than 1e-12 is left alone (all-zero rows stay zero).
void normalise(std::span<float> v);
void normaliseRows(Matrix& m);
/// a [n,d] times b [m,d] transposed -> [n,m].
Matrix multiplyTransposed(const Matrix& a, const Matrix& b);

} // namespace clipscope
