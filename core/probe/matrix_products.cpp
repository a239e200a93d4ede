// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/matrix_products.h"

#include <algorithm>

// Fortran's BLAS, which OpenBLAS, MKL and the reference all export: matrices by columns.
extern "C" void sgemm_(const char* transposeA, const char* transposeB, const int* m, const int* n, const int* k,
    const float* alpha, const float* a, const int* lda, const float* b, const int* ldb, const float* beta, float* c,
    const int* ldc);

namespace clipscope {

namespace {

void multiply(const Matrix& a, std::span<const float> b, std::span<const float> bias, Matrix& out)
{
    const int n = int(a.rows), d = int(a.columns), m = a.columns == 0 ? 0 : int(b.size() / a.columns);
    out.rows = size_t(n);
    out.columns = size_t(m);
    out.values.resize(out.rows * out.columns);
    for (size_t i = 0; i < out.rows; ++i) {
        if (bias.empty())
            std::ranges::fill(out.row(i), 0.F);
        else
            std::ranges::copy(bias, out.row(i).begin());
    }
    if (n == 0 || m == 0)
        return;
    // What is a row here is a column there: out^T [m, n] = b [m, d] * a^T [d, n].
    const float one = 1;
    sgemm_("T", "N", &m, &n, &d, &one, b.data(), &d, a.values.data(), &d, &one, out.values.data(), &m);
}

void accumulate(const Matrix& p, const Matrix& a, std::span<float> out)
{
    const int n = int(p.rows), m = int(p.columns), d = int(a.columns);
    if (n == 0 || m == 0 || d == 0)
        return;
    const float one = 1;
    sgemm_("N", "T", &d, &m, &n, &one, a.values.data(), &d, p.values.data(), &m, &one, out.data(), &d);
}

const LateCode kScoresOf(scoresOf, multiply);
const LateCode kAddWeighted(addWeighted, accumulate);

} // namespace

} // namespace clipscope
