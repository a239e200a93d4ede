// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/matrix.h"

#include "base/error.h"

#include <cmath>

namespace clipscope {

void Matrix::append(std::span<const float> v)
{
    if (rows == 0)
        columns = v.size();
    else if (v.size() != columns)
        throw Error(ErrorKind::Internal,
            "a row of " + std::to_string(v.size()) + " values does not fit a matrix of " + std::to_string(columns)
                + " columns");
    values.insert(values.end(), v.begin(), v.end());
    ++rows;
}

float dot(std::span<const float> a, std::span<const float> b)
{
    // Eight partial sums let the compiler vectorise without reordering one long chain.
    float part[8] = {};
    size_t i = 0;
    for (; i + 8 <= a.size(); i += 8)
        for (size_t j = 0; j < 8; ++j)
            part[j] += a[i + j] * b[i + j];
    float sum = 0;
    for (; i < a.size(); ++i)
        sum += a[i] * b[i];
    for (float p : part)
        sum += p;
    return sum;
}

float norm(std::span<const float> v)
{
    return std::sqrt(dot(v, v));
}

void normalise(std::span<float> v)
{
    const float n = norm(v);
    if (n < 1e-12F)
        return;
    for (float& x : v)
        x /= n;
}

void normaliseRows(Matrix& m)
{
    for (size_t i = 0; i < m.rows; ++i)
        normalise(m.row(i));
}

Matrix multiplyTransposed(const Matrix& a, const Matrix& b)
{
    if (a.columns != b.columns)
        throw Error(ErrorKind::Internal,
            "matrices of " + std::to_string(a.columns) + " and " + std::to_string(b.columns)
                + " columns cannot be multiplied");
    Matrix out(a.rows, b.rows);
    for (size_t i = 0; i < a.rows; ++i)
        for (size_t j = 0; j < b.rows; ++j)
            out.at(i, j) = dot(a.row(i), b.row(j));
    return out;
}

} // namespace clipscope
