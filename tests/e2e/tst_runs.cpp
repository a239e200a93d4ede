// SPDX-License-Identifier: GPL-3.0-or-later
#include "e2e/program.h"

#include "base/files.h"

#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace clipscope;
using namespace clipscope::test;

/// Experiments on a library are kept in it, listed, compared and exported.
class RunsTest : public QObject {
    Q_OBJECT

    std::string library() const { return (m_box / "world.clipscope").string(); }
    Ended runs(const std::string& command, std::vector<std::string> more) const
    {
        more.insert(more.begin(), {"runs", command, "--library", library()});
        return m_box.cli(more);
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_box.makeLibrary("world", 6, 3);
        QCOMPARE(m_box.cli({"embed", "--library", library(), "--model", "fake"}).status, 0);
        const Ended none = runs("list", {});
        QCOMPARE(none.out, std::string("no run is kept yet\n"));
    }

    void experimentsAreKept()
    {
        for (const char* frames : {"1", "4"}) {
            const Ended ended = m_box.cli({"evaluate", "--library", library(), "--frames", frames, "--json"});
            QVERIFY2(ended.status == 0, ended.err.c_str());
            m_evaluated.push_back(ended.json());
        }
        QCOMPARE(m_evaluated[0]["run"].get<int>(), 1);
        QCOMPARE(m_evaluated[1]["run"].get<int>(), 2);
        for (const char* key : {"config", "seed", "version", "modelHash", "dataHash", "startedAt", "machine",
                 "cpuSeconds", "wallSeconds", "arrays"})
            QVERIFY2(m_evaluated[0].contains(key), key);
        const Ended text = m_box.cli({"evaluate", "--library", library()});
        QVERIFY2(text.out.find("Kept as run 3.") != std::string::npos, text.out.c_str());

        const Json listed = runs("list", {"--json"}).json();
        QCOMPARE(listed["runs"].size(), size_t(3));
        QCOMPARE(listed["runs"][0]["run"].get<int>(), 3);
        QVERIFY(!listed["runs"][0].contains("arrays"));
        // What was answered is what is kept.
        Json shown = runs("show", {"2", "--json"}).json();
        shown.erase("name");
        shown.erase("notes");
        const Json& answered = m_evaluated[1];
        for (const auto& [key, value] : answered.items())
            QVERIFY2(shown[key] == value, key.c_str());
        QCOMPARE(shown["arrays"]["textToVideoRanks"].size(), size_t(answered["queries"].get<int>()));
        const Ended table = runs("show", {"2"});
        QVERIFY2(table.out.find("config.frames") != std::string::npos
                && table.out.find("textToVideo.r1") != std::string::npos,
            table.out.c_str());
        QCOMPARE(runs("show", {"99"}).status, 1);
        QVERIFY(runs("show", {"99"}).err.find("runs list") != std::string::npos);
        QCOMPARE(runs("show", {}).status, 2);
    }

    void compared()
    {
        const Json compared = runs("compare", {"1", "2", "--json"}).json();
        QCOMPARE(compared["settings"].size(), size_t(1));
        QCOMPARE(compared["settings"][0]["name"].get<std::string>(), std::string("config.frames"));
        QCOMPARE(compared["settings"][0]["values"].dump(), std::string("[1,4]"));
        QCOMPARE(compared["metrics"][0]["values"][0]["mean"].get<double>(),
            m_evaluated[0]["textToVideo"]["r1"].get<double>());
        const Ended text = runs("compare", {"1", "2"});
        QVERIFY2(
            text.out.find("config.frames") != std::string::npos && text.out.find("config.split") == std::string::npos,
            text.out.c_str());
        QVERIFY(runs("compare", {"1", "2", "--all"}).out.find("config.split") != std::string::npos);
    }

    void namedExportedAndDeleted()
    {
        QCOMPARE(runs("edit", {"1", "--name", "one frame", "--notes", "the least"}).status, 0);
        const fs::path file = m_box / "runs.csv";
        const Ended exported = runs("export", {"--out", file.string()});
        QVERIFY2(exported.status == 0 && exported.out.find("3 runs") != std::string::npos, exported.err.c_str());
        const std::string csv = readFile(file);
        QCOMPARE(std::ranges::count(csv, '\n'), 4);
        QVERIFY2(csv.starts_with("run,name,notes,startedAt,seed,kind,"), csv.c_str());
        QVERIFY2(csv.find(",one frame,the least,") != std::string::npos, csv.c_str());
        const Json json = parseJson(runs("export", {"1", "--format", "json"}).out, "export");
        QCOMPARE(json["runs"].size(), size_t(1));
        QVERIFY(json["runs"][0]["arrays"]["textToVideoRanks"] == m_evaluated[0]["arrays"]["textToVideoRanks"]);
        QCOMPARE(runs("export", {"--format", "xml"}).status, 2);
        QCOMPARE(runs("delete", {"3", "77", "--json"}).json()["deleted"].dump(), std::string("[3]"));
        QCOMPARE(runs("list", {"--json"}).json()["runs"].size(), size_t(2));
    }

    void aLibraryOfAnotherUser()
    {
        if (::geteuid() == 0)
            QSKIP("root may write everywhere; core.experiment.run_store tests it as nobody");
        fs::permissions(library(), fs::perms(0555));
        const Ended ended = m_box.cli({"evaluate", "--library", library(), "--json"});
        fs::permissions(library(), fs::perms(0755));
        QVERIFY2(ended.status == 0, ended.err.c_str());
        QVERIFY(ended.json()["run"].is_null());
        QVERIFY2(ended.err.find("not kept") != std::string::npos, ended.err.c_str());
    }

private:
    Sandbox m_box;
    std::vector<Json> m_evaluated;
};

QTEST_GUILESS_MAIN(RunsTest)
#include "tst_runs.moc"
