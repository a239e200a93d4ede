// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/zero_shot.h"

#include "base/error.h"

#include <algorithm>

namespace clipscope {

std::vector<std::string> promptsOf(const std::vector<std::string>& labels, const std::vector<std::string>& templates)
{
    constexpr std::string_view kPlace = "LABEL";
    std::vector<std::string> out;
    for (std::string label : labels) {
        std::ranges::replace(label, '_', ' ');
        for (const std::string& text : templates) {
            const size_t at = text.find(kPlace);
            if (at == std::string::npos)
                throw Error(ErrorKind::Input, "has no LABEL in it", "template \"" + text + "\"",
                    "Write for instance \"a video of LABEL\".");
            out.push_back(std::string(text).replace(at, kPlace.size(), label));
        }
    }
    return out;
}

LinearClassifier zeroShotClassifier(const Matrix& texts, int templates)
{
    if (templates < 1 || texts.rows % size_t(templates) != 0)
        throw Error(ErrorKind::Internal,
            std::to_string(texts.rows) + " text vectors are no whole number of " + std::to_string(templates)
                + " templates");
    LinearClassifier out;
    out.weights = Matrix(texts.rows / size_t(templates), texts.columns);
    for (size_t i = 0; i < texts.rows; ++i) {
        std::vector<float> unit(texts.row(i).begin(), texts.row(i).end());
        normalise(unit);
        const std::span<float> mean = out.weights.row(i / size_t(templates));
        for (size_t j = 0; j < unit.size(); ++j)
            mean[j] += unit[j];
    }
    normaliseRows(out.weights);
    return out;
}

} // namespace clipscope
