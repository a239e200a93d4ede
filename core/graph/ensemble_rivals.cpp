// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/ensemble_rivals.h"

#include "base/random.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace clipscope {

namespace {

GnnShape plain(GnnShape shape)
{
    shape.kind = GnnKind::Gcn;
    return shape;
}

/// Adds `weight` times the mean of KL(teacher || student) over `rows`, of logits [nodes, classes], to the gradient, and
/// returns it.
double addDivergence(
    const Matrix& logits, const Matrix& teacher, const std::vector<int>& rows, double weight, Matrix& gradient)
{
    Matrix said = logits;
    softmaxOfMembers(said, 1);
    double sum = 0;
    for (const int row : rows)
        for (size_t c = 0; c < said.columns; ++c) {
            const double p = double(teacher.at(size_t(row), c)), q = double(said.at(size_t(row), c));
            constexpr double kLeast = 1e-30;
            if (p > 0)
                sum += p * std::log(p / std::max(q, kLeast));
            gradient.at(size_t(row), c) += float(weight * (q - p) / double(rows.size()));
        }
    return rows.empty() ? 0 : weight * sum / double(rows.size());
}

} // namespace

Matrix dropoutProbabilities(Gnn gnn, const NodeFeatures& features, const SparseMatrix& propagation, int passes)
{
    const MessageFlow flow = MessageFlowBuilder(propagation).wholeGraph(gnn.shape().layers);
    const auto classes = size_t(gnn.classes());
    Matrix out(size_t(propagation.rows), size_t(passes) * classes);
    for (int pass = 0; pass < passes; ++pass) {
        const Matrix logits = gnn.logitsForTraining(features, flow, deriveSeed(uint64_t(pass), "asked"));
        for (size_t row = 0; row < logits.rows; ++row)
            std::ranges::copy(logits.row(row), out.row(row).begin() + int64_t(size_t(pass) * classes));
    }
    softmaxOfMembers(out, passes);
    return out;
}

MlpStudent::MlpStudent(const Graph& graph, const GraphSplit& split, const Matrix& teacher,
    const std::vector<bool>& doubted, const StudentOptions& options, const JobContext& context)
    : m_graph(graph)
    , m_alone(loopsAlone(graph.nodes()))
    , m_gnn(plain(options.shape), graph.features.columns(), int(graph.classes.size()), {&options.seed, 1})
{
    const NodeTargets known = targetsOf(graph, split.train);
    std::vector<int> taught, all(size_t(graph.nodes()));
    std::iota(all.begin(), all.end(), 0);
    for (const int node : all)
        if (!doubted[size_t(node)])
            taught.push_back(node);
    const NodeLoss loss = [&](Matrix& logits) {
        Matrix labelled(known.nodes.size(), logits.columns);
        for (size_t i = 0; i < known.nodes.size(); ++i)
            std::ranges::copy(logits.row(size_t(known.nodes[i])), labelled.row(i).begin());
        std::vector<double> out = crossEntropyOf(labelled, known, 1);
        Matrix gradient(logits.rows, logits.columns);
        for (size_t i = 0; i < known.nodes.size(); ++i)
            std::ranges::copy(labelled.row(i), gradient.row(size_t(known.nodes[i])).begin());
        out.front() += addDivergence(logits, teacher, taught, options.teaching, gradient);
        logits = std::move(gradient);
        return out;
    };
    trainGnn(m_gnn, graph.features, m_alone, all, loss, targetsOf(graph, split.validation), options.training, context);
}

Matrix MlpStudent::probabilities() const
{
    Matrix out = logitsOf(m_gnn, m_graph.features, m_alone);
    softmaxOfMembers(out, 1);
    return out;
}

Gnn::Cost MlpStudent::cost() const
{
    return m_gnn.cost(m_graph.features, 0);
}

} // namespace clipscope
