// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"
#include "base/mean_and_sd.h"
#include "graph/graph.h"

#include <span>
#include <string>

namespace clipscope {

/// {"difference": x, "interval": [x, x]|null}: mean of ours - theirs, pair by pair, with its 95 % interval by the
/// normal law; none for one pair.
Json pairedDifferenceJson(std::span<const double> ours, std::span<const double> theirs);
/// null where there is one value alone.
Json sdJson(const MeanAndSd& of);
/// Of a graph's edges, labels and features, for the run record.
std::string hashOf(const Graph& graph);

} // namespace clipscope
