// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/message_flow.h"

#include "made_graph.h"
#include "support/test_data.h"

#include <cmath>
#include <set>

using namespace clipscope;
using namespace clipscope::test;

class TestMessageFlow : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// A path 0 - 1 - 2 and a node 3 alone, by hand.
    void propagations()
    {
        const SparseMatrix path = sparseMatrix(4, 4, {{0, 1}, {1, 0}, {1, 2}, {2, 1}});
        const Matrix gcn = denseOf(gcnPropagation(path));
        QCOMPARE(gcn.at(0, 0), 1 / 2.F);
        QVERIFY(std::abs(gcn.at(0, 1) - 1 / std::sqrt(6.F)) < 1e-7F);
        QVERIFY(std::abs(gcn.at(1, 1) - 1 / 3.F) < 1e-7F);
        QCOMPARE(gcn.at(0, 2), 0.F);
        QCOMPARE(gcn.at(3, 3), 1.F);
        const Matrix mean = denseOf(meanPropagation(path));
        QCOMPARE(mean.at(1, 0), .5F);
        QCOMPARE(mean.at(1, 1), 0.F);
        QCOMPARE(mean.at(0, 1), 1.F);
        QCOMPARE(mean.at(3, 3), 0.F);
        const SparseMatrix attention = attentionPropagation(path);
        QCOMPARE(attention.entries(), path.entries() + 4);
        QVERIFY(std::ranges::is_sorted(attention.columnsOf(1)));
        // Heavier edges, as a graph of neighbours has.
        SparseMatrix heavy = path;
        heavy.values = {3, 3, 1, 1};
        QVERIFY(std::abs(denseOf(gcnPropagation(heavy)).at(0, 1) - 3 / std::sqrt(4.F * 5.F)) < 1e-6F);
    }

    void onlyWhatTheTargetsSee()
    {
        // 0 - 1 - 2 - 3 - 4
        SparseMatrix path = sparseMatrix(5, 5, {{0, 1}, {1, 0}, {1, 2}, {2, 1}, {2, 3}, {3, 2}, {3, 4}, {4, 3}});
        const SparseMatrix weights = gcnPropagation(path);
        MessageFlowBuilder builder(weights);
        const std::vector<int> targets{3};
        const MessageFlow flow = builder.flow(targets, 2);
        QCOMPARE(flow.counts, (std::vector<int>{4, 3, 1}));
        QCOMPARE(flow.nodes.front(), 3);
        QCOMPARE(std::set<int>(flow.nodes.begin(), flow.nodes.begin() + 3), (std::set<int>{2, 3, 4}));
        QCOMPARE(std::set<int>(flow.nodes.begin(), flow.nodes.end()), (std::set<int>{1, 2, 3, 4}));
        QCOMPARE(flow.weights[1]->rows, 1);
        QCOMPARE(flow.weights[1]->columns, 3);
        QCOMPARE(flow.weights[0]->rows, 3);
        // Each weight is the graph's.
        const Matrix dense = denseOf(weights);
        for (int layer = 0; layer < 2; ++layer)
            for (int row = 0; row < flow.weights[size_t(layer)]->rows; ++row)
                for (size_t k = 0; k < flow.weights[size_t(layer)]->columnsOf(row).size(); ++k)
                    QCOMPARE(flow.weights[size_t(layer)]->valuesOf(row)[k],
                        dense.at(size_t(flow.nodes[size_t(row)]),
                            size_t(flow.nodes[size_t(flow.weights[size_t(layer)]->columnsOf(row)[k])])));
        const MessageFlow again = builder.flow(targets, 2);
        QCOMPARE(again.nodes, flow.nodes);
    }

    void droppedEdgesAreGone()
    {
        const Graph graph = madeGraph({.nodes = 900, .edgesANode = 8}, 3);
        const SparseMatrix weights = gcnPropagation(graph.adjacency);
        MessageFlowBuilder builder(weights);
        std::vector<int> all;
        for (int i = 0; i < graph.nodes(); ++i)
            all.push_back(i);
        const MessageFlow whole = builder.flow(all, 2);
        QCOMPARE(*whole.weights[0], weights);
        QCOMPARE(*builder.wholeGraph(2).weights[1], weights);
        QCOMPARE(*builder.flow(all, 2, 1, 5).weights[0], weights); // keep = 1 loses nothing
        const MessageFlow kept = builder.flow(all, 2, .9, 5);
        const double share = double(kept.weights[0]->entries()) / double(weights.entries());
        QVERIFY(std::abs(share - .9) < 5 * std::sqrt(.9 * .1 / double(weights.entries())));
        QCOMPARE(*kept.weights[0], *kept.weights[1]); // the same ones in every layer
        QCOMPARE(*builder.flow(all, 2, .9, 5).weights[0], *kept.weights[0]);
        QVERIFY(!(*builder.flow(all, 2, .9, 6).weights[0] == *kept.weights[0]));
    }
};

QTEST_APPLESS_MAIN(TestMessageFlow)
#include "tst_message_flow.moc"
