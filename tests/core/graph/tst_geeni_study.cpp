// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/geeni_study.h"

#include "base/error.h"
#include "graph/graph_split.h"
#include "made_graph.h"
#include "support/test_data.h"

#include <cmath>
#include <stop_token>

using namespace clipscope;
using namespace clipscope::test;

namespace {

GeeniStudyOptions quick()
{
    GeeniStudyOptions out;
    out.ensemble.shape.hidden = 8;
    out.ensemble.training.epochs = 40;
    out.ensemble.members = 3;
    out.seeds = 4;
    out.shares = {.1, .3};
    out.approximates = false;
    return out;
}

const Graph& graph()
{
    static const Graph made = madeGraph({.nodes = 500, .sameClass = .7, .edgesANode = 2, .wordsTell = .15}, 6);
    return made;
}

} // namespace

class TestGeeniStudy : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void record()
    {
        const GraphSplit split = drawSplit(graph(), 6, 120, 1);
        GeeniStudyOptions options = quick();
        options.threads = 3;
        const RunRecord record = studyGeeni(graph(), split, options, {});
        const Json& all = record.arrays.at("accuracies");
        QCOMPARE(all.size(), size_t(4));
        double single = 0, ensemble = 0, oracle = 0;
        for (const Json& repetition : all) {
            single += repetition.at("single").get<double>() / 4;
            ensemble += repetition.at("ensemble").get<double>() / 4;
            oracle += repetition.at("isolated")[3][1].get<double>() / 4;
        }
        QVERIFY(std::abs(record.results.at("meanSingle").get<double>() - single) < 1e-12);
        QVERIFY(std::abs(record.results.at("ensemble").get<double>() - ensemble) < 1e-12);
        QCOMPARE(record.results.at("isolated").size(), size_t(10));
        const Json& last = record.results.at("isolated")[7];
        QCOMPARE(last.at("detector").get<std::string>(), std::string("oracle"));
        QCOMPARE(last.at("q").get<double>(), .3);
        QVERIFY(std::abs(last.at("accuracy").get<double>() - oracle) < 1e-12);
        QVERIFY(std::abs(last.at("againstEnsemble").at("difference").get<double>() - (oracle - ensemble)) < 1e-12);
        QCOMPARE(last.at("precision").get<double>(), 1.); // it silences true errors alone
        QVERIFY(oracle > ensemble);
        QCOMPARE(record.results.at("areas").at("oracle").get<double>(), 1.);
        QVERIFY(record.results.at("areas").at("learned").get<double>() > .5);
        for (const Json& row : record.results.at("isolated")) {
            QVERIFY(row.at("messagesLeft").get<double>() > .5 && row.at("messagesLeft").get<double>() < 1);
            QVERIFY(row.at("macs").get<double>() < record.results.at("ensembleMacs").get<double>());
        }
        // q by validation: never worse there than all messages.
        QCOMPARE(record.results.at("picked").size(), size_t(5));
        options.threads = 1;
        QVERIFY(studyGeeni(graph(), split, options, {}).arrays == record.arrays);
    }

    void stopsAndRefuses()
    {
        const GraphSplit split = drawSplit(graph(), 6, 120, 1);
        std::stop_source stop;
        JobContext context;
        context.stop = stop.get_token();
        context.onProgress = [&](const Progress&) { stop.request_stop(); };
        GeeniStudyOptions options = quick();
        options.threads = 1;
        QVERIFY_THROWS_EXCEPTION(Cancelled, studyGeeni(graph(), split, options, context));
        options.shares.clear();
        QVERIFY(!errorOf<Error>([&] { studyGeeni(graph(), split, options, {}); }).empty());
    }
};

QTEST_APPLESS_MAIN(TestGeeniStudy)
#include "tst_geeni_study.moc"
