// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/json.h"
#include "base/random.h"
#include "probe/logistic_regression.h"
#include "support/test_data.h"

#include <cmath>
#include <fstream>
#include <sstream>

using namespace clipscope;
using clipscope::test::errorOf;

namespace {

struct Problem {
    Matrix x;
    std::vector<int> y;
    int classes = 0;
};

/// Classes around random centres.
Problem randomProblem(int classes, int rows, size_t dim, double noise, uint64_t seed)
{
    Random random(seed);
    Matrix centres(size_t(classes), dim);
    for (float& v : centres.values)
        v = float(random.normal());
    Problem out;
    out.classes = classes;
    for (int i = 0; i < classes * rows; ++i) {
        out.y.push_back(i % classes);
        std::vector<float> row(centres.row(size_t(out.y.back())).begin(), centres.row(size_t(out.y.back())).end());
        for (float& v : row)
            v += float(noise * random.normal());
        normalise(row);
        out.x.append(row);
    }
    return out;
}

double objectiveOf(const LinearClassifier& classifier, const Problem& problem, double c)
{
    const Matrix scores = classifier.scores(problem.x);
    double sum = 0;
    for (size_t i = 0; i < scores.rows; ++i) {
        double total = 0;
        for (const float s : scores.row(i))
            total += std::exp(double(s));
        sum += std::log(total) - double(scores.at(i, size_t(problem.y[i])));
    }
    double squares = 0;
    for (const float w : classifier.weights.values)
        squares += double(w) * double(w);
    return c * sum + squares / 2;
}

} // namespace

class TestLogisticRegression : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// scikit-learn's objective to 1e-3 (papers section 1.9, performance P12): the problems of make_probe_goldens.py.
    void reachesTheReference()
    {
        std::ifstream in(test::sourceDir() / "tests/reference/probe/logistic.json");
        std::stringstream text;
        text << in.rdbuf();
        const Json problems = parseJson(text.str(), "logistic.json");
        QVERIFY(problems.size() >= 5);
        for (const Json& golden : problems) {
            Problem problem;
            problem.classes = golden.at("classes").get<int>();
            problem.y = golden.at("y").get<std::vector<int>>();
            for (const Json& row : golden.at("x"))
                problem.x.append(row.get<std::vector<float>>());
            LogisticOptions options;
            options.c = golden.at("c").get<double>();
            const LogisticFit fit = fitLogistic(problem.x, problem.y, problem.classes, options, {});
            const double expected = golden.at("objective").get<double>();
            QVERIFY(fit.converged);
            QVERIFY2(std::fabs(fit.objective - expected) < 1e-3 * expected,
                (std::to_string(fit.objective) + " instead of " + std::to_string(expected)).c_str());
            // What it says of itself is what its weights give.
            QVERIFY(std::fabs(objectiveOf(fit.classifier, problem, options.c) - fit.objective) < 1e-4 * expected);
        }
    }

    /// One number, two classes at +-1: by symmetry the weights are (-w, w) with 2c / (1 + exp(2w)) = w.
    void twoPoints()
    {
        Problem problem;
        for (const float v : {-1.F, 1.F})
            problem.x.append(std::vector<float>{v});
        problem.y = {0, 1};
        LogisticOptions options;
        options.c = 3;
        options.tolerance = 1e-6;
        const LogisticFit fit = fitLogistic(problem.x, problem.y, 2, options, {});
        double low = 0, high = 10;
        for (int i = 0; i < 60; ++i) {
            const double w = (low + high) / 2;
            (2 * options.c / (1 + std::exp(2 * w)) > w ? low : high) = w;
        }
        QVERIFY(std::fabs(double(fit.classifier.weights.at(1, 0)) - low) < 1e-3);
        QVERIFY(std::fabs(double(fit.classifier.weights.at(0, 0)) + low) < 1e-3);
        QVERIFY(std::fabs(double(fit.classifier.bias[0] - fit.classifier.bias[1])) < 1e-3);
    }

    void aWarmStartEndsAtTheSamePlaceSooner()
    {
        const Problem problem = randomProblem(20, 8, 64, 1.5, 3);
        LogisticOptions options;
        options.c = 10;
        const LogisticFit cold = fitLogistic(problem.x, problem.y, problem.classes, options, {});
        options.c = 8;
        const LogisticFit nearby = fitLogistic(problem.x, problem.y, problem.classes, options, {});
        options.c = 10;
        const LogisticFit warm = fitLogistic(problem.x, problem.y, problem.classes, options, {}, &nearby.classifier);
        QVERIFY(std::fabs(warm.objective - cold.objective) < 1e-3 * cold.objective);
        QVERIFY(warm.iterations < cold.iterations);
    }

    void equalInputEqualBytes()
    {
        const Problem problem = randomProblem(7, 5, 33, 1, 4);
        const LogisticFit a = fitLogistic(problem.x, problem.y, problem.classes, {}, {});
        const LogisticFit b = fitLogistic(problem.x, problem.y, problem.classes, {}, {});
        QVERIFY(a.classifier.weights == b.classifier.weights && a.classifier.bias == b.classifier.bias);
    }

    void learnsWhatCanBeLearnt()
    {
        const Problem learnt = randomProblem(10, 20, 32, .3, 5);
        const LogisticFit fit = fitLogistic(learnt.x, learnt.y, learnt.classes, {}, {});
        QCOMPARE(topAccuracy(fit.classifier.scores(learnt.x), learnt.y), 1.);
    }

    void badInput()
    {
        Problem problem = randomProblem(3, 2, 4, 1, 6);
        QVERIFY(!errorOf<Error>([&] { fitLogistic(problem.x, problem.y, 1, {}, {}); }).empty());
        QVERIFY(!errorOf<Error>([&] { fitLogistic({}, {}, 3, {}, {}); }).empty());
        QVERIFY(!errorOf<Error>([&] { fitLogistic(problem.x, std::vector<int>{0, 1}, 3, {}, {}); }).empty());
        problem.x.at(1, 1) = NAN;
        const std::string message = errorOf<Error>([&] { fitLogistic(problem.x, problem.y, 3, {}, {}); });
        QVERIFY2(message.find("not finite") != std::string::npos, message.c_str());
    }
};

QTEST_APPLESS_MAIN(TestLogisticRegression)
#include "tst_logistic_regression.moc"
