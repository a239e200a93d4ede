// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "graph/graph.h"

#include <filesystem>
#include <string>

namespace clipscope {

struct GraphSource {
    /// A folder, or one file of it.
    std::filesystem::path path;
    /// Which of several: NAME of ind.NAME.x, NAME_edges.csv or NAME.npz; empty where there is only one.
    std::string dataset;
    /// MUSAE's targets: the column with the classes; empty: the last that looks like one.
    std::string labelColumn;
};

/// Reads a graph by what stands in the folder: Planetoid's ind.NAME.* (with the split that papers report),
/// gnn-benchmark's NAME.npz, MUSAE's NAME_edges.csv, NAME_features.json and NAME_target.csv, geom-gcn's
/// out1_graph_edges.txt and out1_node_feature_label.txt. Edges go both ways, once, without loops; rows of words are
/// divided by their sum. What is checkGraph()'d. Throws Error(Input) naming the file and the remedy, Error(Storage).
Graph readGraph(const GraphSource& source);

} // namespace clipscope
