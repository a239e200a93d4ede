// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/gnn.h"

#include "base/error.h"
#include "graph/gnn_training.h"
#include "made_graph.h"
#include "support/test_data.h"

#include <cmath>
#include <numeric>

using namespace clipscope;
using namespace clipscope::test;

namespace {

constexpr GnnKind kKinds[] = {GnnKind::Gcn, GnnKind::Sage, GnnKind::Gat};

GnnShape smallShape(GnnKind kind, double dropout, int layers = 2)
{
    GnnShape out;
    out.kind = kind;
    out.layers = layers;
    out.hidden = 5;
    out.heads = 2;
    out.dropout = dropout;
    return out;
}

/// Sum of the members' losses of a step that is always the same one.
double lossOf(
    Gnn& gnn, const Graph& graph, const MessageFlow& flow, const NodeTargets& targets, Matrix* gradient = nullptr)
{
    const NodeFeatures input = inputOf(graph.features, flow);
    Matrix logits = gnn.logitsForTraining(input, flow, 3);
    const std::vector<double> losses = crossEntropyOf(logits, targets, gnn.members());
    if (gradient) {
        gnn.backward(logits);
        *gradient = logits;
    }
    return std::accumulate(losses.begin(), losses.end(), 0.);
}

/// Takes all weight in what follows from one unit of each head of a network of two layers, as its parameters lie: layer
/// by layer weights, GraphSAGE's own, GAT's attentions, biases.
void deafenTo(Gnn& gnn, int inputs, size_t unit)
{
    const GnnShape& shape = gnn.shape();
    const bool isGat = shape.kind == GnnKind::Gat;
    const auto members = size_t(gnn.members()), heads = size_t(isGat ? shape.heads : 1), classes = size_t(3);
    const auto width = size_t(shape.hidden), hidden = heads * width;
    const std::span<float> all = gnn.parameters();
    const size_t last = all.size() - members * classes * (isGat ? 3 : 1);
    const size_t matrix = members * hidden * classes;
    for (size_t member = 0; member < members; ++member)
        for (size_t head = 0; head < heads; ++head) {
            const size_t row = member * hidden + head * width + unit;
            for (size_t c = 0; c < classes; ++c) {
                all[last - matrix + row * classes + c] = 0;
                if (shape.kind == GnnKind::Sage)
                    all[last - 2 * matrix + row * classes + c] = 0;
            }
            for (size_t listens = 0; isGat && listens < 2; ++listens)
                all[size_t(inputs) * members * hidden + listens * members * hidden + row] = 0;
        }
}

} // namespace

class TestGnn : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// The gradient of each kind of parameter against central differences, with dropout: its draw is the step's.
    void gradients()
    {
        for (const GnnKind kind : kKinds)
            for (const bool dense : {false, true})
                for (const double dropout : {0., .4}) {
                    const Graph graph = madeGraph({.nodes = 30, .words = 12, .dense = dense}, 5);
                    const SparseMatrix weights = propagation(kind, graph.adjacency);
                    MessageFlowBuilder builder(weights);
                    const std::vector<int> nodes{0, 4, 7, 8, 11, 20};
                    NodeTargets targets = targetsOf(graph, nodes);
                    targets.weights = {1, 0, 1, 2, 1, 1, .5F, 1, 1, 1, 1, 1}; // of two members
                    const uint64_t seeds[] = {1, 2};
                    Gnn gnn(smallShape(kind, dropout, 3), 12, 3, seeds);
                    for (size_t i = 0; i < gnn.parameters().size(); i += 3)
                        gnn.parameters()[i] += .05F; // biases too
                    const MessageFlow flow = builder.flow(nodes, 3);
                    Matrix ignored;
                    lossOf(gnn, graph, flow, targets, &ignored);
                    const std::vector<float> gradient(gnn.gradient().begin(), gnn.gradient().end());
                    int looked = 0, bad = 0;
                    double length = 0;
                    for (const float value : gradient)
                        length = std::max(length, double(std::abs(value)));
                    QVERIFY(length > 1e-3);
                    for (size_t i = 0; i < gradient.size(); i += 2) {
                        constexpr float kStep = 1e-3F;
                        const float before = gnn.parameters()[i];
                        gnn.parameters()[i] = before + kStep;
                        const double above = lossOf(gnn, graph, flow, targets);
                        gnn.parameters()[i] = before - kStep;
                        const double below = lossOf(gnn, graph, flow, targets);
                        gnn.parameters()[i] = before;
                        ++looked;
                        // A ReLU that turns on within the step makes a few differ.
                        bad +=
                            std::abs((above - below) / (2 * double(kStep)) - double(gradient[i])) > .01 * length + 2e-4;
                    }
                    QVERIFY2(bad <= looked / 50,
                        (std::string(toString(kind)) + ": " + std::to_string(bad) + " of " + std::to_string(looked))
                            .c_str());
                }
    }

    /// The nodes around the targets are all that matters, to the bit.
    void flowGivesWhatTheWholeGraphGives()
    {
        for (const GnnKind kind : kKinds)
            for (const bool dense : {false, true}) {
                const Graph graph = madeGraph({.dense = dense}, 7);
                const SparseMatrix weights = propagation(kind, graph.adjacency);
                MessageFlowBuilder builder(weights);
                const uint64_t seed = 9;
                Gnn gnn(smallShape(kind, .5), graph.features.columns(), 3, {&seed, 1});
                const Matrix whole = logitsOf(gnn, graph.features, weights);
                const std::vector<int> nodes{50, 3, 22, 59};
                const MessageFlow flow = builder.flow(nodes, 2);
                QVERIFY(flow.nodes.size() < size_t(graph.nodes()));
                const NodeFeatures input = inputOf(graph.features, flow);
                const Matrix part = gnn.logits(input, flow);
                const MessageFlow everywhere = builder.wholeGraph(2);
                const Matrix wholeStep = gnn.logitsForTraining(graph.features, everywhere, 4);
                const Matrix partStep = gnn.logitsForTraining(input, flow, 4);
                QVERIFY(wholeStep != whole);
                for (size_t i = 0; i < nodes.size(); ++i)
                    for (size_t c = 0; c < 3; ++c) {
                        QCOMPARE(part.at(i, c), whole.at(size_t(nodes[i]), c));
                        QCOMPARE(partStep.at(i, c), wholeStep.at(size_t(nodes[i]), c));
                    }
            }
    }

    /// Members side by side end as each would alone.
    void membersDoNotMeet()
    {
        for (const GnnKind kind : kKinds)
            for (const bool dense : {false, true}) {
                const Graph graph = madeGraph({.dense = dense}, 7);
                const SparseMatrix weights = propagation(kind, graph.adjacency);
                const std::vector<int> train{0, 1, 2, 3, 4, 5}, validation{6, 7, 8, 9, 10, 11, 12, 13};
                const uint64_t seeds[] = {11, 12, 13};
                GnnTrainingOptions options;
                options.keep = .8;
                options.stopping = dense ? Stopping::RisingLoss : Stopping::BestAccuracy;
                options.epochs = dense ? 60 : 12; // each stops by itself
                const auto trained = [&](std::span<const uint64_t> of) {
                    Gnn gnn(smallShape(kind, .5), graph.features.columns(), 3, of);
                    trainGnn(gnn, graph.features, weights, targetsOf(graph, train), targetsOf(graph, validation),
                        options, {});
                    return logitsOf(gnn, graph.features, weights);
                };
                const Matrix together = trained(seeds);
                for (size_t member = 0; member < 3; ++member) {
                    const Matrix alone = trained({seeds + member, 1});
                    for (size_t row = 0; row < alone.rows; ++row)
                        for (size_t c = 0; c < 3; ++c)
                            QCOMPARE(together.at(row, member * 3 + c), alone.at(row, c));
                }
            }
    }

    /// What has no weight in what follows may go: the answers stay, the matrices and the cost shrink.
    void narrowed()
    {
        for (const GnnKind kind : kKinds)
            for (const bool dense : {false, true}) {
                const Graph graph = madeGraph({.dense = dense}, 7);
                const SparseMatrix weights = propagation(kind, graph.adjacency);
                const uint64_t seeds[] = {11, 12};
                Gnn gnn(smallShape(kind, .5), graph.features.columns(), 3, seeds);
                for (float& value : gnn.parameters())
                    value += .02F; // biases too
                std::vector<int> seen(20);
                std::iota(seen.begin(), seen.end(), 10);
                gnn.restrictInputs(1, seen);
                QVERIFY(std::ranges::equal(gnn.narrowed(5).parameters(), gnn.parameters()));
                deafenTo(gnn, graph.features.columns(), 1); // of each head's five
                Gnn cut = gnn.narrowed(4);
                QCOMPARE(cut.shape().hidden, 4);
                const Matrix whole = logitsOf(gnn, graph.features, weights),
                             part = logitsOf(cut, graph.features, weights);
                for (size_t i = 0; i < whole.values.size(); ++i)
                    QVERIFY(std::abs(whole.values[i] - part.values[i]) < 1e-5F);
                QVERIFY(logitsOf(gnn.narrowed(3), graph.features, weights) != part);
                const Gnn::Cost before = gnn.cost(graph.features, 0), after = cut.cost(graph.features, 0);
                QCOMPARE(5 * after.features, 4 * before.features);
                // It stays blind to what it was blind to, also when it is trained on.
                trainGnn(
                    cut, graph.features, weights, targetsOf(graph, std::vector<int>{0, 1, 2}), {}, {.epochs = 5}, {});
                Graph other = graph;
                for (size_t k = 0; k < other.features.words.indices.size(); ++k)
                    other.features.words.values[k] *= other.features.words.indices[k] < 10 ? 5.F : 1.F;
                for (size_t row = 0; row < other.features.vectors.rows; ++row)
                    for (size_t c = 0; c < 10; ++c)
                        other.features.vectors.at(row, c) += 1;
                const Matrix left = logitsOf(cut, graph.features, weights),
                             right = logitsOf(cut, other.features, weights);
                QVERIFY(left != right);
                for (size_t row = 0; row < left.rows; ++row)
                    for (size_t c = 3; c < 6; ++c)
                        QCOMPARE(left.at(row, c), right.at(row, c));
            }
        // With three layers each keeps its own heaviest, and still answers.
        const Graph graph = madeGraph({}, 7);
        const uint64_t seed = 1;
        const Gnn deep = Gnn(smallShape(GnnKind::Sage, 0, 3), graph.features.columns(), 3, {&seed, 1}).narrowed(2);
        QCOMPARE(logitsOf(deep, graph.features, propagation(GnnKind::Sage, graph.adjacency)).columns, size_t(3));
    }

    void nodesAlone()
    {
        // The last node has neither edges nor words: every kind answers, with numbers.
        const Graph graph = madeGraph({}, 7);
        const uint64_t seed = 1;
        for (const GnnKind kind : kKinds) {
            Gnn gnn(smallShape(kind, .5), graph.features.columns(), 3, {&seed, 1});
            const Matrix logits = logitsOf(gnn, graph.features, propagation(kind, graph.adjacency));
            QCOMPARE(logits.rows, size_t(60));
            QVERIFY(std::ranges::all_of(logits.values, [](float value) { return std::isfinite(value); }));
        }
    }

    void names()
    {
        for (const GnnKind kind : kKinds)
            QCOMPARE(gnnKind(toString(kind)), kind);
        QVERIFY(!errorOf<Error>([] { gnnKind("GIN"); }).empty());
        const uint64_t seed = 1;
        QVERIFY(!errorOf<Error>([&] { Gnn(smallShape(GnnKind::Gcn, 1), 3, 3, {&seed, 1}); }).empty());
    }
};

QTEST_APPLESS_MAIN(TestGnn)
#include "tst_gnn.moc"
