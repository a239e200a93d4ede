// SPDX-License-Identifier: GPL-3.0-or-later
#include "e2e/program.h"

#include "base/files.h"
#include "base/text.h"

#include <QTest>

#include <algorithm>
#include <fstream>
#include <set>

namespace fs = std::filesystem;
using namespace clipscope;
using namespace clipscope::test;

/// Names and contents that a folder of videos should not have, and has.
class OddFilesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_box.cli({"sample-world", "create", (m_box / "world").string(), "--videos", "2"}).status == 0);
        m_video = m_box / "world" / "videos" / "clip_0001.mp4";
    }

    void oddNames()
    {
        const fs::path folder = m_box / "odd names";
        fs::create_directory(folder);
        const std::vector<std::string> names = {"line\nend.mp4", "quo\"te's.mp4", " blank .mp4", "[a,b].mp4",
            "-dash.mp4", "\xF0\x9F\x90\xBB.mp4", "latin1-\xE9.mp4", "esc\x1B[31mred.mp4", "back\\slash.mp4", "%s%n.mp4",
            std::string(200, 'n') + ".mp4", "no extension"};
        for (const std::string& name : names)
            fs::copy_file(m_video, folder / name);
        const std::string library = (m_box / "odd.clipscope").string();
        const Ended imported = m_box.cli({"import", "--library", library, folder.string(), "--json"});
        QVERIFY2(imported.status == 0, imported.err.c_str());
        QCOMPARE(imported.json()["ok"].get<size_t>(), names.size());
        QVERIFY(imported.json()["failed"].empty());

        // One by one, as a shell passes them.
        for (const std::string& name : names) {
            const Ended one = m_box.cli({"import", "--library", library, "--json", "--", (folder / name).string()});
            QVERIFY2(one.status == 0, one.err.c_str());
            QCOMPARE(one.json()["skipped"].get<int>(), 1);
        }
        fs::copy_file(m_video, m_box / "[x,y].mp4");
        QCOMPARE(m_box.cli({"import", "--library", library, "[x,y].mp4", "--json"}).json()["ok"].get<int>(), 1);

        QVERIFY(m_box.cli({"embed", "--library", library, "--model", "fake"}).status == 0);
        const std::vector<std::string> search = {
            "search", "--library", library, "ball", "--by", "picture", "--top", "100"};
        std::vector<std::string> searchJson = search;
        searchJson.emplace_back("--json");
        const Ended found = m_box.cli(searchJson);
        QVERIFY2(found.status == 0, found.err.c_str());
        QVERIFY(isValidUtf8(found.out));
        const Json hits = found.json()["hits"];
        std::set<std::string> videos;
        for (const Json& hit : hits)
            videos.insert(hit["video"].get<std::string>());
        QCOMPARE(videos.size(), names.size() + 1);
        // A name cannot write to the terminal, nor break a table's lines.
        const Ended table = m_box.cli(search);
        QCOMPARE(std::count(table.out.begin(), table.out.end(), '\x1B'), 0);
        QCOMPARE(std::count(table.out.begin(), table.out.end(), '\n'), ptrdiff_t(hits.size()) + 2);
    }

    void damagedFilesAreListedAndTheRestGoesOn()
    {
        const fs::path folder = m_box / "bad";
        fs::create_directory(folder);
        fs::copy_file(m_video, folder / "good.mp4");
        std::ofstream(folder / "empty.mp4");
        std::ofstream(folder / "text.mp4") << std::string(5000, 'x');
        std::string bytes = readFile(m_video);
        std::ofstream(folder / "head.mp4") << bytes.substr(0, 600);
        for (size_t i = bytes.size() / 3; i < bytes.size() / 3 + bytes.size() / 4; ++i)
            bytes[i] = char(i * 37);
        std::ofstream(folder / "holes.mp4") << bytes;
        const std::string library = (m_box / "bad.clipscope").string();
        const Ended ended = m_box.cli({"import", "--library", library, folder.string(), "--json"});
        QVERIFY2(ended.status == 0, ended.err.c_str());
        const Json json = ended.json();
        const auto listed = [](const Json& list, const std::string& name) {
            for (const Json& item : list)
                if (item["path"].get<std::string>().ends_with("/" + name))
                    return true;
            return false;
        };
        for (const char* name : {"empty.mp4", "text.mp4", "head.mp4"})
            QVERIFY2(listed(json["failed"], name), name);
        for (const Json& item : json["failed"]) {
            QCOMPARE(keysOf(item), std::string("path reason"));
            QVERIFY(item["reason"].get<std::string>().size() > 8);
        }
        for (const Json& item : json["damaged"]) {
            QCOMPARE(keysOf(item), std::string("path usableFrames frames"));
            QVERIFY(item["usableFrames"].get<int>() <= item["frames"].get<int>());
        }
        QVERIFY(listed(json["damaged"], "holes.mp4") || listed(json["failed"], "holes.mp4"));
        QCOMPARE(json["ok"].get<size_t>() + json["failed"].size(), size_t(5));
        // The same for people.
        const Ended again = m_box.cli({"import", "--library", library, folder.string()});
        QCOMPARE(again.status, 0);
        QVERIFY2(again.out.find("failed") != std::string::npos, again.out.c_str());
        QVERIFY2(again.out.find("text.mp4") != std::string::npos, again.out.c_str());

        const Ended embedded = m_box.cli({"embed", "--library", library, "--model", "fake", "--json"});
        QVERIFY2(embedded.status == 0, embedded.err.c_str());
        QVERIFY(embedded.json()["ok"].get<int>() >= 1);
    }

    void aVideoThatIsGoneIsAFailureOfItsOwn()
    {
        const std::string library = (m_box / "gone.clipscope").string();
        fs::create_directory(m_box / "going");
        fs::copy_file(m_video, m_box / "going" / "stays.mp4");
        fs::copy_file(m_box / "world" / "videos" / "clip_0002.mp4", m_box / "going" / "goes.mp4");
        QVERIFY(m_box.cli({"import", "--library", library, (m_box / "going").string()}).status == 0);
        fs::remove(m_box / "going" / "goes.mp4");
        const Ended ended = m_box.cli({"embed", "--library", library, "--model", "fake", "--json"});
        QVERIFY2(ended.status == 0, ended.err.c_str());
        const Json json = ended.json();
        QCOMPARE(json["ok"].get<int>(), 1);
        QCOMPARE(json["failed"].size(), size_t(1));
        QCOMPARE(keysOf(json["failed"][0]), std::string("path reason"));
        QVERIFY(json["failed"][0]["path"].get<std::string>().ends_with("goes.mp4"));
    }

    void aFolderWithOtherThingsIsNoLibrary()
    {
        fs::create_directory(m_box / "letters");
        std::ofstream(m_box / "letters" / "mother.txt") << "dear";
        const Ended ended =
            m_box.cli({"import", "--library", (m_box / "letters").string(), (m_box / "world").string()});
        QCOMPARE(ended.status, 1);
        QVERIFY2(ended.err.find("letters") != std::string::npos, ended.err.c_str());
        QCOMPARE(countFiles(m_box / "letters", ""), size_t(1));
    }

private:
    Sandbox m_box;
    fs::path m_video;
};

QTEST_GUILESS_MAIN(OddFilesTest)
#include "tst_odd_files.moc"
