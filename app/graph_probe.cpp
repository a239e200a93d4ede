// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph_probe.h"

#include "probe/logistic_regression.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace clipscope {

namespace {

constexpr int kRows = 1024; ///< of sparse features that are made dense at a time

Matrix unitRows(const NodeFeatures& features, std::span<const int> nodes)
{
    Matrix out(nodes.size(), size_t(features.columns()));
    for (size_t i = 0; i < nodes.size(); ++i) {
        if (!features.areWords()) {
            std::ranges::copy(features.vectors.row(size_t(nodes[i])), out.row(i).begin());
            continue;
        }
        const auto words = features.words.columnsOf(nodes[i]);
        const auto values = features.words.valuesOf(nodes[i]);
        for (size_t entry = 0; entry < words.size(); ++entry)
            out.at(i, size_t(words[entry])) = values[entry];
    }
    normaliseRows(out);
    return out;
}

} // namespace

Matrix probeNodes(const Graph& graph, std::span<const int> labelled, const JobContext& context)
{
    std::vector<int> labels;
    for (const int node : labelled)
        labels.push_back(graph.labels[size_t(node)]);
    const LinearClassifier classifier =
        fitLogistic(unitRows(graph.features, labelled), labels, int(graph.classes.size()), {}, context).classifier;

    std::vector<int> nodes(size_t(graph.nodes()));
    std::iota(nodes.begin(), nodes.end(), 0);
    Matrix out;
    for (size_t first = 0; first < nodes.size(); first += kRows) {
        context.throwIfStopped();
        const auto part = std::span(nodes).subspan(first, std::min<size_t>(kRows, nodes.size() - first));
        const Matrix scores = classifier.scores(unitRows(graph.features, part));
        for (size_t row = 0; row < scores.rows; ++row)
            out.append(scores.row(row));
    }
    return out;
}

} // namespace clipscope
