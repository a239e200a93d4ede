// SPDX-License-Identifier: GPL-3.0-or-later
#include "e2e/program.h"

#include <QTest>

namespace fs = std::filesystem;
using namespace clipscope;
using namespace clipscope::test;

/// Homes, folders and locales as they should not be: a clear result in each.
class OddPlacesTest : public QObject {
    Q_OBJECT

    static constexpr int kVideos = 3;
    Sandbox m_box;

    std::string world() const { return (m_box / "world").string(); }
    /// Imports, embeds and searches with `box`; the search's answer.
    static Json throughAll(const Sandbox& box, const std::string& library, const std::string& videos)
    {
        const Ended import = box.cli({"import", "--library", library, videos, "--json"});
        if (import.status != 0)
            qWarning("%s", import.err.c_str());
        const Ended embed = box.cli({"embed", "--library", library, "--model", "fake:1", "--json"});
        if (embed.status != 0)
            qWarning("%s", embed.err.c_str());
        return box.cli({"search", "--library", library, "ball", "--by", "picture", "--json"}).json();
    }

private Q_SLOTS:
    void initTestCase()
    {
        QCOMPARE(m_box.cli({"sample-world", "create", world(), "--videos", std::to_string(kVideos)}).status, 0);
    }

    void otherLocales_data()
    {
        QTest::addColumn<QString>("locale");
        QTest::newRow("decimal comma") << "de_DE.UTF-8";
        QTest::newRow("dotless i") << "tr_TR.UTF-8";
    }
    void otherLocales()
    {
        QFETCH(QString, locale);
        Sandbox box;
        fs::create_directory(box / "locales");
        const std::string made = (box / "locales" / locale.toStdString()).string();
        if (runProgram({"localedef", "-i", locale.left(5).toStdString(), "-f", "UTF-8", made}) != 0)
            QSKIP("this locale cannot be made here");
        box.set("LOCPATH", (box / "locales").string());
        box.set("LC_ALL", locale.toStdString());
        const Json found = throughAll(box, (box / "l").string(), world());
        QCOMPARE(found["searched"].get<int>(), kVideos);
        QVERIFY(found["hits"][0]["score"].is_number());
        QCOMPARE(box.cli({"search", "--library", (box / "l").string(), "CLIP", "--by", "names", "--json"})
                     .json()["hits"]
                     .size(),
            size_t(kVideos));
    }

    void aHomeThatCannotBeWritten()
    {
        Sandbox box;
        box.set("HOME", "/proc/nowhere");
        for (const char* variable : {"XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"})
            box.set(variable, "");
        QCOMPARE(throughAll(box, (box / "l").string(), world())["searched"].get<int>(), kVideos);
        const Ended models = box.cli({"models", "list"});
        QVERIFY2(models.status == 0, models.err.c_str());
    }

    void aLibraryOnALink()
    {
        fs::create_directory_symlink(m_box / "far", m_box / "link");
        const Ended nowhere = m_box.cli({"search", "--library", (m_box / "link").string(), "x"});
        QCOMPARE(nowhere.status, 1);
        QVERIFY2(nowhere.err.find("there is no library") != std::string::npos, nowhere.err.c_str());
        fs::create_directory(m_box / "far");
        QCOMPARE(throughAll(m_box, (m_box / "link").string(), world())["searched"].get<int>(), kVideos);
        QVERIFY(fs::exists(m_box / "far/library.db"));
        const Json direct =
            m_box.cli({"search", "--library", (m_box / "far").string(), "ball", "--by", "picture", "--json"}).json();
        QCOMPARE(direct["searched"].get<int>(), kVideos);
    }

    void programsMovedElsewhere()
    {
        const fs::path built = fs::path(CLIPSCOPE_CLI).parent_path(), moved = m_box / "programs";
        fs::create_directory(moved);
        for (const char* name :
            {"clipscope-cli", "clipscope-decoder", "libclipscope-core.so", "libclipscope-late.so"})
            fs::copy_file(built / name, moved / name);
        const auto cli = [&](const std::vector<std::string>& arguments) {
            return Sandbox::waitFor(*m_box.start((moved / "clipscope-cli").string(), arguments));
        };
        const std::string library = (m_box / "moved").string();
        QCOMPARE(cli({"import", "--library", library, world()}).status, 0);
        const Ended embed = cli({"embed", "--library", library, "--model", "sample-clip"});
        QVERIFY2(embed.status == 0, embed.err.c_str());

        // Only what computes needs the library that is opened late.
        fs::remove(moved / "libclipscope-late.so");
        QCOMPARE(cli({"library", "usage", "--library", library}).status, 0);
        const Ended search = cli({"search", "--library", library, "ball"});
        QCOMPARE(search.status, 1);
        QVERIFY2(search.err.find("libclipscope-late.so: cannot be opened") != std::string::npos
                && search.err.find("packaging/setup") != std::string::npos,
            search.err.c_str());
    }

    void aLongPath()
    {
        // 4,000 characters: the media are found there; for a library it is too long, which is said.
        fs::path deep = m_box.path();
        while (deep.native().size() < 3700)
            deep /= std::string(200, 'd');
        deep /= std::string(4000 - deep.native().size() - 16, 'e');
        fs::create_directories(deep);
        const fs::path source = fs::directory_iterator(m_box / "world/videos")->path();
        fs::copy_file(source, deep / "film.mp4");
        const Ended import = m_box.cli({"import", "--library", (m_box / "deep").string(), deep.string(), "--json"});
        QVERIFY2(import.status == 0, import.err.c_str());
        const Json json = import.json();
        QCOMPARE(json["ok"].get<size_t>() + json["failed"].size(), size_t(1));
        QVERIFY2(json["failed"].empty(), json.dump().c_str());

        const Ended library = m_box.cli({"import", "--library", (deep / "l").string(), world()});
        QCOMPARE(library.status, 1);
        QVERIFY2(library.err.find("too long") != std::string::npos, library.err.c_str());
    }

    void aDamagedLibraryIsRepaired()
    {
        const std::string library = (m_box / "damaged").string();
        QCOMPARE(throughAll(m_box, library, world())["searched"].get<int>(), kVideos);
        fs::resize_file(library + "/library.db", 5000);
        const Ended refused = m_box.cli({"search", "--library", library, "ball"});
        QCOMPARE(refused.status, 1);
        QVERIFY2(
            refused.err.find("clipscope-cli repair --library " + library) != std::string::npos, refused.err.c_str());
        const Ended repaired = m_box.cli({"repair", "--library", library, "--json"});
        QVERIFY2(repaired.status == 0, repaired.err.c_str());
        const Json json = repaired.json();
        QCOMPARE(keysOf(json), std::string("damaged setAside videos captions labelled embeddings runs missing"));
        QCOMPARE(json["videos"].get<int>(), kVideos);
        QCOMPARE(json["embeddings"].get<int>(), kVideos);
        QVERIFY(fs::exists(json["setAside"].get<std::string>()));
        const Json embed = m_box.cli({"embed", "--library", library, "--model", "fake:1", "--json"}).json();
        QCOMPARE(embed["skipped"].get<int>(), kVideos); // nothing is embedded again
        QVERIFY(!m_box.cli({"repair", "--library", library, "--json"}).json()["damaged"].get<bool>());
    }

    void searchWhileAnotherProgramEmbeds()
    {
        const std::string library = (m_box / "busy").string();
        QCOMPARE(throughAll(m_box, library, world())["searched"].get<int>(), kVideos);
        const auto embedding = m_box.startCli({"embed", "--library", library, "--model", "fake:77", "--json"});
        for (int i = 0; i < 3; ++i) {
            const Ended found = m_box.cli({"search", "--library", library, "ball", "--json"});
            QVERIFY2(found.status == 0, found.err.c_str());
        }
        const Ended second = m_box.cli({"embed", "--library", library, "--model", "fake:77", "--json"});
        QVERIFY2(second.status == 0, second.err.c_str());
        const Ended first = Sandbox::waitFor(*embedding);
        QVERIFY2(first.status == 0, first.err.c_str());
        // Each video was embedded by one of the two.
        QCOMPARE(first.json()["ok"].get<int>() + second.json()["ok"].get<int>(), kVideos);
    }
};

QTEST_GUILESS_MAIN(OddPlacesTest)
#include "tst_odd_places.moc"
