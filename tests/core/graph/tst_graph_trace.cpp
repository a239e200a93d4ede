// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_trace.h"

#include "graph/graph_split.h"
#include "made_graph.h"
#include "support/test_data.h"

#include <any>
#include <cmath>
#include <mutex>

using namespace clipscope;
using namespace clipscope::test;

namespace {

const Graph& graph()
{
    static const Graph made = madeGraph({.nodes = 300, .sameClass = .75, .edgesANode = 2, .wordsTell = .2}, 6);
    return made;
}

double accuracyOf(const std::vector<int>& predictions, const std::vector<int>& nodes)
{
    int right = 0;
    for (const int node : nodes)
        right += predictions[size_t(node)] == graph().labels[size_t(node)];
    return double(right) / double(nodes.size());
}

/// All that the JSON keeps; shares within what it rounds.
bool alike(const GraphTrace& a, const GraphTrace& b)
{
    const auto close = [](const std::vector<float>& x, const std::vector<float>& y) {
        if (x.size() != y.size())
            return false;
        for (size_t i = 0; i < x.size(); ++i)
            if (std::abs(x[i] - y[i]) > 6e-4)
                return false;
        return true;
    };
    if (a.given != b.given || a.validation != b.validation || a.members != b.members || a.votes != b.votes
        || a.methods.size() != b.methods.size())
        return false;
    for (size_t m = 0; m < a.methods.size(); ++m) {
        const TracedMethod &x = a.methods[m], &y = b.methods[m];
        if (x.name != y.name || !close(x.scores, y.scores) || x.stages.size() != y.stages.size())
            return false;
        for (size_t s = 0; s < x.stages.size(); ++s) {
            TracedStage p = x.stages[s], q = y.stages[s];
            if (!close(p.confidences, q.confidences) || std::isfinite(p.precision) != std::isfinite(q.precision)
                || (std::isfinite(p.precision) && p.precision != q.precision))
                return false;
            p.confidences = q.confidences = {};
            p.precision = q.precision = 0;
            if (!(p == q))
                return false;
        }
    }
    return true;
}

} // namespace

class TestGraphTrace : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Node by node it is what the first split's trainings did, and nothing of the record changes.
    void selfTraining()
    {
        SelfTrainingStudyOptions options;
        options.methods = {"GCN", "FASTRAIN"};
        options.seeds = 2;
        options.training.hidden = 8;
        options.training.epochs = 30;
        std::mutex mutex;
        GraphTrace told;
        JobContext context;
        context.seed = 5;
        context.onPartial = [&](const std::any& value) {
            const std::lock_guard lock(mutex);
            if (const auto* trace = std::any_cast<GraphTrace>(&value))
                told = *trace;
        };
        RunRecord record = traceSelfTraining(graph(), options, context);
        const std::optional<GraphTrace> kept = traceOf(record.arrays.at("trace"), graph().nodes(), 3);
        QVERIFY(kept && alike(*kept, told));
        const GraphSplit split = drawSplit(graph(), options.labelsPerClass, 0, 5);
        QVERIFY(kept->given == split.train);
        QCOMPARE(kept->methods.size(), size_t(2));
        QCOMPARE(kept->methods[1].name, std::string("FASTRAIN"));
        SelfTrainingOptions alone = selfTrainingVariant("FASTRAIN", options.training);
        alone.seed = 5;
        const std::vector<SelfTrainingStage> stages = selfTrain(graph(), split, alone, {});
        QCOMPARE(kept->methods[1].stages.size(), stages.size());
        for (size_t i = 0; i < stages.size(); ++i) {
            const TracedStage& stage = kept->methods[1].stages[i];
            QVERIFY(stage.predictions == stages[i].predictions);
            QVERIFY(stage.added == stages[i].added);
            QVERIFY(stage.removed == stages[i].removed);
            QCOMPARE(stage.accuracy, stages[i].accuracy);
            QVERIFY(std::abs(accuracyOf(stage.predictions, split.test) - stage.accuracy) < 1e-9);
            QCOMPARE(stage.edges, stages[i].edges);
        }
        record.arrays.erase("trace");
        JobContext plain;
        plain.seed = 5;
        const RunRecord study = studySelfTraining(graph(), options, plain);
        QVERIFY(record.arrays == study.arrays);
        QVERIFY(record.config == study.config);
        QCOMPARE(record.dataHash, hashOf(graph()));
    }

    void geeni()
    {
        const GraphSplit split = drawSplit(graph(), 5, 60, 1);
        GeeniStudyOptions options;
        options.ensemble.shape.hidden = 8;
        options.ensemble.training.epochs = 30;
        options.ensemble.members = 3;
        options.seeds = 2;
        options.shares = {.1, .3};
        options.detectors = {ErrorDetector::Entropy, ErrorDetector::Oracle};
        RunRecord record = traceGeeni(graph(), split, options, {});
        const std::optional<GraphTrace> trace = traceOf(record.arrays.at("trace"), graph().nodes(), 3);
        QVERIFY(trace);
        QCOMPARE(trace->members, 3);
        QVERIFY(trace->given == split.train);
        QVERIFY(trace->validation == split.validation && !split.validation.empty());
        for (int node = 0; node < graph().nodes(); ++node) {
            int votes = 0;
            for (int c = 0; c < 3; ++c)
                votes += trace->votes[size_t(3 * node + c)];
            QCOMPARE(votes, 3);
        }
        QCOMPARE(trace->methods.size(), size_t(2));
        const Json& first = record.arrays.at("accuracies")[0];
        for (size_t detector = 0; detector < 2; ++detector) {
            const TracedMethod& method = trace->methods[detector];
            QCOMPARE(method.scores.size(), size_t(graph().nodes()));
            QCOMPARE(method.stages.size(), size_t(3)); // the ensemble, then each share
            QCOMPARE(method.stages[0].accuracy, first.at("ensemble").get<double>());
            QVERIFY(method.stages[0].silent.empty());
            for (size_t i = 0; i < 3; ++i) {
                const TracedStage& stage = method.stages[i];
                QVERIFY(std::abs(accuracyOf(stage.predictions, split.test) - stage.accuracy) < 1e-9);
                if (i == 0)
                    continue;
                QCOMPARE(stage.accuracy, first.at("isolated")[detector][i - 1].get<double>());
                QCOMPARE(stage.share, options.shares[i - 1]);
                QVERIFY(!stage.silent.empty());
            }
        }
        // The oracle silences those that the ensemble is wrong about, and no others.
        for (const int node : trace->methods[1].stages[1].silent)
            QVERIFY(trace->methods[1].stages[0].predictions[size_t(node)] != graph().labels[size_t(node)]);
        record.arrays.erase("trace");
        QVERIFY(record.arrays == studyGeeni(graph(), split, options, {}).arrays);
    }

    /// The answers are the proposals of proposeLabels(), and the run is known by the graph whatever its labels become.
    void proposals()
    {
        Graph sparse = graph();
        for (size_t node = 0; node < sparse.labels.size(); ++node)
            if (node % 10 > 3)
                sparse.labels[node] = -1;
        LabelProposalOptions options;
        options.members = 3;
        options.training.hidden = 8;
        options.training.epochs = 10;
        const RunRecord record = traceProposals(sparse, options, {});
        const std::vector<LabelProposal> direct = proposeLabels(sparse, options, {}).nodes;
        const auto trace = traceOf(record.arrays.at("trace"), sparse.nodes(), int(sparse.classes.size()));
        QVERIFY(trace);
        QCOMPARE(trace->proposed.size(), direct.size());
        const TracedStage& answers = trace->methods.at(0).stages.at(0);
        const size_t classes = sparse.classes.size();
        for (size_t i = 0; i < direct.size(); ++i) {
            const auto node = size_t(direct[i].node);
            QCOMPARE(trace->proposed[i], direct[i].node);
            QCOMPARE(answers.predictions[node], direct[i].label);
            QVERIFY(std::abs(answers.confidences[node] - direct[i].confidence) <= 5e-4F);
            QVERIFY(std::equal(direct[i].votes.begin(), direct[i].votes.end(),
                trace->votes.begin() + ptrdiff_t(node * classes)));
        }
        for (const int node : trace->given)
            QCOMPARE(answers.predictions[size_t(node)], sparse.labels[size_t(node)]);
        QCOMPARE(trace->given.size() + direct.size(), size_t(sparse.nodes()));
        int proposed = 0, given = 0;
        for (const Json& row : record.results.at("classes")) {
            proposed += row.at("proposed").get<int>();
            given += row.at("given").get<int>();
            QVERIFY(row.at("unanimous").get<int>() <= row.at("proposed").get<int>());
        }
        QCOMPARE(size_t(proposed), direct.size());
        QCOMPARE(size_t(given), trace->given.size());
        QCOMPARE(record.dataHash, hashWithoutLabels(sparse));
        Graph accepted = sparse;
        accepted.labels[size_t(direct[0].node)] = direct[0].label;
        QCOMPARE(hashWithoutLabels(accepted), record.dataHash);
        QVERIFY(hashOf(accepted) != hashOf(sparse));
        accepted.classes.emplace_back("another");
        QVERIFY(hashWithoutLabels(accepted) != record.dataHash);
    }

    /// A record may come from a file that somebody else has written.
    void foreignTraces()
    {
        GraphTrace trace;
        trace.given = {0};
        trace.validation = {1};
        TracedStage stage;
        stage.predictions = {0, 1};
        stage.confidences = {.5F, 1};
        stage.removed = {{0, 1}};
        trace.methods = {{"GCN", {}, {stage}}};
        const Json good = traceJson(trace);
        QVERIFY(alike(*traceOf(good, 2, 2), trace));
        QVERIFY(!traceOf(good, 3, 2)); // another graph
        QVERIFY(!traceOf(good, 2, 1));
        QVERIFY(!traceOf(Json(), 2, 2));
        QVERIFY(!traceOf(Json::parse("[1, 2]"), 2, 2));
        for (const char* change : {R"({"given": [2]})", R"({"validation": [-1]})", R"({"members": -1})",
                 R"({"members": 2})", R"({"votes": [9]})", R"({"methods": [{"name": "x"}]})",
                 R"({"methods": {"a": 1}})", R"({"given": "x"})", R"({"proposed": [2]})", R"({"proposed": [1]})"}) {
            Json bad = good;
            bad.update(Json::parse(change));
            QVERIFY2(!traceOf(bad, 2, 2), change);
        }
        for (const char* change : {R"({"predictions": [0, 2]})", R"({"confidences": [0, 1001]})", R"({"added": [-1]})",
                 R"({"removed": [0, 5]})", R"({"silent": [2]})", R"({"accuracy": null})"}) {
            Json bad = good;
            bad["methods"][0]["stages"][0].update(Json::parse(change));
            QVERIFY2(!traceOf(bad, 2, 2), change);
        }
    }
};

QTEST_APPLESS_MAIN(TestGraphTrace)
#include "tst_graph_trace.moc"
