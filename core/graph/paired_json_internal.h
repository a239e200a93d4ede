// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"
#include "base/mean_and_sd.h"

#include <span>

namespace clipscope {

/// {"difference": x, "interval": [x, x]|null}: mean of ours - theirs, pair by pair, with its 95 % interval by the
/// normal law; none for one pair.
Json pairedDifferenceJson(std::span<const double> ours, std::span<const double> theirs);
/// null where there is one value alone.
Json sdJson(const MeanAndSd& of);

} // namespace clipscope
