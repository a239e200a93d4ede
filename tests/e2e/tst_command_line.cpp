// SPDX-License-Identifier: GPL-3.0-or-later
#include "e2e/program.h"

#include <QTest>

#include <fstream>

namespace fs = std::filesystem;
using namespace clipscope;
using namespace clipscope::test;

/// What the command line twin answers before it does any work: help, version, usage errors, missing things.
class CommandLineTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void usageErrors_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("said");
        const auto row = [](const char* name, const QStringList& arguments, const char* said) {
            QTest::newRow(name) << arguments << QString::fromLatin1(said);
        };
        row("nothing", {}, "a command is missing");
        row("unknown command", {"frobnicate"}, "there is no command \"frobnicate\"");
        row("a later command", {"axformer", "--library", "x"}, "there is no command \"axformer\"");
        row("unknown word of a group", {"models", "eat"}, "clipscope-cli models: there is no command \"eat\"");
        row("half a group", {"sample-world"}, "a command is missing");
        row("unknown option", {"search", "--library", "x", "bear", "--fast"}, "--fast");
        row("no library", {"search", "bear"}, "--library");
        row("no words", {"search", "--library", "x"}, "nothing to search for");
        row("blank words", {"search", "--library", "x", "  "}, "nothing to search for");
        row("picture by names", {"search", "--library", "x", "--by", "names", "--image", "a.png"}, "--image");
        row("bad sampler", {"import", "--library", "x", ".", "--sampler", "uniform:0"}, "--sampler");
        row("bad way to snap", {"import", "--library", "x", ".", "--sampler", "fps:1@nearest"}, "@keyframe");
        row("no paths", {"import", "--library", "x"}, "paths");
        row("nothing to watch", {"import", "--library", "x", "--watch"}, "paths");
        row("too many threads", {"embed", "--library", "x", "--threads", "1e9"}, "--threads");
        row("threads below none", {"import", "--library", "x", ".", "--threads", "-1"}, "--threads");
        row("half a library command", {"library"}, "a command is missing");
        row("bad way to match", {"search", "--library", "x", "bear", "--by", "smell"}, "--by");
        row("bad aggregation", {"evaluate", "--library", "x", "--aggregation", "median"}, "--aggregation");
        row("bad device", {"embed", "--library", "x", "--device", "gpu"}, "--device");
        row("bad number", {"search", "--library", "x", "bear", "--top", "many"}, "--top");
        row("number out of range", {"search", "--library", "x", "bear", "--top", "0"}, "--top");
        row("not a number", {"search", "--library", "x", "bear", "--within", "nan"}, "--within");
        row("too much dropout", {"embed", "--library", "x", "--patch-dropout", "1"}, "--patch-dropout");
        row("bad kind", {"sample-world", "create", "d", "--kind", "sad"}, "--kind");
    }
    void usageErrors()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, said);
        std::vector<std::string> words;
        for (const QString& argument : arguments)
            words.push_back(argument.toStdString());
        const Ended ended = m_box.cli(words);
        QCOMPARE(ended.status, 2);
        QCOMPARE(ended.out, std::string());
        QVERIFY2(QString::fromStdString(ended.err).contains(said), ended.err.c_str());
        QVERIFY2(ended.err.find("\nusage: clipscope-cli") != std::string::npos, ended.err.c_str());
        QVERIFY(!fs::exists(m_box / "x"));
    }

    void everyCommandHasHelpWithAnExample_data()
    {
        QTest::addColumn<QStringList>("words");
        for (const char* command : {"sample-world create", "import", "embed", "search", "evaluate", "train clip",
                 "library usage", "library clean", "library watched", "models list", "models install", "models check"})
            QTest::newRow(command) << QString::fromLatin1(command).split(QLatin1Char(' '));
    }
    void everyCommandHasHelpWithAnExample()
    {
        QFETCH(QStringList, words);
        std::vector<std::string> arguments;
        for (const QString& word : words)
            arguments.push_back(word.toStdString());
        arguments.emplace_back("--help");
        const Ended ended = m_box.cli(arguments);
        QCOMPARE(ended.status, 0);
        QCOMPARE(ended.err, std::string());
        const std::string called = "clipscope-cli " + words.join(QLatin1Char(' ')).toStdString();
        QVERIFY2(ended.out.find("Usage: " + called) != std::string::npos, ended.out.c_str());
        const size_t example = ended.out.find("Example");
        QVERIFY2(
            example != std::string::npos && ended.out.find(called, example) != std::string::npos, ended.out.c_str());
        QVERIFY2(ended.out.find("--json:") != std::string::npos, ended.out.c_str());
    }

    void helpAndVersion()
    {
        const Ended help = m_box.cli({"--help"});
        QCOMPARE(help.status, 0);
        for (const char* word :
            {"sample-world", "import", "embed", "search", "evaluate", "train", "library", "models", "Exit status"})
            QVERIFY2(help.out.find(word) != std::string::npos, word);
        const Ended version = m_box.cli({"--version"});
        QCOMPARE(version.status, 0);
        QVERIFY2(version.out.starts_with("clipscope-cli 0."), version.out.c_str());
        QVERIFY2(version.out.find(" core") != std::string::npos, version.out.c_str());
    }

    void aMissingLibraryIsAnErrorAndStaysMissing_data()
    {
        QTest::addColumn<QString>("command");
        QTest::addColumn<QString>("word");
        QTest::newRow("search") << "search"
                                << "bear";
        QTest::newRow("embed") << "embed"
                               << "--model=fake";
        QTest::newRow("evaluate") << "evaluate"
                                  << "--json";
    }
    void aMissingLibraryIsAnErrorAndStaysMissing()
    {
        QFETCH(QString, command);
        QFETCH(QString, word);
        const Ended ended =
            m_box.cli({command.toStdString(), "--library", (m_box / "nowhere").string(), word.toStdString()});
        QCOMPARE(ended.status, 1);
        QCOMPARE(ended.out, std::string());
        QVERIFY2(ended.err.find("nowhere") != std::string::npos, ended.err.c_str());
        QVERIFY(!fs::exists(m_box / "nowhere"));
    }

    void importOfAMistypedPathMakesNoLibrary()
    {
        const Ended ended =
            m_box.cli({"import", "--library", (m_box / "new").string(), (m_box / "no-videos").string()});
        QCOMPARE(ended.status, 1);
        QVERIFY2(ended.err.find("no-videos") != std::string::npos, ended.err.c_str());
        QVERIFY(!fs::exists(m_box / "new"));
    }

    void importWithAnUnreadableCaptionFileMakesNoLibrary()
    {
        std::ofstream(m_box / "captions.json") << "{\"a\": ";
        const Ended ended = m_box.cli({"import", "--library", (m_box / "new").string(), m_box.path().string(),
            "--captions", (m_box / "captions.json").string()});
        QCOMPARE(ended.status, 1);
        QVERIFY2(ended.err.find("captions.json") != std::string::npos, ended.err.c_str());
        QVERIFY(!fs::exists(m_box / "new"));
    }

    void importOfAFolderWithoutVideos()
    {
        fs::create_directory(m_box / "empty");
        std::ofstream(m_box / "empty" / "notes.txt") << "no video";
        const Ended ended =
            m_box.cli({"import", "--library", (m_box / "none").string(), (m_box / "empty").string(), "--json"});
        QCOMPARE(ended.status, 0);
        QCOMPARE(ended.json()["ok"].get<int>(), 0);
        QVERIFY2(ended.err.find("no video was found") != std::string::npos, ended.err.c_str());
    }

    void anAnswerThatCannotBeWrittenIsAFailure()
    {
        if (!fs::exists("/dev/full"))
            QSKIP("no /dev/full here");
        const auto process = m_box.startCli({"models", "list"});
        QVERIFY(waitFor(*process).status == 0);
        Ended ended;
        ended.status = runProgram({"/bin/bash", "-c", "exec " CLIPSCOPE_CLI " models list >/dev/full"}, &ended.err);
        QCOMPARE(ended.status, 1);
        QVERIFY2(ended.err.find("stdout") != std::string::npos, ended.err.c_str());
    }

    void modelsList()
    {
        const Ended ended = m_box.cli({"models", "list", "--json"});
        QCOMPARE(ended.status, 0);
        const Json json = ended.json();
        QCOMPARE(keysOf(json), std::string("models"));
        bool starter = false;
        for (const Json& model : json["models"]) {
            QCOMPARE(
                keysOf(model), std::string("name title backend licence note bytes memoryBytes shipped installed path"));
            QCOMPARE(model["installed"].get<bool>(), model["path"].is_string());
            starter = starter || model["name"] == "starter";
        }
        QVERIFY(starter);
    }

    void aModelThatIsNotThere()
    {
        const Ended check = m_box.cli({"models", "check", "starter"});
        QCOMPARE(check.status, 1);
        QVERIFY2(check.err.find("models install starter") != std::string::npos, check.err.c_str());
        const Ended unknown = m_box.cli({"models", "check", "no-such-model"});
        QCOMPARE(unknown.status, 1);
        QVERIFY2(unknown.err.find("no-such-model") != std::string::npos, unknown.err.c_str());
        const Ended install = m_box.cli({"models", "install", "no-such-model"});
        QCOMPARE(install.status, 1);
        QVERIFY2(install.err.find("no-such-model") != std::string::npos, install.err.c_str());
    }

private:
    static Ended waitFor(QProcess& process) { return Sandbox::waitFor(process); }
    Sandbox m_box;
};

QTEST_GUILESS_MAIN(CommandLineTest)
#include "tst_command_line.moc"
