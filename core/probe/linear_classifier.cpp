// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/linear_classifier.h"

#include "base/error.h"
#include "probe/matrix_products.h"

#include <algorithm>

namespace clipscope {

Matrix LinearClassifier::scores(const Matrix& vectors) const
{
    if (vectors.rows > 0 && vectors.columns != weights.columns)
        throw Error(ErrorKind::Internal,
            "vectors of " + std::to_string(vectors.columns) + " numbers cannot be classified by weights of "
                + std::to_string(weights.columns));
    Matrix out;
    scoresOf(vectors, weights.values, bias, out);
    return out;
}

std::vector<int> bestClasses(const Matrix& scores)
{
    std::vector<int> out(scores.rows);
    for (size_t i = 0; i < scores.rows; ++i) {
        const std::span<const float> row = scores.row(i);
        out[i] = int(std::max_element(row.begin(), row.end()) - row.begin());
    }
    return out;
}

double topAccuracy(const Matrix& scores, std::span<const int> labels, int top)
{
    size_t right = 0;
    for (size_t i = 0; i < scores.rows; ++i) {
        const std::span<const float> row = scores.row(i);
        const auto label = row.begin() + labels[i];
        const auto before = std::count_if(row.begin(), label, [label](float s) { return s >= *label; })
            + std::count_if(label + 1, row.end(), [label](float s) { return s > *label; });
        right += before < top;
    }
    return scores.rows == 0 ? 0 : double(right) / double(scores.rows);
}

std::vector<std::vector<int>> confusionOf(std::span<const int> labels, std::span<const int> predicted, int classes)
{
    const auto count = size_t(classes);
    std::vector<std::vector<int>> out(count, std::vector<int>(count));
    for (size_t i = 0; i < labels.size(); ++i)
        ++out[size_t(labels[i])][size_t(predicted[i])];
    return out;
}

} // namespace clipscope
