// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"
#include "probe/linear_classifier.h"
#include "support/test_data.h"

namespace clipscope::test {

/// One problem of make_few_shot_goldens.py.
struct FewShotGolden {
    Matrix x, tested;
    std::vector<int> y;
    LinearClassifier words;
    Json json;
};

inline Matrix matrixFrom(const Json& rows)
{
    Matrix out;
    for (const Json& row : rows)
        out.append(row.get<std::vector<float>>());
    return out;
}

inline std::vector<FewShotGolden> fewShotGoldens()
{
    std::vector<FewShotGolden> out;
    for (const Json& problem : readJsonFile(sourceDir() / "tests/reference/probe/few_shot.json")) {
        FewShotGolden golden;
        golden.x = matrixFrom(problem.at("x"));
        golden.tested = matrixFrom(problem.at("tested"));
        golden.y = problem.at("y").get<std::vector<int>>();
        golden.words.weights = matrixFrom(problem.at("words"));
        golden.json = problem;
        out.push_back(std::move(golden));
    }
    return out;
}

/// The largest difference, as a share of the largest number expected.
inline double differenceOf(const Matrix& scores, const Matrix& expected)
{
    double off = 0, most = 0;
    for (size_t i = 0; i < expected.values.size(); ++i) {
        off = std::max(off, std::fabs(double(scores.values.at(i)) - double(expected.values[i])));
        most = std::max(most, std::fabs(double(expected.values[i])));
    }
    return off / most;
}

} // namespace clipscope::test
