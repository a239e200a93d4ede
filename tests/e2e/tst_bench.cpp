// SPDX-License-Identifier: GPL-3.0-or-later
#include "program.h"

using namespace clipscope;

/// `bench` with its smallest sizes: every figure is there and was measured.
class BenchTest : public QObject {
    Q_OBJECT

    test::Sandbox m_sandbox;

private Q_SLOTS:
    void rows_data()
    {
        QTest::addColumn<QString>("bench");
        QTest::addColumn<QStringList>("wanted"); ///< beginnings of rows that must be there
        QTest::addColumn<int>("threads"); ///< that may compute at the same time
        QTest::newRow("decode") << "decode"
                                << QStringList{"limit: decode everything", "limit: keyframes", "limit: demux",
                                       "uniform:4", "uniform:4@reference", "uniform:4@keyframe",
                                       "2 clips, uniform:12, 1 worker", "2 clips, uniform:12, 2 workers"}
                                << 2;
        QTest::newRow("embed") << "embed"
                               << QStringList{"limit: fp32 product", "fp32, batch 1", "fp32, batch 4",
                                      "fp32, batch 4, patch dropout 50 %", "fp32, batch 4, patch dropout 75 %"}
                               << 1;
        QTest::newRow("text") << "text" << QStringList{"limit: fp32 product", "fp32, 77 tokens", "fp32, 12 tokens"}
                              << 1;
        QTest::newRow("search") << "search"
                                << QStringList{"limit: reading memory", "2000 x 512, exact", "2000 x 512, faiss:Flat"}
                                << 1;
        QTest::newRow("gnn") << "gnn"
                             << QStringList{"limit: fp32 product", "Cora size, 1 GCN", "Cora size, 5 GCNs together",
                                    "PubMed size, 10 GCNs together"}
                             << 1;
        QTest::newRow("pipeline") << "pipeline"
                                  << QStringList{"decode alone, uniform:4", "embed alone, fp32", "one after the other",
                                         "overlapped, uniform:4, fp32", "overlapped, uniform:4@keyframe, fp32",
                                         "most memory, every encoder loaded"}
                                  << 2;
    }

    void rows()
    {
        QFETCH(const QString, bench);
        QFETCH(const QStringList, wanted);
        QFETCH(const int, threads);
        const test::Ended ended = m_sandbox.cli({"bench", bench.toStdString(), "--quick", "--json"});
        QVERIFY2(ended.status == 0, ended.err.c_str());
        const Json answer = ended.json();
        QVERIFY(answer.contains("machine") && answer.contains("version") && answer.contains("config"));
        double cpuOfRows = 0;
        std::vector<std::string> names;
        for (const Json& row : answer.at("rows")) {
            const std::string text = row.dump();
            names.push_back(row.at("name"));
            QVERIFY2(
                row.at("value") > 0 && row.at("runs") >= 3 && !row.at("unit").get<std::string>().empty(), text.c_str());
            const double wall = row.at("wallSeconds"), cpu = row.at("cpuSeconds");
            QVERIFY2(row.at("wallMin") <= wall && wall <= row.at("wallMax") && wall > 0, text.c_str());
            // One run cannot use more CPU than it lasted on all its threads; clocks and sleepers need a little more.
            QVERIFY2(cpu > 0 && cpu <= double(row.at("wallMax")) * threads * 1.2 + .02, text.c_str());
            cpuOfRows += cpu;
        }
        for (const QString& name : wanted)
            QVERIFY2(std::count(names.begin(), names.end(), name.toStdString()) == 1
                    || std::any_of(names.begin(), names.end(),
                        [&](const std::string& n) {
                            return name.startsWith("limit") && n.starts_with(name.toStdString());
                        }),
                name.toLocal8Bit().constData());
        QVERIFY(cpuOfRows < double(answer.at("cpuSeconds")));
    }

    void table()
    {
        const test::Ended ended = m_sandbox.cli({"bench", "text", "--quick", "--threads", "2"});
        QVERIFY2(ended.status == 0, ended.err.c_str());
        QVERIFY2(ended.out.find("2 threads") != std::string::npos, ended.out.c_str());
        QVERIFY2(ended.out.find("fp32, 12 tokens") != std::string::npos, ended.out.c_str());
    }

    void refusals()
    {
        QCOMPARE(m_sandbox.cli({"bench", "decode", "--threads", "0"}).status, 2);
        QCOMPARE(m_sandbox.cli({"bench", "decode", "--runs", "2"}).status, 2);
        QCOMPARE(m_sandbox.cli({"bench", "search", "--video", "a.mp4"}).status, 2);
        QCOMPARE(m_sandbox.cli({"bench", "everything"}).status, 2);
        const test::Ended absent = m_sandbox.cli({"bench", "decode", "--quick", "--video", "absent.mp4"});
        QCOMPARE(absent.status, 1);
        QVERIFY2(absent.err.find("absent.mp4") != std::string::npos, absent.err.c_str());
    }
};

QTEST_GUILESS_MAIN(BenchTest)
#include "tst_bench.moc"
