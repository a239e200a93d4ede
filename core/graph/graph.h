// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/matrix.h"
#include "graph/sparse_matrix.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace clipscope {

/// What is known of each node by itself: a bag of words, or a dense vector (an embedding). One of both is empty.
struct NodeFeatures {
    SparseMatrix words; ///< [nodes, words]
    Matrix vectors; ///< [nodes, dim]

    bool areWords() const { return words.columns > 0; }
    int nodes() const { return areWords() ? words.rows : int(vectors.rows); }
    int columns() const { return areWords() ? words.columns : int(vectors.columns); }
    bool operator==(const NodeFeatures&) const = default;
};

/// Which nodes are learnt from, chosen by and tested on; none stands in two lists.
struct GraphSplit {
    std::vector<int> train, validation, test;
    bool operator==(const GraphSplit&) const = default;
};

/// An undirected graph whose nodes are to be classified.
struct Graph {
    std::string name; ///< "cora"
    /// [nodes, nodes], symmetric, no loops; values are the weights of the edges, 1 where the data knows none.
    SparseMatrix adjacency;
    NodeFeatures features;
    std::vector<int> labels; ///< [nodes], in [0, classes); -1: not known
    std::vector<std::string> classes;
    std::vector<std::string> nodeNames; ///< [nodes], or empty
    std::optional<GraphSplit> publicSplit; ///< the one that papers report
    /// What the reader did to make it so: "12 loops left out"; for whoever reads the run.
    std::vector<std::string> notes;

    int nodes() const { return adjacency.rows; }
    /// Each counted once.
    int64_t edges() const { return adjacency.entries() / 2; }
    std::string nodeName(int node) const;
};

/// Makes the adjacency of a graph from edges as a file lists them: each in both directions, loops and repetitions left
/// out and counted in `notes`. Throws Error(Input) naming `subject` for a node below 0 or from `nodes` on.
SparseMatrix adjacencyOf(
    int nodes, std::vector<SparseEntry> edges, const std::string& subject, std::vector<std::string>& notes);

/// Throws Error(Input) naming `subject` and the remedy where the parts do not fit each other: no nodes, no edges,
/// counts that differ, a feature that is not finite, a label out of range, no known label, a split that overlaps or
/// leaves the graph. Isolated nodes and rows without features are no error.
void checkGraph(const Graph& graph, const std::string& subject);

/// Of a graph's edges, labels and features: what a run record knows it by.
std::string hashOf(const Graph& graph);
/// The same whatever the nodes' labels are, of the same classes.
std::string hashWithoutLabels(const Graph& graph);

} // namespace clipscope
