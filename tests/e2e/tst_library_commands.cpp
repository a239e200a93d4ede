// SPDX-License-Identifier: GPL-3.0-or-later
#include "e2e/program.h"

#include "base/files.h"

#include <QTest>

#include <chrono>
#include <fstream>

namespace fs = std::filesystem;
using namespace clipscope;
using namespace clipscope::test;

/// A library's life on the command line: watched folders, disk use, reports.
class LibraryCommandsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_box.cli({"sample-world", "create", (m_box / "world").string(), "--videos", "3"}).status == 0);
        m_videos = m_box / "world" / "videos";
    }

    void watchedFolders()
    {
        const std::string library = (m_box / "watched.clipscope").string();
        fs::create_directories(m_box / "incoming");
        fs::copy_file(m_videos / "clip_0001.mp4", m_box / "incoming" / "one.mp4");
        const Ended first = m_box.cli({"import", "--library", library, "--watch", (m_box / "incoming").string(),
            "--threads", "1", "--sampler", "uniform:4", "--json"});
        QVERIFY2(first.status == 0, first.err.c_str());
        QCOMPARE(first.json()["ok"].get<int>(), 1);
        const Ended listed = m_box.cli({"library", "watched", "--library", library, "--json"});
        QCOMPARE(listed.json()["watched"][0]["path"].get<std::string>(), (m_box / "incoming").string());
        QCOMPARE(listed.json()["watched"][0]["sampler"].get<std::string>(), std::string("uniform:4"));

        // What is new, what is gone; the file that was just written is waited for.
        fs::copy_file(m_videos / "clip_0002.mp4", m_box / "incoming" / "two.mp4");
        std::ofstream(m_box / "incoming" / "broken.mp4") << "no video";
        fs::remove(m_box / "incoming" / "one.mp4");
        const Ended second = m_box.cli({"import", "--library", library, "--json"});
        QVERIFY2(second.status == 0, second.err.c_str());
        const Json answer = second.json();
        QCOMPARE(answer["ok"].get<int>(), 1);
        QCOMPARE(answer["failed"].size(), size_t(1));
        QCOMPARE(answer["watched"]["missing"][0].get<std::string>(), (m_box / "incoming" / "one.mp4").string());
        QCOMPARE(answer["watched"]["waiting"].get<int>(), 0);
        QVERIFY2(second.err.find("no longer where they were") != std::string::npos
                || second.err.find("no longer where") != std::string::npos,
            second.err.c_str());

        const Ended removed =
            m_box.cli({"library", "watched", "--library", library, "--remove", (m_box / "incoming").string()});
        QCOMPARE(removed.out, std::string("no folder is watched\n"));
        const Ended none = m_box.cli({"import", "--library", library});
        QCOMPARE(none.status, 1);
        QVERIFY2(none.err.find("watches no folder") != std::string::npos, none.err.c_str());
        QCOMPARE(m_box.cli({"library", "watched", "--library", library, "--remove", "/nowhere"}).status, 1);
    }

    void watchingAFileMakesNoLibrary()
    {
        const Ended ended = m_box.cli({"import", "--library", (m_box / "none.clipscope").string(), "--watch",
            (m_videos / "clip_0001.mp4").string()});
        QCOMPARE(ended.status, 1);
        QVERIFY2(ended.err.find("is not a folder") != std::string::npos, ended.err.c_str());
        QVERIFY(!fs::exists(m_box / "none.clipscope"));
    }

    void usageAndCleaning()
    {
        const std::string library = (m_box / "disk.clipscope").string();
        QCOMPARE(m_box.cli({"import", "--library", library, m_videos.string()}).status, 0);
        QCOMPARE(m_box.cli({"embed", "--library", library, "--model", "fake", "--threads", "1"}).status, 0);
        QCOMPARE(m_box.cli({"embed", "--library", library, "--model", "fake:7"}).status, 0);
        const Json use = m_box.cli({"library", "usage", "--library", library, "--json"}).json();
        QCOMPARE(use["embeddings"].size(), size_t(2));
        QVERIFY(use["embeddings"][0]["current"].get<bool>() && !use["embeddings"][1]["current"].get<bool>());
        QCOMPARE(use["embeddings"][1]["videos"].get<int>(), 3);
        QCOMPARE(use["thumbnails"]["files"].get<int>(), 6);
        const Ended text = m_box.cli({"library", "usage", "--library", library});
        QVERIFY2(text.out.find("(in use)") != std::string::npos, text.out.c_str());

        const std::string old = std::to_string(use["embeddings"][1]["key"].get<int>());
        const std::string current = std::to_string(use["embeddings"][0]["key"].get<int>());
        const Json planned =
            m_box.cli({"library", "clean", "--library", library, "--embeddings", old, "--dry-run", "--json"}).json();
        QVERIFY(planned["dryRun"].get<bool>());
        QCOMPARE(planned["bytes"].get<int64_t>(), use["embeddings"][1]["bytes"].get<int64_t>());
        QCOMPARE(countFiles(library, ".cse"), size_t(6));
        const Json done = m_box.cli({"library", "clean", "--library", library, "--embeddings", old, "--json"}).json();
        QCOMPARE(done["bytes"].get<int64_t>(), planned["bytes"].get<int64_t>());
        QCOMPARE(done["files"].get<int>(), 4); // three shards and what they were made with
        QCOMPARE(countFiles(library, ".cse"), size_t(3));
        const Ended refused = m_box.cli({"library", "clean", "--library", library, "--embeddings", current});
        QCOMPARE(refused.status, 1);
        QVERIFY2(refused.err.find("searches use") != std::string::npos, refused.err.c_str());
        QVERIFY(m_box.cli({"search", "--library", library, "ball", "--json"}).json()["hits"].size() > 0);
        QCOMPARE(countFiles(m_videos, ".mp4"), size_t(3)); // the media are nobody's to clean
    }

    void reports()
    {
        const std::string library = (m_box / "report.clipscope").string();
        const fs::path report = m_box / "report.txt";
        // Nothing failed: there is nothing to report.
        QCOMPARE(m_box.cli({"import", "--library", library, m_videos.string(), "--report", report.string()}).status, 0);
        QVERIFY(!fs::exists(report));
        fs::create_directories(m_box / "bad");
        std::ofstream(m_box / "bad" / "broken.mp4") << "not a video at all";
        const Ended imported =
            m_box.cli({"import", "--library", library, (m_box / "bad").string(), "--report", report.string()});
        QCOMPARE(imported.status, 0);
        QVERIFY2(imported.err.find(report.string()) != std::string::npos, imported.err.c_str());
        std::string text = readFile(report);
        for (const char* part : {"Importing: 1 file could not be used", "broken.mp4", "18 bytes", "FFmpeg ",
                 "LibTorch 2.", "report.clipscope", "It was sent nowhere"})
            QVERIFY2(text.find(part) != std::string::npos, text.c_str());
        // A video that is gone when it is to be embedded: the library still knows what it was.
        fs::copy_file(m_videos / "clip_0001.mp4", m_box / "bad" / "gone.mp4");
        QCOMPARE(m_box.cli({"import", "--library", library, (m_box / "bad" / "gone.mp4").string()}).status, 0);
        std::ofstream(m_box / "bad" / "gone.mp4") << "changed";
        const Ended embedded =
            m_box.cli({"embed", "--library", library, "--model", "fake", "--report", report.string(), "--json"});
        QCOMPARE(embedded.status, 0);
        QCOMPARE(embedded.json()["failed"].size(), size_t(1));
        text = readFile(report);
        for (const char* part :
            {"Embedding with fake: 1 file could not be used", "gone.mp4", "h264", "frames usable", "cpu"})
            QVERIFY2(text.find(part) != std::string::npos, text.c_str());
        // The command itself fails.
        const Ended failed =
            m_box.cli({"embed", "--library", library, "--model", "no-such-model", "--report", report.string()});
        QCOMPARE(failed.status, 1);
        QVERIFY2(readFile(report).find("no-such-model") != std::string::npos, readFile(report).c_str());
    }

private:
    Sandbox m_box;
    fs::path m_videos;
};

QTEST_GUILESS_MAIN(LibraryCommandsTest)
#include "tst_library_commands.moc"
