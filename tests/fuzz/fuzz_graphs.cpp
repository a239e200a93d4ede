// SPDX-License-Identifier: GPL-3.0-or-later
// Input: a letter that names a format, then the format's files, a record separator between them:
//   M edges, targets, features of MUSAE   G edges, nodes of geom-gcn   N an .npz of gnn-benchmark
//   P graph, test.index, allx, ally, tx, ty, y of Planetoid
// A graph that is accepted holds what checkGraph() promises.
#include "fuzz/fuzz_input.h"
#include "graph/graph_reader.h"

#include <algorithm>
#include <cmath>

using namespace clipscope;
using namespace clipscope::fuzz;

namespace {

void check(const Graph& graph)
{
    const int nodes = graph.nodes();
    require(nodes > 0 && graph.edges() > 0, "a graph has nodes and edges");
    require(graph.features.nodes() == nodes && graph.labels.size() == size_t(nodes), "each node has its row");
    for (int node = 0; node < nodes; ++node) {
        require(graph.labels[size_t(node)] >= -1 && graph.labels[size_t(node)] < int(graph.classes.size()),
            "a label is a class");
        for (const int other : graph.adjacency.columnsOf(node))
            require(other >= 0 && other < nodes && other != node
                    && std::ranges::binary_search(graph.adjacency.columnsOf(other), node),
                "edges go both ways, and to another");
    }
    for (const float value : graph.features.words.values)
        require(std::isfinite(value), "a feature is a number");
    for (const int word : graph.features.words.indices)
        require(word >= 0 && word < graph.features.words.columns, "a word is one of the columns");
    if (graph.publicSplit)
        for (const auto* part : {&graph.publicSplit->train, &graph.publicSplit->validation, &graph.publicSplit->test})
            for (const int node : *part)
                require(node >= 0 && node < nodes, "a split is made of nodes");
}

template <size_t N> void read(std::string_view input, const std::array<const char*, N>& names)
{
    static const ScratchFolder folder;
    const std::array<std::string_view, N> files = parts<N>(input);
    for (size_t i = 0; i < N; ++i)
        writeQuickly(folder / names[i], files[i]);
    accepted([&] { check(readGraph({folder.path(), {}, {}})); });
    for (const char* name : names)
        std::filesystem::remove(folder / name);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view input = textOf(data, size);
    if (input.empty())
        return 0;
    const std::string_view files = input.substr(1);
    switch (input.front()) {
    case 'M':
        read<3>(files, {"a_edges.csv", "a_target.csv", "a_features.json"});
        break;
    case 'G':
        read<2>(files, {"out1_graph_edges.txt", "out1_node_feature_label.txt"});
        break;
    case 'N':
        read<1>(files, {"a.npz"});
        break;
    case 'P':
        read<8>(files,
            {"ind.a.graph", "ind.a.test.index", "ind.a.allx", "ind.a.ally", "ind.a.tx", "ind.a.ty", "ind.a.y",
                "ind.a.x"});
        break;
    default:
        break;
    }
    return 0;
}
