// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/safetensors.h"
#include "nn/weights.h"
#include "support/test_data.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cosine_similarity.h>
#include <ATen/ops/empty.h>

#include <cstring>

namespace clipscope::test {

inline std::filesystem::path goldenFolder(const std::string& name)
{
    return sourceDir() / "tests" / "reference" / "clip" / name;
}

/// int64 tensor of a golden file.
inline at::Tensor integers(const SafetensorsFile& file, const std::string& name)
{
    const TensorView& view = file.tensor(name);
    if (view.dtype != DType::I64)
        throw std::runtime_error(name + " is not I64");
    at::Tensor out = at::empty(view.shape, at::kLong);
    std::memcpy(out.data_ptr(), view.bytes.data(), view.bytes.size());
    return out;
}

/// Row r of an int64 matrix, its first lengths[r] entries.
inline std::vector<std::vector<int32_t>> rowsOf(const at::Tensor& matrix, const at::Tensor& lengths)
{
    std::vector<std::vector<int32_t>> out;
    for (int64_t r = 0; r < matrix.size(0); ++r) {
        const int64_t* row = matrix.data_ptr<int64_t>() + r * matrix.size(1);
        out.emplace_back(row, row + lengths.data_ptr<int64_t>()[r]);
    }
    return out;
}

inline double largestDifference(const at::Tensor& a, const at::Tensor& b)
{
    return a.sizes() == b.sizes() ? (a - b).abs().max().item<double>() : 1e9;
}

/// Of the worst row.
inline double smallestCosine(const at::Tensor& a, const at::Tensor& b)
{
    if (a.sizes() != b.sizes())
        return -2;
    const int64_t width = a.size(-1);
    return at::cosine_similarity(a.reshape({-1, width}).to(at::kDouble), b.reshape({-1, width}).to(at::kDouble), 1)
        .min()
        .item<double>();
}

} // namespace clipscope::test

#define SAME_AS_GOLDEN(actual, golden)                                                                                 \
    do {                                                                                                               \
        const double cosine = clipscope::test::smallestCosine(actual, golden);                                         \
        const double difference = clipscope::test::largestDifference(actual, golden);                                  \
        QVERIFY2(cosine >= 0.99999 && difference < 2e-4,                                                               \
            qPrintable(                                                                                                \
                QStringLiteral("%1: cosine %2, largest difference %3").arg(#actual).arg(cosine).arg(difference)));     \
    } while (false)
