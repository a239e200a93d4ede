// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>

namespace clipscope {

/// What seeds, draws or repetitions of one measurement have in common.
struct MeanAndSd {
    double mean = 0;
    std::optional<double> sd; ///< of the sample (n - 1); unset for one value
};

/// At least one value.
MeanAndSd meanAndSd(std::span<const double> values);

} // namespace clipscope
