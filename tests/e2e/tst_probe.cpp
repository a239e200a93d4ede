// SPDX-License-Identifier: GPL-3.0-or-later
#include "e2e/program.h"

#include "base/random.h"
#include "support/npy_writer.h"

#include <QTest>

#include <fstream>

using namespace clipscope;
using namespace clipscope::test;

/// The probe by the command line twin, on a library of imported vectors: five clouds, of which two overlap.
class ProbeTest : public QObject {
    Q_OBJECT

    static constexpr int kClasses = 5, kEach = 24, kDim = 64;

    Ended probe(const std::string& library, std::vector<std::string> more) const
    {
        more.insert(more.begin(), {"probe", "--library", (m_box / library).string()});
        return m_box.cli(more);
    }

private Q_SLOTS:
    void initTestCase()
    {
        Random random(5);
        std::vector<float> centres(kClasses * kDim), vectors;
        for (float& v : centres)
            v = float(random.normal());
        for (int i = 0; i < kDim; ++i)
            centres[size_t(kDim + i)] = centres[size_t(i)] + float(.5 * random.normal());
        std::ofstream ids(m_box / "ids.txt"), labels(m_box / "labels.csv");
        labels << "path,label,split\n";
        for (int i = 0; i < kClasses * kEach; ++i) {
            const int c = i % kClasses, n = i / kClasses;
            ids << "clip" << i << "\n";
            labels << "clip" << i << ",kind_" << c << "," << (n < 10 ? "train" : n < 14 ? "val" : "test") << "\n";
            for (int j = 0; j < kDim; ++j)
                vectors.push_back(centres[size_t(c * kDim + j)] + float(1.5 * random.normal()));
        }
        labels << "clip0x,kind_0,test\n"; // no id: told, not stored
        ids.close();
        labels.close();
        writeNpy(m_box / "clouds.npy", {kClasses * kEach, kDim}, vectors);
        for (const bool known : {false, true}) {
            std::vector<std::string> command = {"import-embeddings", "--library",
                (m_box / (known ? "known" : "unknown")).string(), "--vectors", (m_box / "clouds.npy").string(), "--ids",
                (m_box / "ids.txt").string(), "--labels", (m_box / "labels.csv").string(), "--json"};
            if (known)
                command.insert(command.end(), {"--model", "fake"});
            const Ended imported = m_box.cli(command);
            QVERIFY2(imported.status == 0, imported.err.c_str());
            QCOMPARE(imported.json()["ok"].get<int>(), kClasses * kEach);
            QCOMPARE(imported.json()["unmatched"].get<int>(), 1);
        }
    }

    void theContract()
    {
        const Ended ended =
            probe("known", {"--shots", "1,2,8", "--seeds", "6", "--methods", "linear,tip-adapter,lp++", "--json"});
        QVERIFY2(ended.status == 0, ended.err.c_str());
        const Json json = ended.json();
        for (const char* key :
            {"config", "seed", "version", "machine", "cpuSeconds", "wallSeconds", "modelHash", "dataHash"})
            QVERIFY2(json.contains(key), key);
        QVERIFY(json["zeroShot"]["top1"].is_number() && json["zeroShot"]["top5"] == 1.);
        QCOMPARE(json["shots"].size(), size_t(3));
        for (const Json& point : json["shots"])
            QCOMPARE(keysOf(point), std::string("k seeds top1Mean top1Sd top5Mean top5Sd top1Draws c"));
        QCOMPARE(json["shots"][2]["k"].get<int>(), 8);
        QCOMPARE(json["shots"][2]["seeds"].get<int>(), 6);
        QVERIFY(json["shots"][2]["top1Mean"] > json["shots"][0]["top1Mean"]);
        QVERIFY(json["shots"][2]["top1Mean"] > .6 && json["shots"][2]["top1Mean"] < 1.);
        QCOMPARE(json["methods"].size(), size_t(2));
        QCOMPARE(json["methods"][0]["name"].get<std::string>(), std::string("tip-adapter"));
        QCOMPARE(json["methods"][1]["name"].get<std::string>(), std::string("lp++"));
        for (const Json& method : json["methods"]) {
            QCOMPARE(keysOf(method), std::string("name shots crossingShots crossing crossingInterval"));
            QCOMPARE(method["shots"].size(), size_t(3));
            QVERIFY(method["shots"][2]["top1Mean"] > json["zeroShot"]["top1"]);
        }
        QVERIFY(
            json["methods"][0]["shots"][0]["alpha"].is_number() && json["methods"][0]["shots"][0]["beta"].is_number());
        QCOMPARE(json["classes"].size(), size_t(kClasses));
        QCOMPARE(json["testVideos"].get<int>(), kClasses * 10);
        // The confusion counts every draw of every test video once; the two clouds that overlap are confused most.
        int all = 0, twins = 0, others = 0;
        for (int r = 0; r < kClasses; ++r)
            for (int c = 0; c < kClasses; ++c) {
                const int n = json["arrays"]["confusion"][size_t(r)][size_t(c)].get<int>();
                all += n;
                if (r != c)
                    (r < 2 && c < 2 ? twins : others) += n;
            }
        QCOMPARE(all, kClasses * 10 * 6);
        QVERIFY(twins > others);
        m_first = json;
    }

    void equalSeedsEqualNumbersAndTheRunIsKept()
    {
        const Json again =
            probe("known", {"--shots", "1,2,8", "--seeds", "6", "--methods", "linear,tip-adapter,lp++", "--json"})
                .json();
        QVERIFY(again["shots"] == m_first["shots"] && again["methods"] == m_first["methods"]);
        QCOMPARE(again["dataHash"].get<std::string>(), m_first["dataHash"].get<std::string>());
        QVERIFY(probe("known", {"--shots", "1,2,8", "--seeds", "6", "--seed", "9", "--json"}).json()["shots"]
            != m_first["shots"]);
        const Json kept =
            m_box.cli({"runs", "list", "--library", (m_box / "known").string(), "--kind", "probe", "--json"}).json();
        QCOMPARE(kept["runs"].size(), size_t(3));
        QVERIFY(kept["runs"][2]["shots"] == m_first["shots"]);
    }

    void asText()
    {
        const Ended ended = probe("known", {"--shots", "2,all", "--seeds", "2"});
        QVERIFY2(ended.status == 0, ended.err.c_str());
        for (const char* part : {"words alone", "linear", "tip-adapter", "alpha", "top-5", "Kept as run"})
            QVERIFY2(ended.out.find(part) != std::string::npos, ended.out.c_str());
        QCOMPARE(probe("known", {"--methods", "svm"}).status, 2);
        QCOMPARE(probe("known", {"--shots", "0"}).status, 2);
        const Json alone = probe("known", {"--shots", "2", "--seeds", "2", "--methods", "lp++", "--json"}).json();
        QVERIFY(alone["shots"].empty() && alone["crossingShots"].is_null());
        QCOMPARE(alone["methods"].size(), size_t(1));
    }

    /// Vectors of an unknown model: no words, the linear probe all the same.
    void withoutWords()
    {
        const Ended ended = probe("unknown", {"--shots", "1,8", "--seeds", "3", "--json"});
        QVERIFY2(ended.status == 0, ended.err.c_str());
        QVERIFY2(ended.err.find("without words") != std::string::npos, ended.err.c_str());
        const Json json = ended.json();
        QVERIFY(json["zeroShot"].is_null() && json["crossingShots"].is_null() && json["methods"].empty());
        QVERIFY(json["shots"][1]["top1Mean"] > json["shots"][0]["top1Mean"]);
        const Ended text = probe("unknown", {"--shots", "1", "--seeds", "2"});
        QVERIFY2(text.status == 0 && text.out.find("words alone") == std::string::npos, text.out.c_str());
    }

private:
    Sandbox m_box;
    Json m_first;
};

QTEST_GUILESS_MAIN(ProbeTest)
#include "tst_probe.moc"
