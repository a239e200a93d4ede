// SPDX-License-Identifier: GPL-3.0-or-later
#include "e2e/program.h"

#include "base/random.h"
#include "support/npy_writer.h"

#include <QElapsedTimer>
#include <QTest>

#include <cmath>
#include <fstream>

namespace fs = std::filesystem;
using namespace clipscope;
using namespace clipscope::test;

/// Vectors of another program become a library on which experiments run.
class ImportEmbeddingsTest : public QObject {
    Q_OBJECT

    static std::vector<float> drawn(size_t count, uint64_t seed)
    {
        Random random(seed);
        std::vector<float> out(count);
        for (float& v : out)
            v = float(random.normal());
        return out;
    }

private Q_SLOTS:
    /// The protocol of ActivityNet Captions' val_1 (papers section 1.6): 4,917 videos, a paragraph of all sentences
    /// each. Vectors that know nothing find nothing: recall at chance, in both directions.
    void paragraphsOfVal1AtChance()
    {
        const fs::path captions = sharedDir() / "data/activitynet/captions/val_1.json";
        if (sharedDir().empty() || !fs::exists(captions))
            QSKIP("shared data absent: data/activitynet/captions/val_1.json");
        constexpr size_t kVideos = 4917, kClips = 2, kDim = 128;
        size_t count = 0;
        {
            std::ofstream ids(m_box / "ids.txt");
            const Json videos = readJsonFile(captions);
            count = videos.size();
            for (const auto& [id, video] : videos.items())
                ids << id << "\n";
        }
        QCOMPARE(count, kVideos);
        writeNpy(m_box / "clips.npy", {kVideos, kClips, kDim}, drawn(kVideos * kClips * kDim, 1));
        writeNpy(m_box / "paragraphs.npy", {kVideos, kDim}, drawn(kVideos * kDim, 2));
        const std::string library = (m_box / "val1").string();
        QElapsedTimer timer;
        timer.start();
        const Ended imported = m_box.cli({"import-embeddings", "--library", library, "--vectors",
            (m_box / "clips.npy").string(), "--ids", (m_box / "ids.txt").string(), "--texts", captions.string(),
            "--texts", (m_box / "paragraphs.npy").string(), "--json"});
        QVERIFY2(imported.status == 0, imported.err.c_str());
        QCOMPARE(imported.json()["ok"].get<size_t>(), kVideos);
        QCOMPARE(imported.json()["textVectors"].get<size_t>(), kVideos);
        const qint64 importMs = timer.elapsed();
        const Ended evaluated = m_box.cli({"evaluate", "--library", library, "--json"});
        QVERIFY2(evaluated.status == 0, evaluated.err.c_str());
        qInfo("import %.1f s, evaluate %.1f s", double(importMs) / 1000, double(timer.elapsed() - importMs) / 1000);
        QVERIFY2(timer.elapsed() < 60000, std::to_string(timer.elapsed()).c_str());
        const Json json = evaluated.json();
        QCOMPARE(json["videos"].get<size_t>(), kVideos);
        QCOMPARE(json["queries"].get<size_t>(), kVideos);
        for (const char* direction : {"textToVideo", "videoToText"}) {
            // Of 4,917 draws: expected 1 and 10 hits; ranks with the mean 2459 and its standard error of 20.
            QVERIFY2(json[direction]["r1"] < 8. / kVideos, json[direction].dump().c_str());
            QVERIFY2(
                json[direction]["r10"] > 0. && json[direction]["r10"] < 25. / kVideos, json[direction].dump().c_str());
            QVERIFY2(std::fabs(json[direction]["meanRank"].get<double>() - 2459) < 100, json[direction].dump().c_str());
            QVERIFY2(
                std::fabs(json[direction]["medianRank"].get<double>() - 2459) < 200, json[direction].dump().c_str());
        }
        QCOMPARE(json["run"].get<int>(), 1);
        const Json run = m_box.cli({"runs", "show", "--library", library, "1", "--json"}).json();
        QVERIFY(run["textToVideo"] == json["textToVideo"]);
        QCOMPARE(run["arrays"]["textToVideoRanks"].size(), kVideos);
        // Words that came without a vector cannot be searched by them; names and captions can.
        const Ended words = m_box.cli({"search", "--library", library, "weight lifting", "--by", "names", "--json"});
        QVERIFY2(words.status == 0 && !words.json()["hits"].empty(), words.err.c_str());
        const Ended both = m_box.cli({"search", "--library", library, "weight lifting", "--json"});
        QVERIFY2(both.status == 0 && !both.json()["hits"].empty(), both.err.c_str());
        QVERIFY2(both.err.find("--by picture") != std::string::npos, both.err.c_str());
        const Json use = m_box.cli({"library", "usage", "--library", library, "--json"}).json();
        QCOMPARE(use["embeddings"][0]["videos"].get<size_t>(), kVideos);
        QCOMPARE(use["other"]["files"].get<int>(), 0);
        const Ended vectors = m_box.cli({"search", "--library", library, "weight lifting", "--by", "picture"});
        QCOMPARE(vectors.status, 1);
        QVERIFY2(vectors.err.find("no vector of the text") != std::string::npos, vectors.err.c_str());
    }

    /// A file that is wrong makes no library.
    void whatIsWrongIsSaidAndNothingIsMade()
    {
        std::ofstream(m_box / "two.txt") << "a\nb\n";
        writeNpy(m_box / "three.npy", {3, 4}, drawn(12, 3));
        const Ended ended = m_box.cli({"import-embeddings", "--library", (m_box / "none").string(), "--vectors",
            (m_box / "three.npy").string(), "--ids", (m_box / "two.txt").string()});
        QCOMPARE(ended.status, 1);
        for (const char* part : {"three.npy", "3 rows for the 2 ids", "two.txt"})
            QVERIFY2(ended.err.find(part) != std::string::npos, ended.err.c_str());
        QVERIFY(!fs::exists(m_box / "none"));
        QCOMPARE(m_box.cli({"import-embeddings", "--library", (m_box / "none").string()}).status, 2);
    }

    /// Text vectors or a model are needed to evaluate; what is missing is said.
    void wordsWithoutVectors()
    {
        std::ofstream(m_box / "three.txt") << "a\nb\nc\n";
        std::ofstream(m_box / "words.txt") << "a cat\na dog\na bear\n";
        const std::string library = (m_box / "words").string();
        const Ended imported =
            m_box.cli({"import-embeddings", "--library", library, "--vectors", (m_box / "three.npy").string(), "--ids",
                (m_box / "three.txt").string(), "--texts", (m_box / "words.txt").string()});
        QVERIFY2(imported.status == 0, imported.err.c_str());
        const Ended evaluated = m_box.cli({"evaluate", "--library", library});
        QCOMPARE(evaluated.status, 1);
        QVERIFY2(evaluated.err.find("--texts") != std::string::npos, evaluated.err.c_str());
        const Json use = m_box.cli({"library", "usage", "--library", library, "--json"}).json();
        QCOMPARE(use["embeddings"][0]["videos"].get<int>(), 3);
        QCOMPARE(use["other"]["files"].get<int>(), 0);
    }

private:
    Sandbox m_box;
};

QTEST_GUILESS_MAIN(ImportEmbeddingsTest)
#include "tst_import_embeddings.moc"
