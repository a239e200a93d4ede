// SPDX-License-Identifier: GPL-3.0-or-later
#include "e2e/program.h"

#include <QElapsedTimer>
#include <QTest>

#include <csignal>
#include <functional>
#include <sys/types.h>

namespace fs = std::filesystem;
using namespace clipscope;
using namespace clipscope::test;

/// Stopped and killed in the middle of the work: what is finished stays, and the same command goes on.
class StoppingTest : public QObject {
    Q_OBJECT

    static constexpr int kVideos = 8;

    std::string library() const { return (m_box / "world.clipscope").string(); }
    std::vector<std::string> embedWith(const std::string& model) const
    {
        return {"embed", "--library", library(), "--model", model, "--json"};
    }
    /// Waits until `ready`; false when the process ended before or 60 s have passed.
    static bool waitUntil(QProcess& process, const std::function<bool()>& ready)
    {
        QElapsedTimer clock;
        clock.start();
        while (!ready()) {
            if (process.waitForFinished(1) || clock.elapsed() > 60000)
                return ready();
        }
        return true;
    }
    size_t shards() const { return countFiles(m_box / "world.clipscope" / "embeddings", ".cse"); }

private Q_SLOTS:
    void initTestCase() { m_box.makeLibrary("world", kVideos, 3); }

    void killedInEmbed()
    {
        const auto process = m_box.startCli(embedWith("fake:1"));
        QVERIFY(waitUntil(*process, [&] { return shards() > 0; }));
        ::kill(pid_t(process->processId()), SIGKILL);
        const Ended killed = Sandbox::waitFor(*process);
        if (killed.status == 0)
            qWarning("it was faster than the signal");
        const size_t before = shards();
        QVERIFY(before > 0);

        const Ended ended = m_box.cli(embedWith("fake:1"));
        QVERIFY2(ended.status == 0, ended.err.c_str());
        const Json json = ended.json();
        QCOMPARE(json["skipped"].get<size_t>(), before);
        QCOMPARE(json["ok"].get<size_t>() + json["skipped"].get<size_t>(), size_t(kVideos));
        QVERIFY(json["failed"].empty());
        const Json found = m_box.cli({"search", "--library", library(), "ball", "--by", "picture", "--json"}).json();
        QCOMPARE(found["searched"].get<int>(), kVideos);
    }

    void stoppedInEmbed_data()
    {
        QTest::addColumn<int>("signal");
        QTest::newRow("SIGINT") << SIGINT;
        QTest::newRow("SIGTERM") << SIGTERM;
    }
    void stoppedInEmbed()
    {
        QFETCH(int, signal);
        const std::string model = "fake:" + std::to_string(100 + signal);
        const size_t others = shards();
        const auto process = m_box.startCli(embedWith(model));
        QVERIFY(waitUntil(*process, [&] { return shards() > others; }));
        ::kill(pid_t(process->processId()), signal);
        QElapsedTimer clock;
        clock.start();
        const Ended ended = Sandbox::waitFor(*process);
        if (ended.status == 0)
            QSKIP("it was faster than the signal");
        QCOMPARE(ended.status, 1);
        QVERIFY2(clock.elapsed() < 2000, qPrintable(QString::number(clock.elapsed())));
        QCOMPARE(ended.out, std::string());
        QVERIFY2(ended.err.find("Stopped.") != std::string::npos, ended.err.c_str());
        QVERIFY2(ended.err.find("the same command goes on later") != std::string::npos, ended.err.c_str());
        const Json json = m_box.cli(embedWith(model)).json();
        QVERIFY(json["skipped"].get<int>() > 0);
        QCOMPARE(json["ok"].get<int>() + json["skipped"].get<int>(), kVideos);
    }

    void killedInImport()
    {
        const std::string other = (m_box / "other.clipscope").string();
        const std::vector<std::string> command = {"import", "--library", other, (m_box / "world").string(), "--json"};
        const auto process = m_box.startCli(command);
        QVERIFY(waitUntil(*process, [&] { return countFiles(m_box / "other.clipscope" / "thumbnails", ".jpg") > 0; }));
        ::kill(pid_t(process->processId()), SIGKILL);
        Sandbox::waitFor(*process);
        const Ended ended = m_box.cli(command);
        QVERIFY2(ended.status == 0, ended.err.c_str());
        const Json json = ended.json();
        QCOMPARE(json["ok"].get<int>() + json["skipped"].get<int>(), kVideos);
        QVERIFY(json["failed"].empty());
    }

    void aStoppedSampleWorldLeavesNothing()
    {
        const fs::path folder = m_box / "large";
        const auto process = m_box.startCli({"sample-world", "create", folder.string(), "--videos", "500"});
        QVERIFY(waitUntil(*process, [&] { return countFiles(folder, ".mp4") > 0; }));
        ::kill(pid_t(process->processId()), SIGINT);
        const Ended ended = Sandbox::waitFor(*process, 20000);
        QCOMPARE(ended.status, 1);
        QVERIFY2(ended.err.find("Stopped.") != std::string::npos, ended.err.c_str());
        QCOMPARE(countFiles(folder, ""), size_t(0));
    }

    void aSecondSignalEndsAtOnce()
    {
        const fs::path folder = m_box / "larger";
        const auto process = m_box.startCli({"sample-world", "create", folder.string(), "--videos", "500"});
        QVERIFY(waitUntil(*process, [&] { return countFiles(folder, ".mp4") > 0; }));
        const pid_t pid = pid_t(process->processId());
        // Two signals of two kinds: equal ones may melt into one before the process runs again.
        ::kill(pid, SIGINT);
        ::kill(pid, SIGTERM);
        const Ended ended = Sandbox::waitFor(*process, 5000);
        QCOMPARE(ended.status, 1);
        QVERIFY2(ended.err.find("Stopped.") == std::string::npos, ended.err.c_str());
    }

private:
    Sandbox m_box;
};

QTEST_GUILESS_MAIN(StoppingTest)
#include "tst_stopping.moc"
