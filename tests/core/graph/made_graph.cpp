// SPDX-License-Identifier: GPL-3.0-or-later
#include "made_graph.h"

#include "base/random.h"

namespace clipscope::test {

Graph madeGraph(const MadeGraph& how, uint64_t seed)
{
    Random random(seed);
    Graph out;
    out.name = "made";
    for (int i = 0; i < how.nodes; ++i)
        out.labels.push_back(i % how.classes);
    for (int i = 0; i < how.classes; ++i)
        out.classes.push_back("class " + std::to_string(i));
    std::vector<SparseEntry> edges, words;
    if (how.dense)
        out.features.vectors = Matrix(size_t(how.nodes), size_t(how.words));
    for (int i = 0; i + 1 < how.nodes; ++i) {
        for (int j = 0; j < how.edgesANode; ++j) {
            int other = int(random.below(uint64_t(how.nodes - 1)));
            if (random.chance(how.sameClass))
                other = other / how.classes * how.classes + i % how.classes;
            if (other < how.nodes - 1)
                edges.push_back({i, other});
        }
        for (int j = 0; j < 6; ++j) {
            const int half = how.words / 2,
                      word = random.chance(1 - how.wordsTell)
                ? int(random.below(uint64_t(half)))
                : half + i % how.classes * (half / how.classes) + int(random.below(uint64_t(half / how.classes)));
            words.push_back({i, word, float(random.uniform(.5, 1.5))});
        }
    }
    out.adjacency = adjacencyOf(how.nodes, edges, "made", out.notes);
    if (how.dense)
        for (const SparseEntry& word : words)
            out.features.vectors.at(size_t(word.row), size_t(word.column)) += word.value;
    else
        out.features.words = sparseMatrix(how.nodes, how.words, words);
    return out;
}

} // namespace clipscope::test
