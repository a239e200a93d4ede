// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_split.h"

#include "base/error.h"
#include "base/random.h"

#include <algorithm>

namespace clipscope {

GraphSplit drawSplit(const Graph& graph, int labelsPerClass, int validation, uint64_t seed)
{
    const auto refuse = [&](const std::string& happened, const std::string& remedy) {
        throw Error(ErrorKind::Input, happened, graph.name, remedy);
    };
    if (labelsPerClass < 1 || validation < 0)
        refuse("takes at least one label a class", "Raise the number of labels.");
    std::vector<int> order;
    for (const int64_t node : Random(deriveSeed(seed, "nodes")).permutation(graph.nodes()))
        if (graph.labels[size_t(node)] >= 0)
            order.push_back(int(node));
    std::vector<int> count(graph.classes.size(), 0), taken(graph.classes.size(), 0);
    for (const int node : order)
        ++count[size_t(graph.labels[size_t(node)])];
    for (size_t label = 0; label < count.size(); ++label)
        if (count[label] == 0)
            refuse("has no labelled node of the class " + graph.classes[label], "Label one, or leave the class out.");
    GraphSplit out;
    for (const int node : order) {
        const auto label = size_t(graph.labels[size_t(node)]);
        const int most = std::min(labelsPerClass, std::max(1, count[label] - 1));
        if (taken[label] < most) {
            ++taken[label];
            out.train.push_back(node);
        } else if (int(out.validation.size()) < validation) {
            out.validation.push_back(node);
        } else {
            out.test.push_back(node);
        }
    }
    if (out.test.empty())
        refuse("has no labelled node left to test on", "Train on fewer, or choose by fewer.");
    for (std::vector<int>* part : {&out.train, &out.validation, &out.test})
        std::ranges::sort(*part);
    return out;
}

} // namespace clipscope
