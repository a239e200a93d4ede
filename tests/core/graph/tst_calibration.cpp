// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/calibration.h"

#include "base/random.h"
#include "made_graph.h"
#include "support/test_data.h"

#include <cmath>

using namespace clipscope;
using namespace clipscope::test;

class TestCalibration : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void gradientOfTheLoss()
    {
        Random random(1);
        Matrix scaled(5, 4);
        for (float& value : scaled.values)
            value = float(random.uniform(-3, 3));
        const std::vector<int> labels{0, 3, 1, 2, 2};
        Matrix gradient = scaled;
        const double loss = calibrationLoss(gradient, labels, .5);
        QVERIFY(loss > 0);
        for (size_t i = 0; i < scaled.values.size(); ++i) {
            constexpr float kStep = 1e-2F;
            Matrix above = scaled, below = scaled;
            above.values[i] += kStep;
            below.values[i] -= kStep;
            const double slope =
                (calibrationLoss(above, labels, .5) - calibrationLoss(below, labels, .5)) / (2 * double(kStep));
            QVERIFY2(std::abs(slope - double(gradient.values[i])) < 1e-4, std::to_string(i).c_str());
        }
    }

    /// Two rows by hand: one right with .5 against .25, one wrong.
    void theLossItself()
    {
        Matrix scaled(2, 3);
        scaled.values = {std::log(2.F), 0, 0, std::log(2.F), 0, 0};
        const std::vector<int> labels{0, 2};
        QVERIFY(std::abs(calibrationLoss(scaled, labels, .5)
                    - ((std::log(2.) + .5 * (1 - .5 + .25)) + (std::log(4.) + .5 * (.5 - .25))) / 2)
            < 1e-6);
    }

    /// A temperature above log 1.1 changes no answer, and after training confidences are nearer to the truth.
    void temperatures()
    {
        const Graph graph = madeGraph({.nodes = 300, .sameClass = .7}, 4);
        const SparseMatrix weights = gcnPropagation(graph.adjacency);
        Random random(2);
        Matrix logits(size_t(graph.nodes()), 3);
        std::vector<int> all, train;
        for (int node = 0; node < graph.nodes(); ++node) {
            all.push_back(node);
            if (node % 3 != 1)
                train.push_back(node);
            // Right by two in three, and ten times too sure of it.
            const int said = random.chance(.66) ? graph.labels[size_t(node)] : int(random.below(3));
            logits.at(size_t(node), size_t(said)) = 10;
        }
        CalibrationOptions options;
        options.rate = .02;
        const std::vector<float> found = calibratedTemperatures(logits, weights, targetsOf(graph, train), options, {});
        QCOMPARE(found.size(), size_t(300));
        Matrix calibrated = logits, plain = logits;
        for (size_t node = 0; node < 300; ++node) {
            QVERIFY(found[node] > std::log(1.1F));
            for (float& value : calibrated.row(node))
                value *= found[node];
        }
        QCOMPARE(largestOf(calibrated), largestOf(logits));
        softmaxOfMembers(plain, 1);
        softmaxOfMembers(calibrated, 1);
        QVERIFY(expectedCalibrationError(calibrated, all, graph.labels)
            < .7 * expectedCalibrationError(plain, all, graph.labels));
        QCOMPARE(calibratedTemperatures(logits, weights, targetsOf(graph, train), options, {}), found);
    }

    void calibrationError()
    {
        Matrix p(4, 2);
        p.values = {.9F, .1F, .9F, .1F, .3F, .7F, .3F, .7F};
        const std::vector<int> nodes{0, 1, 2, 3}, labels{0, 1, 1, 1};
        // Two of .9 with half right, two of .7 all right.
        QVERIFY(std::abs(expectedCalibrationError(p, nodes, labels) - (.4 + .3) / 2) < 1e-6);
    }
};

QTEST_APPLESS_MAIN(TestCalibration)
#include "tst_calibration.moc"
