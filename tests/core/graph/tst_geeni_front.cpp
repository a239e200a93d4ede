// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/geeni_front.h"

#include "base/error.h"
#include "graph/accuracy_front.h"
#include "graph/geeni_study.h"
#include "graph/graph_split.h"
#include "made_graph.h"
#include "support/test_data.h"

#include <cmath>

using namespace clipscope;
using namespace clipscope::test;

class TestGeeniFront : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void frontByHand()
    {
        const std::vector<double> costs{4, 1, 2, 3, 1, 2}, accuracies{.9, .5, .7, .6, .4, .7};
        QCOMPARE(onAccuracyFront(costs, accuracies), (std::vector<bool>{true, true, true, false, false, true}));
        QCOMPARE(onAccuracyFront({}, {}), std::vector<bool>());
    }

    void points()
    {
        const Graph graph = madeGraph({.nodes = 500, .sameClass = .75, .edgesANode = 2, .wordsTell = .25}, 6);
        const GraphSplit split = drawSplit(graph, 6, 120, 1);
        EnsembleOptions trained;
        trained.shape.hidden = 16;
        trained.training.epochs = 60;
        trained.members = 3;
        const GnnEnsemble ensemble(graph, split, trained, {});
        const Matrix probabilities = ensemble.probabilities();
        GeeniFrontOptions options;
        options.tuningEpochs = 10;
        options.dropoutPasses = 4;
        options.edgeShares = {.2, .4};
        options.unitShares = {.5, .25};
        const auto found = [&] {
            return geeniPoints(graph, split, ensemble, trained, probabilities, options, true, {});
        };
        const std::vector<GeeniPoint> points = found();
        std::vector<std::string> names;
        for (const GeeniPoint& point : points) {
            names.push_back(point.name);
            QVERIFY2(point.accuracy > .5 && point.cpuSeconds > 0 && point.featureMacs > 0, point.name.c_str());
        }
        QCOMPARE(names,
            (std::vector<std::string>{"one member (mean)", "one member (by validation)", "one network",
                "MC-dropout, 4 passes", "plain network, taught", "ensemble", "isolated", "isolated, edges -20 %",
                "isolated, edges -40 %", "isolated, units -50 %", "isolated, units -75 %",
                "isolated, edges and units by validation"}));
        const auto macs = [&](size_t i) { return points[i].featureMacs + points[i].messageMacs; };
        QCOMPARE(macs(5), 3 * macs(0));
        QCOMPARE(macs(3), 4 * macs(2));
        QCOMPARE(macs(2), macs(0));
        QVERIFY(points[4].messageMacs == 0 && macs(4) < macs(0));
        QVERIFY(points[6].messageMacs < points[5].messageMacs && points[6].featureMacs == points[5].featureMacs);
        QVERIFY(points[8].messageMacs < points[7].messageMacs && points[7].messageMacs < points[6].messageMacs);
        QCOMPARE(2 * points[9].featureMacs, points[5].featureMacs);
        QCOMPARE(4 * points[10].featureMacs, points[5].featureMacs);
        QCOMPARE(points[5].accuracy, accuracyOn(split.test, answersOf(probabilities, 3).predictions, graph.labels));
        // For some nodes alone less is needed; silence and pruning lessen it further.
        QVERIFY(points[4].nodesNeeded == double(split.test.size()) && points[4].messagesNeeded == 0);
        QVERIFY(points[5].nodesNeeded <= 500 && points[6].nodesNeeded <= points[5].nodesNeeded);
        QVERIFY(points[6].messagesNeeded < points[5].messagesNeeded);
        QVERIFY(points[8].nodesNeeded < points[6].nodesNeeded && points[8].messagesNeeded < points[7].messagesNeeded);
        // Who falls silent is found by a pass of the ensemble and one of the detector's plain network.
        QVERIFY(points[6].detectionMacs > macs(5) && points[5].detectionMacs == 0);
        // The last is never worse than allowed where a cut was accepted, and as good as the isolated one otherwise.
        if (points.back().unitsLeft < 1 || points.back().edgesLeft < 1)
            QVERIFY(points.back().validation >= points[5].validation - options.slack);
        else
            QCOMPARE(points.back().accuracy, points[6].accuracy);
        // Where nothing may be lost, nothing is cut; where all may, everything is.
        options.slack = -1;
        QVERIFY(found().back().unitsLeft == 1 && found().back().edgesLeft == 1);
        options.slack = 1;
        QVERIFY(found().back().unitsLeft == .25 && found().back().edgesLeft == .6);
        // Where no validation nodes are, the entropy finds the errors.
        GraphSplit bare = split;
        bare.validation.clear();
        const std::vector<GeeniPoint> byEntropy =
            geeniPoints(graph, bare, ensemble, trained, probabilities, options, true, {});
        QCOMPARE(byEntropy[6].detectionMacs, macs(5));
        const Json json = frontJson(std::vector{points, points});
        QCOMPARE(json.size(), points.size());
        QCOMPARE(json[5].at("againstEnsemble").at("difference").get<double>(), 0.);
        QCOMPARE(json[9].at("macs").get<double>(), macs(9));
        QVERIFY(json[4].at("onFront").is_boolean());
        for (const EdgeMeasure measure : {EdgeMeasure::Answers, EdgeMeasure::Features})
            QCOMPARE(edgeMeasure(toString(measure)), measure);
        QVERIFY(!errorOf<Error>([] { edgeMeasure("luck"); }).empty());
    }

    /// The study's record has the front, the same on one thread and on three, but for the seconds.
    void inTheStudy()
    {
        const Graph graph = madeGraph({.nodes = 300, .edgesANode = 2}, 6);
        const GraphSplit split = drawSplit(graph, 5, 60, 1);
        GeeniStudyOptions options;
        options.ensemble.shape.hidden = 8;
        options.ensemble.training.epochs = 20;
        options.ensemble.members = 2;
        options.detectors = {ErrorDetector::Entropy};
        options.shares = {.1};
        options.seeds = 3;
        options.front.tuningEpochs = 5;
        const auto front = [&](int threads) {
            options.threads = threads;
            Json out = studyGeeni(graph, split, options, {}).results.at("front");
            for (Json& row : out)
                row.erase("cpuSeconds");
            return out;
        };
        const Json one = front(1);
        QCOMPARE(one.size(), size_t(16));
        QVERIFY(front(3) == one);
        options.approximates = false;
        QVERIFY(!studyGeeni(graph, split, options, {}).results.contains("front"));
    }
};

QTEST_APPLESS_MAIN(TestGeeniFront)
#include "tst_geeni_front.moc"
