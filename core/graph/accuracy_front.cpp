// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/accuracy_front.h"

#include <cstddef>

namespace clipscope {

std::vector<bool> onAccuracyFront(std::span<const double> costs, std::span<const double> accuracies)
{
    std::vector<bool> out;
    for (size_t i = 0; i < costs.size(); ++i) {
        bool isBeaten = false;
        for (size_t j = 0; j < costs.size(); ++j)
            isBeaten |= costs[j] <= costs[i] && accuracies[j] >= accuracies[i]
                && (costs[j] < costs[i] || accuracies[j] > accuracies[i]);
        out.push_back(!isBeaten);
    }
    return out;
}

} // namespace clipscope
