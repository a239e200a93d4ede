// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/run_comparison.h"
#include "experiment/run_metrics.h"
#include "support/test_data.h"

#include <cmath>

using namespace clipscope;

namespace {

StoredRun made(int64_t id, uint64_t seed, int frames, double r1, const std::string& library = "/a")
{
    StoredRun run;
    run.id = id;
    run.record.kind = "evaluate";
    run.record.config = {{"library", library}, {"frames", frames}, {"shots", {1, 2}}};
    run.record.seed = seed;
    run.record.version = "1";
    run.record.machine = {{"processor", "P"}, {"cores", 2}};
    run.record.results = {{"textToVideo", {{"r1", r1}}}, {"videos", 10}, {"classes", {"a", "b"}}};
    return run;
}

const RunComparison::Metric* metricOf(const RunComparison& comparison, const std::string& name)
{
    for (const RunComparison::Metric& metric : comparison.metrics)
        if (metric.name == name)
            return &metric;
    return nullptr;
}

std::vector<std::string> namesOf(const std::vector<RunComparison::Setting>& settings)
{
    std::vector<std::string> out;
    for (const RunComparison::Setting& setting : settings)
        out.push_back(setting.name);
    return out;
}

} // namespace

class TestRunComparison : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// By hand: .2 .4 .6 have the mean .4 and the standard deviation .2.
    void seedsAreOneColumn()
    {
        const std::vector<StoredRun> runs = {
            made(1, 0, 4, .2), made(2, 1, 4, .4), made(7, 2, 4, .6, "/moved"), made(9, 0, 8, .9)};
        const RunComparison comparison = compareRuns(runs, {});
        QCOMPARE(comparison.groups.size(), size_t(2));
        QCOMPARE(comparison.groups[0].runs, (std::vector<int64_t>{1, 2, 7}));
        QCOMPARE(comparison.groups[0].seeds, (std::vector<uint64_t>{0, 1, 2}));
        QCOMPARE(comparison.groups[0].title, std::string("runs 1, 2, 7"));
        QCOMPARE(comparison.groups[1].title, std::string("run 9"));
        const RunComparison::Metric* r1 = metricOf(comparison, "textToVideo.r1");
        QVERIFY(r1 && r1->values[0] && r1->values[1]);
        QVERIFY(std::fabs(r1->values[0]->mean - .4) < 1e-12 && std::fabs(r1->values[0]->sd - .2) < 1e-12);
        QCOMPARE(r1->values[0]->seeds, 3);
        QCOMPARE(r1->values[1]->mean, .9);
        QCOMPARE(r1->values[1]->sd, 0.);
        QVERIFY(metricOf(comparison, "wallSeconds"));
        QVERIFY(!metricOf(comparison, "classes"));
        // What differs, and nothing else.
        QCOMPARE(namesOf(comparison.settings), (std::vector<std::string>{"config.frames", "seed"}));
        QCOMPARE(comparison.settings[0].values, (std::vector<Json>{4, 8}));
        QCOMPARE(comparison.settings[1].values, (std::vector<Json>{{0, 1, 2}, 0}));
    }

    /// The same run made twice is no second seed.
    void aRepeatedSeedCountsOnce()
    {
        const std::vector<StoredRun> runs = {made(1, 0, 4, .2), made(2, 0, 4, .2), made(3, 1, 4, .6)};
        const RunComparison comparison = compareRuns(runs, {});
        QCOMPARE(comparison.groups.size(), size_t(1));
        const RunComparison::Metric* r1 = metricOf(comparison, "textToVideo.r1");
        QCOMPARE(r1->values[0]->seeds, 2);
        QVERIFY(std::fabs(r1->values[0]->mean - .4) < 1e-12);
        QVERIFY(std::fabs(r1->values[0]->sd - std::sqrt(.08)) < 1e-12);
    }

    void otherDataOrCodeIsAnotherColumn()
    {
        std::vector<StoredRun> runs = {made(1, 0, 4, .2), made(2, 1, 4, .4), made(3, 2, 4, .4), made(4, 3, 4, .4)};
        runs[1].record.version = "2";
        runs[2].record.dataHash = "other";
        runs[3].record.machine["processor"] = "Q";
        const RunComparison comparison = compareRuns(runs, {});
        QCOMPARE(comparison.groups.size(), size_t(4));
        QCOMPARE(namesOf(comparison.settings),
            (std::vector<std::string>{"dataHash", "version", "machine.processor", "seed"}));
    }

    void eachRunAndAllSettings()
    {
        std::vector<StoredRun> runs = {made(1, 0, 4, .2), made(2, 1, 4, .4)};
        runs[0].name = "short";
        runs[1].record.config["split"] = "test";
        runs[1].record.results.erase("textToVideo");
        const RunComparison comparison = compareRuns(runs, {.groupSeeds = false, .differencesOnly = false});
        QCOMPARE(comparison.groups.size(), size_t(2));
        QCOMPARE(comparison.groups[0].title, std::string("short"));
        const std::vector<std::string> names = namesOf(comparison.settings);
        for (const char* name : {"kind", "config.library", "config.frames", "config.shots", "config.split", "seed"})
            QVERIFY2(std::ranges::find(names, name) != names.end(), name);
        for (const RunComparison::Setting& setting : comparison.settings) {
            QCOMPARE(setting.differs, setting.name == "config.split" || setting.name == "seed");
            if (setting.name == "config.split")
                QVERIFY(setting.values[0].is_null() && setting.values[1] == "test");
        }
        const RunComparison::Metric* r1 = metricOf(comparison, "textToVideo.r1");
        QVERIFY(r1->values[0] && !r1->values[1]);
        const Json json = toJson(comparison);
        QCOMPARE(json["groups"][0]["runs"].dump(), std::string("[1]"));
        QVERIFY(json["metrics"][0]["values"][1].is_null());
        QVERIFY(compareRuns({}, {}).groups.empty());
    }

    void tablesGoByTheirKey()
    {
        RunRecord record;
        record.kind = "probe";
        record.results = {
            {"shots", {{{"k", 1}, {"top1Mean", .3}, {"top1Draws", {.2, .4}}}, {{"k", "all"}, {"top1Mean", .9}}}},
            {"methods", {{{"name", "lp++"}, {"crossingShots", 2}}}}, {"stages", {{{"added", 3}}, {{"added", 3}}}},
            {"crossing", nullptr}};
        record.cpuSeconds = 2;
        const std::vector<std::pair<std::string, double>> expected = {{"shots[1].top1Mean", .3},
            {"shots[all].top1Mean", .9}, {"methods[lp++].crossingShots", 2}, {"stages[0].added", 3},
            {"stages[1].added", 3}, {"cpuSeconds", 2}, {"wallSeconds", 0}};
        QVERIFY(metricsOf(record) == expected);
    }
};

QTEST_APPLESS_MAIN(TestRunComparison)
#include "tst_run_comparison.moc"
