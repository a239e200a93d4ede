// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/message_flow.h"

#include "base/random.h"

#include <cmath>
#include <numeric>

namespace clipscope {

namespace {

SparseMatrix withLoops(const SparseMatrix& adjacency)
{
    SparseMatrix out;
    out.rows = out.columns = adjacency.rows;
    out.indices.reserve(adjacency.indices.size() + size_t(adjacency.rows));
    out.values.reserve(adjacency.values.size() + size_t(adjacency.rows));
    out.offsets.reserve(adjacency.offsets.size());
    for (int row = 0; row < adjacency.rows; ++row) {
        bool hasLoop = false;
        const auto addLoop = [&] {
            out.indices.push_back(row);
            out.values.push_back(1);
            hasLoop = true;
        };
        const std::span<const int> columns = adjacency.columnsOf(row);
        const std::span<const float> values = adjacency.valuesOf(row);
        for (size_t k = 0; k < columns.size(); ++k) {
            if (columns[k] > row && !hasLoop)
                addLoop();
            out.indices.push_back(columns[k]);
            out.values.push_back(values[k]);
        }
        if (!hasLoop)
            addLoop();
        out.offsets.push_back(int64_t(out.indices.size()));
    }
    return out;
}

} // namespace

SparseMatrix gcnPropagation(const SparseMatrix& adjacency)
{
    SparseMatrix out = withLoops(adjacency);
    std::vector<double> scale;
    for (int row = 0; row < out.rows; ++row) {
        const std::span<const float> values = std::as_const(out).valuesOf(row);
        scale.push_back(1 / std::sqrt(std::accumulate(values.begin(), values.end(), 0.)));
    }
    for (int row = 0; row < out.rows; ++row)
        for (int64_t k = out.offsets[size_t(row)]; k < out.offsets[size_t(row) + 1]; ++k)
            out.values[size_t(k)] =
                float(out.values[size_t(k)] * scale[size_t(row)] * scale[size_t(out.indices[size_t(k)])]);
    return out;
}

SparseMatrix meanPropagation(const SparseMatrix& adjacency)
{
    SparseMatrix out = adjacency;
    normaliseRowSums(out);
    return out;
}

SparseMatrix loopsAlone(int nodes)
{
    SparseMatrix none;
    none.rows = none.columns = nodes;
    none.offsets.assign(size_t(nodes) + 1, 0);
    return withLoops(none);
}

SparseMatrix attentionPropagation(const SparseMatrix& adjacency)
{
    SparseMatrix out = withLoops(adjacency);
    out.values.assign(out.values.size(), 1);
    return out;
}

MessageFlowBuilder::MessageFlowBuilder(const SparseMatrix& propagation)
    : m_propagation(propagation)
    , m_place(size_t(propagation.rows), -1)
{
}

template <class Keep> MessageFlow MessageFlowBuilder::build(std::span<const int> targets, int layers, Keep keep)
{
    MessageFlow out;
    out.nodes.assign(targets.begin(), targets.end());
    for (size_t i = 0; i < targets.size(); ++i)
        m_place[size_t(targets[i])] = int(i);
    out.counts.assign(size_t(layers) + 1, int(targets.size()));
    out.weights.resize(size_t(layers));
    for (int layer = layers - 1; layer >= 0; --layer) {
        auto weights = std::make_shared<SparseMatrix>();
        weights->rows = out.counts[size_t(layer) + 1];
        weights->offsets.reserve(size_t(weights->rows) + 1);
        for (int row = 0; row < weights->rows; ++row) {
            const int node = out.nodes[size_t(row)];
            for (auto k = size_t(m_propagation.offsets[size_t(node)]);
                 k < size_t(m_propagation.offsets[size_t(node) + 1]); ++k) {
                if (!keep(k))
                    continue;
                const int from = m_propagation.indices[k];
                int& place = m_place[size_t(from)];
                if (place < 0) {
                    place = int(out.nodes.size());
                    out.nodes.push_back(from);
                }
                weights->indices.push_back(place);
                weights->values.push_back(m_propagation.values[k]);
            }
            weights->offsets.push_back(int64_t(weights->indices.size()));
        }
        weights->columns = int(out.nodes.size());
        out.counts[size_t(layer)] = int(out.nodes.size());
        out.weights[size_t(layer)] = std::move(weights);
    }
    for (const int node : out.nodes)
        m_place[size_t(node)] = -1;
    return out;
}

MessageFlow MessageFlowBuilder::flow(std::span<const int> targets, int layers)
{
    return build(targets, layers, [](size_t) { return true; });
}

MessageFlow MessageFlowBuilder::flow(std::span<const int> targets, int layers, double keep, uint64_t seed)
{
    if (keep >= 1)
        return flow(targets, layers);
    const auto least = uint64_t(std::ldexp(1 - keep, 63)) << 1;
    return build(targets, layers, [&](size_t entry) { return deriveSeed(seed, entry) >= least; });
}

MessageFlow MessageFlowBuilder::wholeGraph(int layers) const
{
    MessageFlow out;
    out.nodes.resize(size_t(m_propagation.rows));
    std::iota(out.nodes.begin(), out.nodes.end(), 0);
    out.counts.assign(size_t(layers) + 1, m_propagation.rows);
    // Not owned: it outlives the flow as it outlives this.
    out.weights.assign(size_t(layers), std::shared_ptr<const SparseMatrix>(std::shared_ptr<void>(), &m_propagation));
    return out;
}

} // namespace clipscope
