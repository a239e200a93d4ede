// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/mean_and_sd.h"

#include <cmath>

namespace clipscope {

MeanAndSd meanAndSd(std::span<const double> values)
{
    const auto n = double(values.size());
    MeanAndSd out;
    for (const double value : values)
        out.mean += value / n;
    if (values.size() < 2)
        return out;
    double squares = 0;
    for (const double value : values)
        squares += (value - out.mean) * (value - out.mean);
    out.sd = std::sqrt(squares / (n - 1));
    return out;
}

} // namespace clipscope
