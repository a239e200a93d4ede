// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/run_export.h"
#include "support/test_data.h"

using namespace clipscope;

namespace {

StoredRun made(int64_t id, Json config, Json results)
{
    StoredRun run;
    run.id = id;
    run.record.kind = "evaluate";
    run.record.version = "1";
    run.record.startedAt = "2026-05-03T14:02:11Z";
    run.record.config = std::move(config);
    run.record.results = std::move(results);
    run.record.arrays = {{"ranks", {1, 3}}};
    return run;
}

} // namespace

class TestRunExport : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aLineARun()
    {
        std::vector<StoredRun> runs = {
            made(1, {{"frames", 4}}, {{"r1", .25}}), made(2, {{"split", "test"}}, {{"r5", 1}})};
        runs[0].name = "a \"b\", c";
        runs[0].notes = "two\nlines";
        QCOMPARE(runsCsv(runs),
            std::string("run,name,notes,startedAt,seed,kind,config.frames,modelHash,dataHash,version,r1,cpuSeconds,"
                        "wallSeconds,config.split,r5\n"
                        "1,\"a \"\"b\"\", c\",\"two\nlines\",2026-05-03T14:02:11Z,0,evaluate,4,,,1,0.25,0.0,0.0,,\n"
                        "2,,,2026-05-03T14:02:11Z,0,evaluate,,,,1,,0.0,0.0,test,1.0\n"));
        QCOMPARE(runsCsv({}), std::string("\n"));
    }

    /// A name or a folder comes from anybody; a spreadsheet must not run it. Numbers stay numbers.
    void noFormulas()
    {
        StoredRun run = made(1, {{"a", "=cmd()"}, {"b", "+1"}, {"c", "-2+3"}, {"d", "@x"}, {"e", -5}}, Json::object());
        run.name = "=1+1";
        const std::string csv = runsCsv(std::vector<StoredRun>{run});
        for (const char* cell : {",'=1+1,", ",'=cmd(),", ",'+1,", ",'-2+3,", ",'@x,", ",-5,"})
            QVERIFY2(csv.find(cell) != std::string::npos, csv.c_str());
    }

    void jsonHasEverything()
    {
        StoredRun run = made(4, {{"frames", 4}}, {{"r1", .25}});
        run.name = "n";
        const Json json = runsJson(std::vector<StoredRun>{run});
        QCOMPARE(json["runs"][0]["run"].get<int>(), 4);
        QCOMPARE(json["runs"][0]["name"].get<std::string>(), std::string("n"));
        QCOMPARE(json["runs"][0]["arrays"]["ranks"].dump(), std::string("[1,3]"));
        QCOMPARE(json["runs"][0]["r1"].get<double>(), .25);
    }
};

QTEST_APPLESS_MAIN(TestRunExport)
#include "tst_run_export.moc"
