// SPDX-License-Identifier: GPL-3.0-or-later
#include "e2e/program.h"

#include <QTest>

#include <csignal>
#include <fstream>
#include <sys/types.h>

namespace fs = std::filesystem;
using namespace clipscope;
using namespace clipscope::test;

/// The real window program, without a display: it opens, lasts and closes.
class WindowTest : public QObject {
    Q_OBJECT

    /// Runs for a while, is asked to end and ends by itself with status 0.
    Ended openAndClose(const std::vector<std::string>& arguments, int msecs = 3000)
    {
        const auto process = m_box.startWindow(arguments);
        if (process->waitForFinished(msecs))
            return Sandbox::waitFor(*process);
        ::kill(pid_t(process->processId()), SIGTERM);
        return Sandbox::waitFor(*process, 20000);
    }

private Q_SLOTS:
    void version()
    {
        const auto process = m_box.startWindow({"--version"});
        const Ended ended = Sandbox::waitFor(*process);
        QCOMPARE(ended.status, 0);
        QVERIFY2(ended.out.starts_with("clipscope 0."), ended.out.c_str());
    }

    void help()
    {
        const auto process = m_box.startWindow({"--help"});
        const Ended ended = Sandbox::waitFor(*process);
        QCOMPARE(ended.status, 0);
        QVERIFY2(ended.out.find("LIBRARY") != std::string::npos, ended.out.c_str());
    }

    void usageError()
    {
        const auto process = m_box.startWindow({"--frobnicate"});
        const Ended ended = Sandbox::waitFor(*process);
        QCOMPARE(ended.status, 2);
        QVERIFY2(ended.err.find("--frobnicate") != std::string::npos, ended.err.c_str());
    }

    void welcome()
    {
        const Ended ended = openAndClose({});
        QVERIFY2(ended.status == 0, ended.err.c_str());
    }

    void aLibrary()
    {
        m_box.makeLibrary("world", 2, 1);
        QVERIFY(m_box.cli({"embed", "--library", (m_box / "world.clipscope").string(), "--model", "fake"}).status == 0);
        const Ended ended = openAndClose({(m_box / "world.clipscope").string()});
        QVERIFY2(ended.status == 0, ended.err.c_str());
        // It remembers the library for the next start.
        QVERIFY(fs::exists(m_box / "config" / "clipscope" / "window.json"));
        const Json settings = readJsonFile(m_box / "config" / "clipscope" / "window.json");
        QVERIFY2(settings.dump().find("world.clipscope") != std::string::npos, settings.dump().c_str());
    }

    void aLibraryThatIsNotThere()
    {
        const Ended ended = openAndClose({(m_box / "nowhere").string()});
        QVERIFY2(ended.status == 0, ended.err.c_str());
        QVERIFY(!fs::exists(m_box / "nowhere"));
    }

    void damagedSettings()
    {
        fs::create_directories(m_box / "config" / "clipscope");
        std::ofstream(m_box / "config" / "clipscope" / "window.json") << "{\"theme\": 7, \"geometry\": [";
        const Ended ended = openAndClose({});
        QVERIFY2(ended.status == 0, ended.err.c_str());
    }

private:
    Sandbox m_box;
};

QTEST_GUILESS_MAIN(WindowTest)
#include "tst_window.moc"
