// SPDX-License-Identifier: GPL-3.0-or-later
#include "e2e/program.h"

#include "base/files.h"

#include <QTest>

#include <csignal>

namespace fs = std::filesystem;
using namespace clipscope;
using namespace clipscope::test;

/// A Transformer aggregation by the command line twin: trained on a library, then used wherever frames make a video.
class AggregationTest : public QObject {
    Q_OBJECT

    std::string library() const { return (m_box / "world.clipscope").string(); }
    std::string file() const { return (m_box / "trained.safetensors").string(); }
    Ended train(const std::string& out, const std::vector<std::string>& more) const
    {
        std::vector<std::string> command = {"train", "aggregator", "--library", library(), "--out", out};
        command.insert(command.end(), more.begin(), more.end());
        return m_box.cli(command);
    }
    Ended evaluate(const std::string& aggregation, const std::string& of) const
    {
        return m_box.cli({"evaluate", "--library", of, "--aggregation", aggregation, "--json"});
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_box.makeLibrary("world", 12, 5);
        const Ended embedded = m_box.cli({"embed", "--library", library(), "--model", "sample-clip"});
        QVERIFY2(embedded.status == 0, embedded.err.c_str());
    }

    void trainsEvaluatesAndSearches()
    {
        const Ended trained = train(file(), {"--split", "train", "--epochs", "6", "--seed", "3", "--json"});
        QVERIFY2(trained.status == 0, trained.err.c_str());
        const Json run = trained.json();
        QCOMPARE(run["kind"].get<std::string>(), std::string("train-aggregator"));
        QCOMPARE(run["seed"].get<int>(), 3);
        QCOMPARE(run["steps"].get<int>(), 6);
        QCOMPARE(run["config"]["model"].get<std::string>(), std::string("sample-clip"));
        for (const char* key : {"file", "bestStep", "loss", "trainSeconds", "videos", "parameters", "validation",
                 "history", "version", "machine", "cpuSeconds", "wallSeconds"})
            QVERIFY2(run.contains(key), key);
        QVERIFY(fs::exists(file()) && !fs::exists(file() + ".training"));

        const Ended evaluated = evaluate("transformer:" + file(), library());
        QVERIFY2(evaluated.status == 0, evaluated.err.c_str());
        QCOMPARE(evaluated.json()["videos"].get<int>(), 12);
        QCOMPARE(evaluated.json()["config"]["aggregation"].get<std::string>(), "transformer:" + file());
        const Ended found = m_box.cli({"search", "--library", library(), "a red ball", "--by", "picture",
            "--aggregation", "transformer:" + file(), "--json"});
        QVERIFY2(found.status == 0, found.err.c_str());
        QVERIFY(!found.json()["hits"].empty());
    }

    void theSameCommandGivesTheSameFile()
    {
        const std::string again = (m_box / "again.safetensors").string();
        QCOMPARE(train(again, {"--epochs", "6", "--seed", "3"}).status, 0);
        QCOMPARE(sha256File(again), sha256File(file()));
    }

    void goesOnAfterAStop()
    {
        const std::string whole = (m_box / "whole.safetensors").string(),
                          parts = (m_box / "parts.safetensors").string();
        const std::vector<std::string> options = {"--epochs", "400", "--seed", "4"};
        QCOMPARE(train(whole, options).status, 0);
        std::vector<std::string> command = {"train", "aggregator", "--library", library(), "--out", parts};
        command.insert(command.end(), options.begin(), options.end());
        const auto process = m_box.startCli(command);
        QVERIFY(QTest::qWaitFor([&] { return fs::exists(parts + ".training/config.json"); }, 60000));
        QTest::qWait(300);
        ::kill(pid_t(process->processId()), SIGTERM);
        const Ended stopped = Sandbox::waitFor(*process);
        if (stopped.status != 0) // quick machines are through before the signal
            QVERIFY2(stopped.err.find("the same command goes on later") != std::string::npos, stopped.err.c_str());
        QCOMPARE(train(parts, options).status, 0);
        QCOMPARE(sha256File(parts), sha256File(whole));
    }

    void wrongFilesAreExplained()
    {
        const Ended missing = evaluate("transformer:/no/such.safetensors", library());
        QCOMPARE(missing.status, 1);
        QVERIFY2(missing.err.find("/no/such.safetensors") != std::string::npos, missing.err.c_str());
        m_box.makeLibrary("other", 2, 6);
        const std::string other = (m_box / "other.clipscope").string();
        QCOMPARE(m_box.cli({"embed", "--library", other, "--model", "fake"}).status, 0);
        const Ended foreign = evaluate("transformer:" + file(), other);
        QCOMPARE(foreign.status, 1);
        for (const char* part : {"trained.safetensors", "train aggregator", "fake"})
            QVERIFY2(foreign.err.find(part) != std::string::npos, foreign.err.c_str());
        const Ended none = evaluate("transformer", other);
        QCOMPARE(none.status, 1);
        QVERIFY2(none.err.find("fake") != std::string::npos && none.err.find("train aggregator") != std::string::npos,
            none.err.c_str());
        QCOMPARE(train(file(), {"--epochs", "0"}).status, 2);
        QCOMPARE(m_box.cli({"train", "aggregator", "--library", library()}).status, 2);
    }

private:
    Sandbox m_box;
};

QTEST_GUILESS_MAIN(AggregationTest)
#include "tst_aggregation.moc"
