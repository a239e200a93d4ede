// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/failure_report.h"
#include "base/machine.h"
#include "base/text.h"
#include "support/test_data.h"

#include <QTest>

#include <fstream>
#include <sys/stat.h>

using namespace clipscope;
using namespace clipscope::test;

namespace {
bool has(const std::string& text, const std::string& part)
{
    if (text.find(part) != std::string::npos)
        return true;
    qWarning("no \"%s\" in:\n%s", part.c_str(), text.c_str());
    return false;
}
} // namespace

class FailureReportTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everythingAFriendWouldAskFor()
    {
        const TempDir box;
        std::ofstream(box / "film.mkv", std::ios::binary) << std::string("\x1A\x45\xDF\xA3", 4) << "rest";
        std::ofstream(box / "notes.mp4") << "not a video at all";
        FailureReport report;
        report.happened = "Importing films: Done, 3 failed";
        report.items = {{box / "film.mkv", "no frame can be decoded", "matroska, h264, 640 x 360"},
            {box / "notes.mp4", "no video", {}}, {box / "gone.mp4", "cannot be opened", {}}};
        report.log = {"first line", "! second line"};
        report.library = "/home/u/films.clipscope";
        report.encoder = "Starter on cpu (fp32)";
        report.versions = {{"FFmpeg", "5.1.6"}, {"Qt", "6.4.2"}};
        const std::string text = reportText(report);
        for (const std::string& part : {std::string("Importing films: Done, 3 failed"), (box / "film.mkv").string(),
                 std::string("no frame can be decoded"), std::string("8 bytes"), std::string("Matroska or WebM"),
                 std::string("1a 45 df a3"), std::string("matroska, h264, 640 x 360"), std::string("18 bytes"),
                 std::string("\"not a video at a\""), std::string("no known container"),
                 std::string("cannot be looked at: No such file"), std::string("second line"), codeVersion(),
                 std::string("FFmpeg 5.1.6"), std::string("Qt 6.4.2"), std::string("Linux "), machine().processor,
                 std::string("/home/u/films.clipscope"), std::string("Starter on cpu (fp32)"),
                 std::string("It was sent nowhere.")})
            QVERIFY(has(text, part));
        for (const std::string& flag : machine().cpuFlags)
            QVERIFY(has(text, flag));
        // Nothing of who uses the computer but what stands in the paths.
        const char* user = std::getenv("USER");
        if (user && *user && std::string(user) != "u" && box.path().string().find(user) == std::string::npos)
            QVERIFY(text.find(std::string("/") + user + "/") == std::string::npos);
    }

    void longListsAreCut()
    {
        FailureReport report;
        report.happened = "Embedding";
        for (int i = 0; i < 1000; ++i) {
            report.items.push_back({"/nowhere/" + std::to_string(i), "gone", {}});
            report.log.push_back("line " + std::to_string(i));
        }
        const std::string text = reportText(report);
        QVERIFY(has(text, "Files that could not be used: 1000"));
        QVERIFY(has(text, "and 900 more"));
        QVERIFY(has(text, "line 999\n"));
        QVERIFY(text.find("line 900\n") == std::string::npos); // the last lines explain the end
        QVERIFY(text.size() < 30000);
    }

    void namesThatAreNoText()
    {
        const TempDir box;
        const std::string name = "a\nLibrary: forged \xff\x1b[31m.mp4";
        std::ofstream(box / name) << "x";
        FailureReport report;
        report.items = {{box / name, "two\nlines", {}}};
        const std::string text = reportText(report);
        QVERIFY(isValidUtf8(text));
        QVERIFY(text.find('\x1b') == std::string::npos);
        QVERIFY(text.find("\nLibrary: forged") == std::string::npos);
        QVERIFY(has(text, "two lines"));
        QVERIFY(has(text, "1 bytes"));
    }

    void aFifoIsNotRead()
    {
        const TempDir box;
        QCOMPARE(::mkfifo((box / "pipe.mp4").c_str(), 0600), 0);
        FailureReport report;
        report.items = {{box / "pipe.mp4", "is not a regular file", {}}, {box.path(), "a folder", {}}};
        QVERIFY(has(reportText(report), "no regular file"));
    }

    void nothingElseKnown()
    {
        FailureReport report;
        report.happened = "Opening x";
        const std::string text = reportText(report);
        QVERIFY(has(text, "Library: none open"));
        QVERIFY(has(text, "Encoder: none loaded"));
        QVERIFY(text.find("Files that") == std::string::npos);
        QVERIFY(text.find("Log") == std::string::npos);
    }
};

QTEST_GUILESS_MAIN(FailureReportTest)
#include "tst_failure_report.moc"
