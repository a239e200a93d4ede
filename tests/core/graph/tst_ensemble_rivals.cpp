// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/ensemble_rivals.h"

#include "base/error.h"
#include "graph/error_nodes.h"
#include "graph/gnn_ensemble.h"
#include "graph/graph_split.h"
#include "made_graph.h"
#include "support/test_data.h"

#include <cmath>

using namespace clipscope;
using namespace clipscope::test;

namespace {

StudentOptions quick()
{
    StudentOptions out;
    out.shape.hidden = 16;
    out.training.epochs = 120;
    out.seed = 3;
    return out;
}

double agreement(const std::vector<int>& a, const std::vector<int>& b)
{
    double out = 0;
    for (size_t i = 0; i < a.size(); ++i)
        out += a[i] == b[i];
    return out / double(a.size());
}

} // namespace

class TestEnsembleRivals : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Each pass drops other things; their mean nears the answer without dropout; without dropout each is that answer.
    void dropout()
    {
        const Graph graph = madeGraph({.nodes = 120}, 4);
        const SparseMatrix weights = gcnPropagation(graph.adjacency);
        const uint64_t seed = 5;
        GnnShape shape;
        shape.hidden = 16;
        Gnn gnn(shape, graph.features.columns(), 3, {&seed, 1});
        std::vector<int> train;
        for (int node = 0; node < 60; ++node)
            train.push_back(node);
        trainGnn(gnn, graph.features, weights, targetsOf(graph, train), {}, {.epochs = 60}, {});
        Matrix plain = logitsOf(gnn, graph.features, weights);
        softmaxOfMembers(plain, 1);
        const Matrix few = dropoutProbabilities(gnn, graph.features, weights, 2),
                     many = dropoutProbabilities(gnn, graph.features, weights, 40);
        QCOMPARE(many.columns, size_t(120));
        QVERIFY(largestOf(few, 2, 0) != largestOf(few, 2, 1) || few.at(0, 0) != few.at(0, 3));
        QCOMPARE(dropoutProbabilities(gnn, graph.features, weights, 2), few);
        QVERIFY(agreement(answersOf(many, 40).predictions, largestOf(plain)) > .9);
        shape.dropout = 0;
        Gnn sober(shape, graph.features.columns(), 3, {&seed, 1});
        Matrix one = logitsOf(sober, graph.features, weights);
        softmaxOfMembers(one, 1);
        const Matrix same = dropoutProbabilities(sober, graph.features, weights, 2);
        for (size_t row = 0; row < one.rows; ++row)
            for (size_t c = 0; c < 3; ++c) {
                QCOMPARE(same.at(row, c), one.at(row, c));
                QCOMPARE(same.at(row, 3 + c), one.at(row, c));
            }
    }

    /// Taught, a plain network says what its teacher says, right or wrong; of doubted nodes it hears nothing.
    void student()
    {
        const Graph graph = madeGraph({.nodes = 600, .sameClass = .9, .wordsTell = .35}, 4);
        const GraphSplit split = drawSplit(graph, 3, 60, 1);
        EnsembleOptions options;
        options.shape.hidden = 16;
        options.training.epochs = 80;
        const EnsembleAnswers teacher = answersOf(GnnEnsemble(graph, split, options, {}).probabilities(), 4);
        const auto accuracy = [&](const Matrix& said) { return accuracyOn(split.test, largestOf(said), graph.labels); };
        const std::vector<bool> none(600, false), all(600, true);
        const MlpStudent taught(graph, split, teacher.mean, none, quick(), {});
        const double alone = accuracy(MlpStudent(graph, split, teacher.mean, all, quick(), {}).probabilities()),
                     withTeacher = accuracy(taught.probabilities());
        qInfo("plain network %.3f, taught %.3f, teacher %.3f", alone, withTeacher,
            accuracyOn(split.test, teacher.predictions, graph.labels));
        QVERIFY(withTeacher > alone + .05);
        QVERIFY(MlpStudent(graph, split, teacher.mean, none, quick(), {}).probabilities() == taught.probabilities());
        // It sees no edges, so it costs no messages.
        QCOMPARE(taught.cost().messages, int64_t(0));
        QCOMPARE(taught.cost().features, graph.features.words.entries() * 16 + 600 * 16 * 3);
        // A teacher that says one thing of everybody is believed, but for the labels.
        Matrix stubborn(600, 3);
        for (size_t row = 0; row < 600; ++row)
            stubborn.at(row, 2) = 1;
        StudentOptions obedient = quick();
        obedient.teaching = 100;
        GraphSplit blind = split;
        blind.validation.clear();
        const std::vector<int> said = largestOf(MlpStudent(graph, blind, stubborn, none, obedient, {}).probabilities());
        QVERIFY(std::ranges::count(said, 2) > 590);
        // Doubted nodes teach nothing: what the teacher says of them is all the same.
        std::vector<bool> some(600, false);
        Matrix changed = teacher.mean;
        for (size_t row = 0; row < 600; row += 3) {
            some[row] = true;
            for (size_t c = 0; c < 3; ++c)
                changed.at(row, c) = c == 0;
        }
        QVERIFY(MlpStudent(graph, split, changed, some, quick(), {}).probabilities()
            == MlpStudent(graph, split, teacher.mean, some, quick(), {}).probabilities());
        QVERIFY(MlpStudent(graph, split, changed, none, quick(), {}).probabilities() != taught.probabilities());
    }
};

QTEST_APPLESS_MAIN(TestEnsembleRivals)
#include "tst_ensemble_rivals.moc"
