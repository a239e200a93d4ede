// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/error_nodes.h"

#include "base/error.h"
#include "base/random.h"
#include "graph/binary_logistic.h"
#include "graph/graph_split.h"
#include "graph/isolation.h"
#include "graph/message_flow.h"
#include "made_graph.h"
#include "support/test_data.h"

#include <cmath>
#include <numeric>

using namespace clipscope;
using namespace clipscope::test;

namespace {

/// Members that are right where `right` says so, surer the surer they are to be right.
EnsembleAnswers madeAnswers(const Graph& graph, int members, uint64_t seed)
{
    Random random(seed);
    const size_t classes = graph.classes.size();
    Matrix p(size_t(graph.nodes()), size_t(members) * classes);
    for (size_t node = 0; node < p.rows; ++node) {
        const double ease = random.uniform();
        for (size_t member = 0; member < size_t(members); ++member) {
            const bool right = random.chance(.4 + .6 * ease);
            const size_t said = right ? size_t(graph.labels[node]) : random.below(classes);
            for (size_t c = 0; c < classes; ++c)
                p.at(node, member * classes + c) =
                    float(c == said ? .4 + .5 * ease : (.6 - .5 * ease) / double(classes - 1));
        }
    }
    return answersOf(p, members);
}

} // namespace

class TestErrorNodes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void answers()
    {
        Matrix p(2, 6); // three members of two classes
        p.values = {.9F, .1F, .4F, .6F, .8F, .2F, .1F, .9F, .2F, .8F, .3F, .7F};
        const EnsembleAnswers found = answersOf(p, 3);
        QCOMPARE(found.predictions, (std::vector<int>{0, 1}));
        QCOMPARE(found.votes.values, (std::vector<float>{2, 1, 0, 3}));
        QVERIFY(std::abs(found.mean.at(0, 0) - .7F) < 1e-6F);
    }

    void scoresByHand()
    {
        Graph graph = madeGraph({.nodes = 4, .classes = 2, .words = 8}, 1);
        GraphSplit split;
        split.train = {3};
        split.test = {0, 1, 2};
        Matrix p(4, 4);
        p.values = {.5F, .5F, .5F, .5F, 1, 0, 1, 0, .9F, .1F, .2F, .8F, .5F, .5F, .5F, .5F};
        const EnsembleAnswers answers = answersOf(p, 2);
        const std::vector<float> entropy = errorScores(ErrorDetector::Entropy, graph, split, answers, 1, {});
        QVERIFY(std::abs(entropy[0] - 1) < 1e-6F && entropy[1] == 0 && entropy[3] == 0);
        const std::vector<float> apart = errorScores(ErrorDetector::Disagreement, graph, split, answers, 1, {});
        QCOMPARE(apart, (std::vector<float>{0, 0, .5F, 0}));
        graph.labels = {1, 0, 0, 1};
        QCOMPARE(errorScores(ErrorDetector::Oracle, graph, split, answers, 1, {}), (std::vector<float>{1, 0, 0, 0}));
        QCOMPARE(errorNodes(entropy, split, 1 / 3.), (std::vector<bool>{true, false, false, false}));
        // A node that scores 0 is none, however many are asked for.
        QCOMPARE(errorNodes(apart, split, 1), (std::vector<bool>{false, false, true, false}));
        QCOMPARE(errorNodes(entropy, split, 0), std::vector<bool>(4, false));
        for (const char* name : {"entropy", "disagreement", "learned", "oracle", "random"})
            QCOMPARE(std::string(toString(errorDetector(name))), std::string(name));
        QVERIFY(!errorOf<Error>([] { errorDetector("guess"); }).empty());
    }

    /// The learned detector finds more than one feature by itself, on nodes it was not fitted on; chance finds nothing.
    void detectors()
    {
        const Graph graph = madeGraph({.nodes = 900, .sameClass = .9, .edgesANode = 3, .wordsTell = .15}, 3);
        const GraphSplit split = drawSplit(graph, 5, 300, 1);
        const EnsembleAnswers answers = madeAnswers(graph, 4, 2);
        const auto area = [&](ErrorDetector detector, const std::vector<int>& nodes) {
            const std::vector<float> all = errorScores(detector, graph, split, answers, 4, {});
            std::vector<float> scores;
            std::vector<bool> wrong;
            for (const int node : nodes) {
                scores.push_back(all[size_t(node)]);
                wrong.push_back(answers.predictions[size_t(node)] != graph.labels[size_t(node)]);
            }
            return areaUnderRoc(scores, wrong);
        };
        const double entropy = area(ErrorDetector::Entropy, split.test),
                     learned = area(ErrorDetector::Learned, split.test);
        qInfo("area under ROC: entropy %.3f, learned %.3f", entropy, learned);
        QVERIFY(entropy > .6 && learned > entropy + .03);
        QVERIFY(std::abs(area(ErrorDetector::Learned, split.validation) - learned) < .1); // fitted without them
        QVERIFY(std::abs(area(ErrorDetector::Random, split.test) - .5) < .1);
        QCOMPARE(area(ErrorDetector::Oracle, split.test), 1.);
        QCOMPARE(errorScores(ErrorDetector::Learned, graph, split, answers, 4, {}),
            errorScores(ErrorDetector::Learned, graph, split, answers, 4, {}));
        GraphSplit bare = split;
        bare.validation.clear();
        QVERIFY(
            errorOf<Error>([&] { errorScores(ErrorDetector::Learned, graph, bare, answers, 4, {}); }).find("validat")
            != std::string::npos);
    }

    /// At the optimum the penalised gradient is zero.
    void logisticRegression()
    {
        Random random(1);
        Matrix x(200, 3);
        std::vector<bool> flags;
        for (size_t i = 0; i < 200; ++i) {
            x.at(i, 0) = float(random.normal());
            x.at(i, 1) = float(5 + 3 * random.normal());
            x.at(i, 2) = 7; // never changes
            flags.push_back(random.chance(1 / (1 + std::exp(-2. * double(x.at(i, 0)) + double(x.at(i, 1)) - 5))));
        }
        const BinaryLogistic fit(x, flags);
        double sum = 0;
        size_t rights = 0;
        for (size_t i = 0; i < 200; ++i) {
            const float p = fit.probability(x.row(i));
            sum += double(p) - double(flags[i]);
            rights += (p > .5F) == flags[i];
        }
        QVERIFY(std::abs(sum) < 1e-4); // the bias is not penalised
        QVERIFY(rights > 170);
    }

    void roc()
    {
        QCOMPARE(areaUnderRoc(std::vector<float>{.1F, .4F, .35F, .8F}, {false, false, true, true}), .75);
        QCOMPARE(areaUnderRoc(std::vector<float>{1, 1, 1}, {false, true, true}), .5);
        QVERIFY(std::isnan(areaUnderRoc(std::vector<float>{1, 2}, {true, true})));
    }

    void edgePruning()
    {
        Graph graph;
        graph.features.words = sparseMatrix(4, 3, {{0, 0, 2}, {1, 0, 3}, {1, 1, 4}, {2, 1, 1}});
        graph.adjacency = adjacencyOf(4, {{0, 1}, {1, 2}, {0, 2}, {2, 3}}, "made", graph.notes);
        const std::vector<float> cosines = endCosines(graph.adjacency, graph.features);
        const std::vector<float> wanted{.6F, 0, .6F, .8F, 0, .8F, 0, 0}; // 0-1 0-2 1-0 1-2 2-0 2-1 2-3 3-2
        for (size_t k = 0; k < wanted.size(); ++k)
            QVERIFY(std::abs(cosines[k] - wanted[k]) < 1e-6F);
        NodeFeatures dense;
        dense.vectors = denseOf(graph.features.words);
        const std::vector<float> again = endCosines(graph.adjacency, dense);
        for (size_t k = 0; k < wanted.size(); ++k)
            QVERIFY(std::abs(again[k] - wanted[k]) < 1e-6F);
        std::vector<std::string> notes;
        QCOMPARE(withoutLowestEdges(graph.adjacency, cosines, 0), graph.adjacency);
        QCOMPARE(withoutLowestEdges(graph.adjacency, cosines, .25),
            adjacencyOf(4, {{0, 1}, {1, 2}, {2, 3}}, "made", notes)); // the first of the equal ones
        QCOMPARE(withoutLowestEdges(graph.adjacency, cosines, .75), adjacencyOf(4, {{1, 2}}, "made", notes));
        QCOMPARE(withoutLowestEdges(graph.adjacency, cosines, 1).entries(), int64_t(0));
        // Loops stay, what is left is as heavy as it was, or makes up for the rest.
        const SparseMatrix whole = gcnPropagation(graph.adjacency),
                           left = adjacencyOf(4, {{1, 2}, {2, 3}}, "made", notes);
        const Matrix before = denseOf(whole), after = denseOf(withoutEdges(whole, left, 0)),
                     weighed = denseOf(withoutEdges(whole, left, 1));
        for (size_t row = 0; row < 4; ++row) {
            float sums[2] = {};
            for (size_t column = 0; column < 4; ++column) {
                const bool goes = (row == 0) != (column == 0);
                QCOMPARE(after.at(row, column), goes ? 0.F : before.at(row, column));
                sums[0] += before.at(row, column);
                sums[1] += weighed.at(row, column);
            }
            QVERIFY(std::abs(sums[0] - sums[1]) < 1e-6F);
        }
    }

    void isolation()
    {
        const Graph graph = madeGraph({}, 2);
        const SparseMatrix whole = gcnPropagation(graph.adjacency);
        std::vector<bool> silent(60, false);
        silent[5] = silent[8] = true;
        const SparseMatrix kept = withoutMessagesOf(whole, silent, 0), scaled = withoutMessagesOf(whole, silent, 1),
                           root = withoutMessagesOf(whole, silent, .5);
        QCOMPARE(whole.entries() - kept.entries(), messagesOf(whole, silent));
        const Matrix before = denseOf(whole), after = denseOf(kept), weighed = denseOf(scaled), halfway = denseOf(root);
        for (size_t row = 0; row < 60; ++row) {
            double sumBefore = 0, sumScaled = 0;
            for (size_t column = 0; column < 60; ++column) {
                const bool gone = silent[column] && row != column;
                QCOMPARE(after.at(row, column), gone ? 0.F : before.at(row, column));
                sumBefore += double(before.at(row, column));
                sumScaled += double(weighed.at(row, column));
                QVERIFY(std::abs(halfway.at(row, column) * halfway.at(row, column)
                            - after.at(row, column) * weighed.at(row, column))
                    < 1e-6F);
            }
            QVERIFY(std::abs(sumBefore - sumScaled) < 1e-5);
        }
        QCOMPARE(withoutMessagesOf(whole, std::vector<bool>(60, false), 1), whole);
    }
};

QTEST_APPLESS_MAIN(TestErrorNodes)
#include "tst_error_nodes.moc"
