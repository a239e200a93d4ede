// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/paired_json_internal.h"

#include <cmath>
#include <vector>

namespace clipscope {

Json pairedDifferenceJson(std::span<const double> ours, std::span<const double> theirs)
{
    std::vector<double> differences;
    for (size_t i = 0; i < ours.size(); ++i)
        differences.push_back(ours[i] - theirs[i]);
    const MeanAndSd found = meanAndSd(differences);
    Json out = {{"difference", found.mean}, {"interval", nullptr}};
    if (found.sd) {
        const double half = 1.96 * *found.sd / std::sqrt(double(differences.size()));
        out["interval"] = {found.mean - half, found.mean + half};
    }
    return out;
}

Json sdJson(const MeanAndSd& of)
{
    return of.sd ? Json(*of.sd) : Json();
}

} // namespace clipscope
