// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph.h"

#include "base/error.h"
#include "base/run_record.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace clipscope {

namespace {

[[noreturn]] void refuse(const std::string& happened, const std::string& subject, const std::string& remedy)
{
    throw Error(ErrorKind::Input, happened, subject, remedy);
}

void checkSplit(const GraphSplit& split, const Graph& graph, const std::string& subject)
{
    std::vector<bool> taken(size_t(graph.nodes()), false);
    for (const std::vector<int>* part : {&split.train, &split.validation, &split.test})
        for (const int node : *part) {
            if (node < 0 || node >= graph.nodes())
                refuse("has a split that names node " + std::to_string(node) + " of " + std::to_string(graph.nodes()),
                    subject, "Number the nodes from 0.");
            if (taken[size_t(node)])
                refuse("has a split with node " + std::to_string(node) + " in two of its parts", subject,
                    "What is trained on may not be tested on: name each node once.");
            taken[size_t(node)] = true;
        }
    if (split.train.empty() || split.test.empty())
        refuse("has a split without nodes to train on or to test on", subject, "Give both some nodes.");
}

} // namespace

std::string Graph::nodeName(int node) const
{
    return nodeNames.empty() ? std::to_string(node) : nodeNames[size_t(node)];
}

SparseMatrix adjacencyOf(
    int nodes, std::vector<SparseEntry> edges, const std::string& subject, std::vector<std::string>& notes)
{
    for (const SparseEntry& edge : edges)
        for (const int node : {edge.row, edge.column})
            if (node < 0 || node >= nodes)
                refuse("has an edge to node " + std::to_string(node) + ", but only the nodes 0 to "
                        + std::to_string(nodes - 1),
                    subject, "Number the nodes from 0, as their features are.");
    const size_t all = edges.size();
    std::erase_if(edges, [](const SparseEntry& edge) { return edge.row == edge.column; });
    if (const size_t loops = all - edges.size(); loops > 0)
        notes.push_back(std::to_string(loops) + " loops left out");
    const size_t given = edges.size();
    for (size_t i = 0; i < given; ++i)
        edges.push_back({edges[i].column, edges[i].row, edges[i].value});
    return sparseMatrix(nodes, nodes, std::move(edges));
}

void checkGraph(const Graph& graph, const std::string& subject)
{
    const auto nodes = size_t(graph.nodes());
    if (nodes == 0)
        refuse("has no nodes", subject, "A graph to learn on has at least two.");
    if (graph.adjacency.columns != graph.nodes())
        refuse("has an adjacency of " + std::to_string(nodes) + " x " + std::to_string(graph.adjacency.columns),
            subject, "Rows and columns are the same nodes.");
    if (graph.edges() == 0)
        refuse("has no edges", subject, "Without edges a plain classifier serves: see the Probe page.");
    if (graph.features.nodes() != graph.nodes())
        refuse("has features of " + std::to_string(graph.features.nodes()) + " nodes and edges of "
                + std::to_string(nodes),
            subject, "Each node needs one row of features.");
    if (graph.features.columns() == 0)
        refuse("has no features", subject, "Each node needs at least one.");
    const std::vector<float>& values =
        graph.features.areWords() ? graph.features.words.values : graph.features.vectors.values;
    if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
        refuse("has features that are not numbers", subject, "Put 0 where a value is not known.");
    if (graph.labels.size() != nodes)
        refuse("has " + std::to_string(graph.labels.size()) + " labels for " + std::to_string(nodes) + " nodes",
            subject, "Each node needs one; -1 where it is not known.");
    for (size_t node = 0; node < nodes; ++node)
        if (graph.labels[node] < -1 || graph.labels[node] >= int(graph.classes.size()))
            refuse("gives node " + std::to_string(node) + " the label " + std::to_string(graph.labels[node])
                    + ", but has " + std::to_string(graph.classes.size()) + " classes",
                subject, "Number the classes from 0.");
    if (std::ranges::all_of(graph.labels, [](int label) { return label < 0; }))
        refuse("has no labelled node", subject, "Label at least one node of each of two classes.");
    if (!graph.nodeNames.empty() && graph.nodeNames.size() != nodes)
        refuse("has " + std::to_string(graph.nodeNames.size()) + " names for " + std::to_string(nodes) + " nodes",
            subject, "Name all nodes or none.");
    if (graph.publicSplit)
        checkSplit(*graph.publicSplit, graph, subject);
}

namespace {

void add(DataHash& hash, const auto& numbers)
{
    hash.add(std::string_view(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(numbers.front())));
}

/// `addLabels` adds what stands for the labels.
std::string hashOf(const Graph& graph, auto addLabels)
{
    DataHash hash;
    hash.add(graph.name);
    add(hash, graph.adjacency.indices);
    add(hash, graph.adjacency.offsets);
    addLabels(hash);
    add(hash, graph.features.words.indices);
    add(hash, graph.features.words.values);
    add(hash, graph.features.vectors.values);
    return hash.hexadecimal();
}

} // namespace

std::string hashOf(const Graph& graph)
{
    return hashOf(graph, [&](DataHash& hash) { add(hash, graph.labels); });
}

std::string hashWithoutLabels(const Graph& graph)
{
    return hashOf(graph, [&](DataHash& hash) {
        for (const std::string& name : graph.classes)
            hash.add(name);
    });
}

} // namespace clipscope
