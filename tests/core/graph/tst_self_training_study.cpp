// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/self_training_study.h"

#include "base/error.h"
#include "graph/graph_split.h"
#include "made_graph.h"
#include "support/test_data.h"

#include <any>
#include <cmath>
#include <mutex>
#include <set>
#include <stop_token>

using namespace clipscope;
using namespace clipscope::test;

namespace {

SelfTrainingStudyOptions quick()
{
    SelfTrainingStudyOptions out;
    out.methods = {"GCN", "CaGCN-st", "FASTRAIN", "FASTRAIN-PGP"};
    out.seeds = 4;
    out.training.hidden = 8;
    out.training.epochs = 30;
    return out;
}

const Graph& graph()
{
    static const Graph made = madeGraph({.nodes = 300, .sameClass = .75, .edgesANode = 2}, 6);
    return made;
}

} // namespace

class TestSelfTrainingStudy : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// The record says what the trainings did, whoever ran beside whom.
    void record()
    {
        std::set<std::pair<int, int>> told;
        std::mutex mutex;
        JobContext context;
        context.seed = 5;
        context.onPartial = [&](const std::any& value) {
            const auto cell = std::any_cast<SelfTrainingStudyCell>(value);
            const std::lock_guard lock(mutex);
            told.insert({cell.method, cell.seed});
        };
        SelfTrainingStudyOptions options = quick();
        options.threads = 3;
        const RunRecord record = studySelfTraining(graph(), options, context);
        QCOMPARE(told.size(), size_t(16));
        const Json& methods = record.results.at("methods");
        QCOMPARE(methods.size(), size_t(4));
        QCOMPARE(methods[0].at("stages").size(), size_t(1));
        // One training by itself.
        SelfTrainingOptions alone = selfTrainingVariant("FASTRAIN", options.training);
        alone.seed = 7;
        const std::vector<SelfTrainingStage> stages = selfTrain(graph(), drawSplit(graph(), 3, 0, 7), alone, {});
        const Json& accuracies = record.arrays.at("accuracies");
        for (size_t i = 0; i < stages.size(); ++i)
            QCOMPARE(accuracies[2][2][i].get<double>(), stages[i].accuracy);
        double sum = 0, difference = 0;
        for (size_t seed = 0; seed < 4; ++seed) {
            sum += accuracies[2][seed].back().get<double>();
            difference += accuracies[2][seed].back().get<double>() - accuracies[1][seed].back().get<double>();
        }
        QVERIFY(std::abs(methods[2].at("accuracyMean").get<double>() - sum / 4) < 1e-12);
        QCOMPARE(methods[2].at("stages")[0].at("labelled").get<double>(), 9.);
        for (const Json& comparison : record.results.at("comparisons"))
            if (comparison.at("method") == "FASTRAIN" && comparison.at("against") == "CaGCN-st") {
                QVERIFY(std::abs(comparison.at("difference").get<double>() - difference / 4) < 1e-12);
                QVERIFY(comparison.at("interval")[0].get<double>() <= difference / 4);
                QVERIFY(comparison.at("cpuRatio").get<double>() > 0);
            }
        QCOMPARE(record.results.at("comparisons").size(), size_t(6));
        options.threads = 1;
        JobContext again;
        again.seed = 5;
        QVERIFY(studySelfTraining(graph(), options, again).arrays == record.arrays);
    }

    /// A method without the graph is asked once a split, with the labels that all methods get, and measured like them.
    void featuresAlone()
    {
        SelfTrainingStudyOptions options = quick();
        options.methods = {"linear", "GCN"};
        options.threads = 1;
        std::vector<std::vector<int>> given;
        options.featureProbe = [&](const Graph& of, std::span<const int> labelled, const JobContext&) {
            given.emplace_back(labelled.begin(), labelled.end());
            Matrix out(size_t(of.nodes()), of.classes.size());
            for (size_t node = 0; node < out.rows; ++node) // right but for the class 0
                out.at(node, of.labels[node] == 0 ? 1 : size_t(of.labels[node])) = 100;
            return out;
        };
        JobContext context;
        context.seed = 5;
        const RunRecord record = studySelfTraining(graph(), options, context);
        QCOMPARE(given.size(), size_t(4));
        for (size_t seed = 0; seed < 4; ++seed) {
            const GraphSplit split = drawSplit(graph(), 3, 0, 5 + seed);
            QVERIFY(given[seed] == split.train);
            const auto wrong =
                std::ranges::count_if(split.test, [](int node) { return graph().labels[size_t(node)] == 0; });
            const Json& stages = record.arrays.at("accuracies")[0][seed];
            QCOMPARE(stages.size(), size_t(1));
            QVERIFY(std::abs(stages[0].get<double>() - (1 - double(wrong) / double(split.test.size()))) < 1e-12);
        }
        // Sure of everything: it errs by as much as it is wrong.
        const Json& stage = record.results.at("methods")[0].at("stages")[0];
        QVERIFY(std::abs(stage.at("calibrationError").get<double>() + stage.at("accuracy").get<double>() - 1) < 1e-6);
        QVERIFY(stage.at("precision").is_null());
        QCOMPARE(stage.at("edges").get<double>(), 0.);
        options.featureProbe = {};
        QVERIFY(!errorOf<Error>([&] { studySelfTraining(graph(), options, {}); }).empty());
    }

    void names()
    {
        checkSelfTrainingName("linear");
        checkSelfTrainingName("FASTRAIN+ES");
        QVERIFY(!errorOf<Error>([] { checkSelfTrainingName("probe"); }).empty());
    }

    void variants()
    {
        const SelfTrainingOptions common;
        QVERIFY(!selfTrainingVariant("FASTRAIN-SPF", common).filtersBySampling);
        QVERIFY(!selfTrainingVariant("FASTRAIN-DS", common).sizes);
        QVERIFY(!selfTrainingVariant("FASTRAIN-DR", common).regularises);
        QVERIFY(!selfTrainingVariant("FASTRAIN-PGP", common).prunes);
        QVERIFY(selfTrainingVariant("FASTRAIN", common).drawsEvenly);
        QVERIFY(!selfTrainingVariant("FASTRAIN-EVEN", common).drawsEvenly);
        QVERIFY(selfTrainingVariant("FASTRAIN+ES", common).stopsWhenDoubtful);
        QVERIFY(selfTrainingVariant("FASTRAIN+ES", common).drawsEvenly);
        QVERIFY(!selfTrainingVariant("CaGCN-st", common).drawsEvenly);
        for (const auto& [name, method] : {std::pair("CaGCN-st+EVEN", SelfTrainingMethod::CaGcnSt),
                 std::pair("CaGCN-st-3+EVEN", SelfTrainingMethod::CaGcnSt3)}) {
            QVERIFY(selfTrainingVariant(name, common).drawsEvenly);
            QCOMPARE(int(selfTrainingVariant(name, common).method), int(method));
        }
        QVERIFY(selfTrainingVariant("FASTRAIN-PGP", common).sizes);
        QCOMPARE(int(selfTrainingVariant("CaGCN-st-3", common).method), int(SelfTrainingMethod::CaGcnSt3));
        for (const char* wrong : {"FASTRAIN-X", "FASTRAIN-", "EVEN", "X+EVEN"})
            QVERIFY2(errorOf<Error>([&] { selfTrainingVariant(wrong, common); }).find("CaGCN-st-3, FASTRAIN")
                    != std::string::npos,
                wrong);
        for (const char* wrong : {"Li+EVEN", "CaGCN-st-SPF", "GCN+ES"})
            QVERIFY2(
                errorOf<Error>([&] { selfTrainingVariant(wrong, common); }).find("no part of") != std::string::npos,
                wrong);
    }

    void stops()
    {
        std::stop_source stop;
        JobContext context;
        context.stop = stop.get_token();
        context.onProgress = [&](const Progress&) { stop.request_stop(); };
        QVERIFY_THROWS_EXCEPTION(Cancelled, studySelfTraining(graph(), quick(), context));
        SelfTrainingStudyOptions options = quick();
        options.labelsPerClass = 0;
        QVERIFY(!errorOf<Error>([&] { studySelfTraining(graph(), options, {}); }).empty());
        options.methods.clear();
        QVERIFY(!errorOf<Error>([&] { studySelfTraining(graph(), options, {}); }).empty());
    }
};

QTEST_APPLESS_MAIN(TestSelfTrainingStudy)
#include "tst_self_training_study.moc"
