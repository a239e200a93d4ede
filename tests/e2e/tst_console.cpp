// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_progress.h"
#include "text_table.h"

#include <QTest>

#include <cstdio>
#include <memory>

using namespace clipscope;

/// What the console shows while a command works, and the tables it prints.
class ConsoleTest : public QObject {
    Q_OBJECT

    struct Screen {
        int64_t now = 0;
        std::FILE* file = std::tmpfile();
        ~Screen() { std::fclose(file); }
        std::unique_ptr<ConsoleProgress> open(bool terminal, const std::string& unit = "videos", int columns = 100)
        {
            return std::make_unique<ConsoleProgress>(
                file, unit, ConsoleProgress::Settings{terminal, columns, [this] { return now; }});
        }
        std::string text() const
        {
            std::rewind(file);
            std::string out(1 << 16, '\0');
            out.resize(std::fread(out.data(), 1, out.size(), file));
            return out;
        }
    };

private Q_SLOTS:
    void aTerminalGetsOneLine()
    {
        Screen screen;
        auto progress = screen.open(true);
        for (int i = 0; i <= 50; ++i) {
            screen.now = 100 * i;
            progress->report({i, 100, "embedding bear.mp4"});
        }
        progress->finish();
        const std::string text = screen.text();
        QCOMPARE(std::count(text.begin(), text.end(), '\n'), 0);
        const std::string last = "\r[############------------] 50/100 videos  10 videos/s  0:05 left  embedding "
                                 "bear.mp4\x1b[K\r\x1b[K";
        QVERIFY2(text.ends_with(last), text.substr(text.size() - std::min<size_t>(text.size(), 200)).c_str());
    }

    void drawnTenTimesASecondAtMost()
    {
        Screen screen;
        auto progress = screen.open(true);
        for (int i = 0; i < 1000; ++i) {
            screen.now = i;
            progress->report({i, 10000, ""});
        }
        const std::string text = screen.text();
        QCOMPARE(std::count(text.begin(), text.end(), '\r'), 10);
    }

    void narrowTerminals()
    {
        Screen screen;
        auto progress = screen.open(true, "videos", 30);
        progress->report({1, 2, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9 a long name.mp4 in a folder"});
        QCOMPARE(screen.text(), std::string("\r1/2 videos  \xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9 a long na...\x1b[K"));
    }

    void aPipeGetsPlainLines()
    {
        Screen screen;
        auto progress = screen.open(false);
        for (int i = 0; i <= 100; ++i) {
            screen.now = 100 * i;
            progress->report({i, 100, "bear.mp4"});
        }
        progress->finish();
        QCOMPARE(screen.text(),
            std::string("30/100 videos  10 videos/s  0:07 left  bear.mp4\n"
                        "60/100 videos  10 videos/s  0:04 left  bear.mp4\n"
                        "90/100 videos  10 videos/s  0:01 left  bear.mp4\n"));
    }

    void bytes()
    {
        Screen screen;
        auto progress = screen.open(false, "bytes");
        for (int i = 0; i <= 4; ++i) {
            screen.now = 1000 * i;
            progress->report({i * 2000000, 20000000, "model.safetensors"});
        }
        QCOMPARE(screen.text(), std::string("6.0 MB of 20.0 MB  2.0 MB/s  0:07 left  model.safetensors\n"));
    }

    void unknownTotals()
    {
        Screen screen;
        auto progress = screen.open(true);
        progress->report({0, 0, "loading starter"});
        screen.now = 200;
        progress->report({7, 0, ""});
        QCOMPARE(screen.text(), std::string("\rloading starter\x1b[K\r7 videos\x1b[K"));
    }

    void lateReportsDoNotTurnBack()
    {
        Screen screen;
        auto progress = screen.open(true);
        progress->report({5, 10, ""});
        screen.now = 500;
        progress->report({4, 10, ""});
        QVERIFY(screen.text().find("4/10") == std::string::npos);
        progress->report({0, 10, ""}); // a new phase
        QVERIFY(screen.text().find("0/10") != std::string::npos);
    }

    void logLinesStandAlone()
    {
        Screen screen;
        auto progress = screen.open(true);
        progress->report({1, 2, ""});
        progress->log(LogLevel::Warning, "esc\x1b[2J.mp4 is odd");
        progress->log(LogLevel::Info, "so it is");
        const std::string text = screen.text();
        QVERIFY2(text.ends_with("\r\x1b[Kwarning: esc\xEF\xBF\xBD[2J.mp4 is odd\nso it is\n"), text.c_str());
    }

    void nothingAfterTheEnd()
    {
        Screen screen;
        auto progress = screen.open(true);
        progress->finish();
        progress->report({1, 2, "late"});
        QCOMPARE(screen.text(), std::string());
    }

    void tables()
    {
        TextTable table({">n", "name", ">share", "path"});
        table.add({"1", "\xC3\xA4", "10.0 %", "/a\nb"});
        table.add({"100", "longer", "5.0 %", "/c"});
        QCOMPARE(table.text(),
            std::string("  n  name     share  path\n"
                        "  1  \xC3\xA4       10.0 %  /a\xEF\xBF\xBD"
                        "b\n"
                        "100  longer   5.0 %  /c\n"));
    }

    void printableText()
    {
        QCOMPARE(printable("plain \xC3\xA9"), std::string("plain \xC3\xA9"));
        QCOMPARE(printable("a\tb\xFF\xC2\x9B"
                           "c\x7F"),
            std::string("a\xEF\xBF\xBD"
                        "b\xEF\xBF\xBD\xEF\xBF\xBD"
                        "c\xEF\xBF\xBD"));
        QCOMPARE(cutToColumns("abcdef", 6), std::string("abcdef"));
        QCOMPARE(cutToColumns("abcdefg", 6), std::string("abc..."));
        QCOMPARE(cutToColumns("abcdefg", 2), std::string("ab"));
    }
};

QTEST_GUILESS_MAIN(ConsoleTest)
#include "tst_console.moc"
