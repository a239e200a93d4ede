// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "graph/graph.h"

#include <cstdint>

namespace clipscope::test {

struct MadeGraph {
    int nodes = 60;
    int classes = 3;
    int words = 40;
    double sameClass = .8; ///< share of the edges within a class
    int edgesANode = 3;
    double wordsTell = .5; ///< share of a node's words that only its class has
    bool dense = false; ///< vectors instead of words
};

/// A graph whose classes show in its edges and features. The last node has neither.
Graph madeGraph(const MadeGraph& how, uint64_t seed);

} // namespace clipscope::test
