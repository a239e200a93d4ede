// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "graph/graph.h"

#include <cstdint>

namespace clipscope {

/// `labelsPerClass` random labelled nodes of each class to train on (all of a class that has fewer, but for one where
/// that leaves none to test on), `validation` others to choose by, all other labelled nodes to test on: the protocol of
/// FASTRAIN (papers section 5.1), at random. Equal seeds give equal draws, and the draw of k labels holds that of k
/// - 1. Throws Error(Input) when a class has no labelled node or nothing is left to test on.
GraphSplit drawSplit(const Graph& graph, int labelsPerClass, int validation, uint64_t seed);

} // namespace clipscope
