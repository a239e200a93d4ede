// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/softmax.h"

#include "probe/vector_kernels.h"

#include <cmath>

namespace clipscope {

double crossEntropy(Matrix& logits, std::span<const int> labels)
{
    double sum = 0;
    const auto share = float(1 / double(logits.rows));
    for (size_t i = 0; i < logits.rows; ++i) {
        const std::span<float> row = logits.row(i);
        const float own = row[size_t(labels[i])];
        const Exponentials made = exponentiateBelowHighest(row);
        sum += std::log(double(made.sum)) + double(made.highest) - double(own);
        scale(row, share / made.sum);
        row[size_t(labels[i])] -= share;
    }
    return sum / double(logits.rows);
}

} // namespace clipscope
