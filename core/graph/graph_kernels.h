// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/matrix.h"
#include "graph/sparse_matrix.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace clipscope {

/// A rectangle of a row-major float32 matrix: `stride` numbers lie between the beginnings of two rows.
struct MatrixView {
    float* values = nullptr;
    size_t rows = 0, columns = 0, stride = 0;

    float* row(size_t i) const { return values + i * stride; }
};
struct ConstMatrixView {
    const float* values = nullptr;
    size_t rows = 0, columns = 0, stride = 0;

    ConstMatrixView() = default;
    ConstMatrixView(const float* v, size_t r, size_t c, size_t s)
        : values(v)
        , rows(r)
        , columns(c)
        , stride(s)
    {
    }
    ConstMatrixView(const MatrixView& m)
        : ConstMatrixView(m.values, m.rows, m.columns, m.stride)
    {
    }
    const float* row(size_t i) const { return values + i * stride; }
};

MatrixView view(Matrix& m);
ConstMatrixView view(const Matrix& m);
/// `count` columns from `first` on.
MatrixView columns(const MatrixView& m, size_t first, size_t count);
ConstMatrixView columns(const ConstMatrixView& m, size_t first, size_t count);

/// What networks on graphs are made of, in the widest instructions of this processor, one thread. All add to `out`, so
/// that a sum of several costs no further pass. Of a sparse matrix only the places count: its values are given apart,
/// as `values` [groups, a.entries()]. With several groups the columns of x and out are as many parts of equal width
/// side by side (members of an ensemble, heads of an attention), each with values of its own.

/// out [n, w] += the first n rows of a [rows, columns] * x [columns, w]
void addSparseProduct(const SparseMatrix& a, std::span<const float> values, size_t groups, const ConstMatrixView& x,
    const MatrixView& out);
/// out [columns, w] += the first n rows of a, transposed, * g [n, w]: what flows back through the product above,
/// without a second matrix.
void addTransposedSparseProduct(const SparseMatrix& a, std::span<const float> values, size_t groups,
    const ConstMatrixView& g, const MatrixView& out);
/// out [groups, entries] = g_i . x_j of each entry (i, j) and group: the gradient of the values.
void entryProducts(
    const SparseMatrix& a, size_t groups, const ConstMatrixView& g, const ConstMatrixView& x, std::span<float> out);

/// out [n, w] += a [n, k] * b [k, w]
void addProduct(const ConstMatrixView& a, const ConstMatrixView& b, const MatrixView& out);
/// out [k, w] += a [n, k] transposed * g [n, w]
void addTransposedProduct(const ConstMatrixView& a, const ConstMatrixView& g, const MatrixView& out);

/// Each of `to` times 0 with probability p, else times 1 / (1 - p). What is drawn depends on `seed` and the place
/// alone; n numbers, drawn as those of a longer span begin.
void dropOut(std::span<float> to, double p, uint64_t seed);

struct AdamStep {
    float rate = .01F;
    float beta1 = .9F, beta2 = .999F, epsilon = 1e-8F;
    float decay = 0; ///< of L2, added to the gradient
    float correction1 = 1, correction2 = 1; ///< 1 - beta^t
};
/// One step of Adam (Kingma and Ba 2015) with L2 in the gradient; spans of one length.
void adamUpdate(const AdamStep& step, std::span<const float> gradient, std::span<float> mean, std::span<float> square,
    std::span<float> parameters);

} // namespace clipscope
