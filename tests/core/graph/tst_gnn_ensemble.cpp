// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/gnn_ensemble.h"

#include "base/error.h"
#include "graph/error_nodes.h"
#include "graph/graph_split.h"
#include "made_graph.h"
#include "support/test_data.h"

#include <cmath>
#include <numeric>

using namespace clipscope;
using namespace clipscope::test;

namespace {

constexpr Diversity kAll[] = {
    Diversity::Seed, Diversity::Bagging, Diversity::Features, Diversity::Edges, Diversity::Shape, Diversity::Mixed};

EnsembleOptions quick(Diversity diversity)
{
    EnsembleOptions out;
    out.diversity = diversity;
    out.shape.hidden = 12;
    out.training.epochs = 60;
    out.seed = 2;
    return out;
}

} // namespace

class TestGnnEnsemble : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyDiversity()
    {
        const Graph graph = madeGraph({.nodes = 400, .sameClass = .75, .edgesANode = 2}, 6);
        const GraphSplit split = drawSplit(graph, 8, 60, 1);
        for (const Diversity diversity : kAll) {
            const GnnEnsemble ensemble(graph, split, quick(diversity), {});
            const Matrix p = ensemble.probabilities();
            QCOMPARE(p.columns, size_t(12));
            for (size_t row = 0; row < p.rows; ++row)
                for (size_t member = 0; member < 4; ++member) {
                    float sum = 0;
                    for (size_t c = 0; c < 3; ++c)
                        sum += p.at(row, member * 3 + c);
                    QVERIFY(std::abs(sum - 1) < 1e-5F);
                }
            const EnsembleAnswers answers = answersOf(p, 4);
            QVERIFY2(accuracyOn(split.test, answers.predictions, graph.labels) > .7, toString(diversity));
            // Members differ, and the same seed gives the same ones.
            QVERIFY(largestOf(p, 4, 0) != largestOf(p, 4, 1));
            QVERIFY(GnnEnsemble(graph, split, quick(diversity), {}).probabilities() == p);
            QCOMPARE(diversityOf(toString(diversity)), diversity);
            // Nobody silent: the same; somebody silent: fewer messages, other answers, his own not touched by it.
            QVERIFY(ensemble.probabilities(std::vector<bool>(400, false)) == p);
            std::vector<bool> silent(400, false);
            for (size_t node = 0; node < 100; ++node)
                silent[node] = true;
            QVERIFY(ensemble.probabilities(silent) != p);
            QVERIFY(ensemble.cost(silent).messages < ensemble.cost().messages);
            QCOMPARE(ensemble.cost(silent).features, ensemble.cost().features);
            const GnnEnsemble fewer = ensemble.restricted(silent, {});
            QVERIFY(fewer.probabilities() == ensemble.probabilities(silent));
            QCOMPARE(fewer.cost().messages, ensemble.cost(silent).messages);
            QVERIFY(ensemble.restricted({}, graph.adjacency).probabilities() == p);
            const GnnEnsemble narrow = ensemble.narrowed(.5, split, quick(diversity).training, {});
            QCOMPARE(narrow.members(), 4);
            QVERIFY(narrow.cost().features * 2 == ensemble.cost().features || diversity == Diversity::Shape
                || diversity == Diversity::Mixed); // a member of three layers
            QVERIFY(narrow.cost().features < ensemble.cost().features * 2 / 3);
            QVERIFY(accuracyOn(split.test, answersOf(narrow.probabilities(), 4).predictions, graph.labels) > .7);
        }
        QVERIFY(!errorOf<Error>([] { diversityOf("luck"); }).empty());
    }

    /// Without messages along pruned edges nobody hears what lies behind them.
    void restrictedToEdges()
    {
        Graph graph = madeGraph({.nodes = 200}, 6);
        const GraphSplit split = drawSplit(graph, 4, 40, 1);
        const GnnEnsemble ensemble(graph, split, quick(Diversity::Features), {});
        const SparseMatrix left =
            filtered(graph.adjacency, [](int row, int column) { return (row < 100) == (column < 100); });
        const GnnEnsemble parts = ensemble.restricted({}, left);
        QVERIFY(parts.cost().messages < ensemble.cost().messages);
        const Matrix before = parts.probabilities(), whole = ensemble.probabilities();
        for (size_t k = size_t(graph.features.words.offsets[100]); k < graph.features.words.values.size(); ++k)
            graph.features.words.values[k] *= 3;
        const Matrix after = parts.probabilities(), wholeAfter = ensemble.probabilities();
        bool wholeChanged = false;
        for (size_t row = 0; row < 100; ++row)
            for (size_t c = 0; c < before.columns; ++c) {
                QCOMPARE(after.at(row, c), before.at(row, c));
                wholeChanged |= wholeAfter.at(row, c) != whole.at(row, c);
            }
        QVERIFY(wholeChanged);
    }

    /// A member that is blind to some columns answers the same whatever stands there.
    void featureSubspaces()
    {
        Graph graph = madeGraph({.nodes = 200}, 6);
        const SparseMatrix weights = gcnPropagation(graph.adjacency);
        const uint64_t seeds[] = {1, 2};
        GnnShape shape;
        shape.hidden = 6;
        Gnn gnn(shape, graph.features.columns(), 3, seeds);
        std::vector<int> seen;
        for (int column = 0; column < 25; ++column)
            seen.push_back(column);
        gnn.restrictInputs(1, seen);
        GnnTrainingOptions options;
        options.epochs = 20;
        std::vector<int> train{0, 1, 2, 3, 4, 5, 6, 7, 8};
        trainGnn(gnn, graph.features, weights, targetsOf(graph, train), {}, options, {});
        const Matrix before = logitsOf(gnn, graph.features, weights);
        for (size_t k = 0; k < graph.features.words.indices.size(); ++k)
            if (graph.features.words.indices[k] >= 25)
                graph.features.words.values[k] *= 3;
        const Matrix after = logitsOf(gnn, graph.features, weights);
        bool firstChanged = false;
        for (size_t row = 0; row < before.rows; ++row)
            for (size_t c = 0; c < 3; ++c) {
                firstChanged |= before.at(row, c) != after.at(row, c);
                QCOMPARE(after.at(row, 3 + c), before.at(row, 3 + c));
            }
        QVERIFY(firstChanged);
    }

    /// GCN on words: nnz(X) * hidden + nodes * hidden * classes, and the entries times the widths.
    void cost()
    {
        const Graph graph = madeGraph({}, 6);
        const GraphSplit split = drawSplit(graph, 2, 0, 1);
        EnsembleOptions options = quick(Diversity::Seed);
        options.members = 3;
        options.training.epochs = 1;
        const Gnn::Cost found = GnnEnsemble(graph, split, options, {}).cost();
        const int64_t entries = gcnPropagation(graph.adjacency).entries();
        QCOMPARE(found.features, 3 * (graph.features.words.entries() * 12 + 60 * 12 * 3));
        QCOMPARE(found.messages, 3 * entries * (12 + 3));
        // A node that nobody hears needs itself and its loop, twice; of a path's end all within two steps.
        const GnnEnsemble ensemble(graph, split, options, {});
        const int alone[] = {59};
        QCOMPARE(ensemble.reach(alone).nodes, 1.);
        QCOMPARE(ensemble.reach(alone).messages, 2.);
        std::vector<std::string> notes;
        const GnnEnsemble path = ensemble.restricted({}, adjacencyOf(60, {{0, 1}, {1, 2}, {2, 3}}, "path", notes));
        const int end[] = {0};
        std::vector<int> all(60);
        std::iota(all.begin(), all.end(), 0);
        QVERIFY(path.reach(end).nodes <= 3); // an edge of the path that the graph lacks is not there
        QCOMPARE(ensemble.reach(all).nodes, 60.);
        QCOMPARE(ensemble.reach(all).messages, 2. * double(entries));
    }
};

QTEST_APPLESS_MAIN(TestGnnEnsemble)
#include "tst_gnn_ensemble.moc"
