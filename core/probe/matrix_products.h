// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/late_function.h"
#include "base/matrix.h"

#include <span>

namespace clipscope {

/// The two products a linear classifier is made of, by BLAS (whose threads are the process's). Row-major.
/// out [n, m] = a [n, d] * b [m, d] transposed + bias [m] in every row (empty: none).
extern LateFunction<void(
    const Matrix& a, std::span<const float> b, std::span<const float> bias, Matrix& out)>
    scoresOf;
/// out [m, d] += p [n, m] transposed * a [n, d].
extern LateFunction<void(const Matrix& p, const Matrix& a, std::span<float> out)> addWeighted;

} // namespace clipscope
