// SPDX-License-Identifier: GPL-3.0-or-later
#include "e2e/program.h"

#include <QTest>

#include <fstream>
#include <sys/mount.h>

namespace fs = std::filesystem;
using namespace clipscope;
using namespace clipscope::test;

/// The command line on a disk that is full: it says so, and the same command goes on once there is space.
class FullDiskProgramTest : public QObject {
    Q_OBJECT

    static constexpr int kVideos = 10;

    Sandbox m_box;
    bool m_mounted = false;
    fs::path disk() const { return m_box / "small"; }
    std::string library() const { return (disk() / "l").string(); }
    std::vector<std::string> importing() const
    {
        return {"import", "--library", library(), (m_box / "world").string(), "--json"};
    }
    std::vector<std::string> embedding() const
    {
        return {"embed", "--library", library(), "--model", "fake:1", "--json"};
    }
    bool saysFull(const Ended& ended) const
    {
        return ended.status == 1 && ended.err.find("no space left on the disk") != std::string::npos
            && ended.err.find(disk().string()) != std::string::npos;
    }

private Q_SLOTS:
    void initTestCase()
    {
        QCOMPARE(m_box.cli({"sample-world", "create", (m_box / "world").string(), "--videos", std::to_string(kVideos)})
                     .status,
            0);
        fs::create_directory(disk());
        m_mounted = ::mount("tmpfs", disk().c_str(), "tmpfs", 0, "size=600k") == 0;
        if (!m_mounted)
            QSKIP("no right to mount a small disk");
    }
    void cleanupTestCase()
    {
        if (m_mounted)
            ::umount2(disk().c_str(), MNT_DETACH);
    }

    void importEndsAndGoesOn()
    {
        const Ended full = m_box.cli(importing());
        QVERIFY2(saysFull(full), full.err.c_str());
        QCOMPARE(full.out, std::string());
        const size_t before = countFiles(disk() / "l/thumbnails", "-strip.jpg");
        QVERIFY(before > 0 && before < kVideos);
        QCOMPARE(::mount("tmpfs", disk().c_str(), "tmpfs", MS_REMOUNT, "size=20m"), 0);
        const Json json = m_box.cli(importing()).json();
        QVERIFY(json["skipped"].get<int>() > 0);
        QCOMPARE(json["ok"].get<int>() + json["skipped"].get<int>(), kVideos);
        for (const auto& entry : fs::recursive_directory_iterator(disk() / "l"))
            QVERIFY2(entry.path().string().find(".unfinished-") == std::string::npos, entry.path().c_str());
    }

    void embedEndsAndGoesOn()
    {
        {
            std::ofstream fill(disk() / "fill", std::ios::binary);
            const std::string block(4096, 'x');
            while (fill.write(block.data(), std::streamsize(block.size())).flush()) { }
        }
        const Ended full = m_box.cli(embedding());
        QVERIFY2(saysFull(full), full.err.c_str());
        fs::remove(disk() / "fill");
        const Json json = m_box.cli(embedding()).json();
        QCOMPARE(json["ok"].get<int>() + json["skipped"].get<int>(), kVideos);
        QVERIFY(json["failed"].empty());
        const Json found = m_box.cli({"search", "--library", library(), "ball", "--by", "picture", "--json"}).json();
        QCOMPARE(found["searched"].get<int>(), kVideos);
    }
};

QTEST_GUILESS_MAIN(FullDiskProgramTest)
#include "tst_full_disk.moc"
