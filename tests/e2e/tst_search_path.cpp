// SPDX-License-Identifier: GPL-3.0-or-later
#include "e2e/program.h"

#include <QTest>

#include <fstream>

namespace fs = std::filesystem;
using namespace clipscope;
using namespace clipscope::test;

/// The whole path by the command line twin: sample world, import, embed, search, evaluate. JSON is checked key by key.
class SearchPathTest : public QObject {
    Q_OBJECT

    static constexpr int kVideos = 6;

    std::string world() const { return (m_box / "world").string(); }
    std::string library() const { return (m_box / "world.clipscope").string(); }
    Ended search(std::vector<std::string> more) const
    {
        more.insert(more.begin(), {"search", "--library", library(), "--json"});
        return m_box.cli(more);
    }
    static void removeTimes(Json& json)
    {
        for (const char* key : {"cpuSeconds", "wallSeconds", "startedAt", "run"})
            json.erase(key);
    }

private Q_SLOTS:
    void initTestCase()
    {
        const Ended made = m_box.cli({"sample-world", "create", world(), "--videos", std::to_string(kVideos), "--seed",
            "11", "--kind", "mixed", "--json"});
        QVERIFY2(made.status == 0, made.err.c_str());
        const Json json = made.json();
        QCOMPARE(keysOf(json), std::string("folder videos seed kind"));
        QCOMPARE(json["folder"].get<std::string>(), world());
        QCOMPARE(countFiles(m_box / "world" / "videos", ".mp4"), size_t(kVideos));
    }

    void import()
    {
        const std::vector<std::string> command = {"import", "--library", library(), world(), "--captions",
            world() + "/captions.json", "--labels", world() + "/labels.csv", "--sampler", "uniform:8", "--json"};
        const Ended ended = m_box.cli(command);
        QVERIFY2(ended.status == 0, ended.err.c_str());
        const Json json = ended.json();
        QCOMPARE(keysOf(json), std::string("ok skipped failed damaged sampling annotations"));
        QCOMPARE(json["sampling"]["moments"].get<int>(), 8 * kVideos);
        QCOMPARE(json["sampling"]["largestErrorFrames"].get<int>(), 0);
        QCOMPARE(json["ok"].get<int>(), kVideos);
        QCOMPARE(json["skipped"].get<int>(), 0);
        QVERIFY(json["failed"].is_array() && json["failed"].empty());
        QVERIFY(json["damaged"].is_array() && json["damaged"].empty());
        QCOMPARE(json["annotations"].size(), size_t(2));
        for (const Json& file : json["annotations"])
            QCOMPARE(keysOf(file),
                std::string("file format videos captions labels unmatched ambiguous mendedTimes outsideTimes"));
        QCOMPARE(json["annotations"][0]["format"].get<std::string>(), std::string("ActivityNet Captions"));
        QCOMPARE(json["annotations"][0]["videos"].get<int>(), kVideos);
        QVERIFY(json["annotations"][0]["captions"].get<int>() >= kVideos);
        QVERIFY(json["annotations"][1]["labels"].get<int>() > 0);

        // Once more: everything is known, and annotations are applied to what is skipped.
        const Json again = m_box.cli(command).json();
        QCOMPARE(again["ok"].get<int>(), 0);
        QCOMPARE(again["skipped"].get<int>(), kVideos);
        QVERIFY(again["annotations"] == json["annotations"]);
    }

    void namesAnswerBeforeAnythingIsEmbedded()
    {
        const Ended ended = search({"clip_0003"});
        QVERIFY2(ended.status == 0, ended.err.c_str());
        QVERIFY2(ended.err.find("embed") != std::string::npos, ended.err.c_str());
        const Json json = ended.json();
        QCOMPARE(json["encoder"].get<std::string>(), std::string());
        QVERIFY(!json["hits"].empty());
        QVERIFY(json["hits"][0]["video"].get<std::string>().ends_with("clip_0003.mp4"));
        const Ended picture = search({"clip_0003", "--by", "picture"});
        QCOMPARE(picture.status, 1);
        QVERIFY2(picture.err.find("embed") != std::string::npos, picture.err.c_str());
    }

    void theStarterSaysHowToInstallIt()
    {
        const Ended ended = m_box.cli({"embed", "--library", library()});
        QCOMPARE(ended.status, 1);
        QVERIFY2(ended.err.find("models install starter") != std::string::npos, ended.err.c_str());
    }

    void embed()
    {
        const std::vector<std::string> command = {"embed", "--library", library(), "--model", "fake", "--json"};
        const Ended ended = m_box.cli(command);
        QVERIFY2(ended.status == 0, ended.err.c_str());
        const Json json = ended.json();
        QCOMPARE(keysOf(json),
            std::string("ok skipped failed frames sampling model modelHash device precision cpuSeconds wallSeconds"));
        QCOMPARE(json["ok"].get<int>(), kVideos);
        QCOMPARE(json["frames"].get<int>(), 8 * kVideos);
        QCOMPARE(json["model"].get<std::string>(), std::string("fake"));
        const Json again = m_box.cli(command).json();
        QCOMPARE(again["ok"].get<int>(), 0);
        QCOMPARE(again["skipped"].get<int>(), kVideos);
    }

    void searchJson()
    {
        const Ended ended = search({"a", "red", "ball", "--by", "picture", "--top", "4"});
        QVERIFY2(ended.status == 0, ended.err.c_str());
        const Json json = ended.json();
        QCOMPARE(keysOf(json), std::string("encoder searched hits index recall"));
        QVERIFY(!json["encoder"].get<std::string>().empty());
        QCOMPARE(json["searched"].get<int>(), kVideos);
        QCOMPARE(json["hits"].size(), size_t(4));
        double last = 1e9;
        for (const Json& hit : json["hits"]) {
            QCOMPARE(keysOf(hit), std::string("video startSec endSec score why"));
            QVERIFY(fs::exists(hit["video"].get<std::string>()));
            QVERIFY(hit["startSec"].get<double>() < hit["endSec"].get<double>());
            QVERIFY(hit["score"].get<double>() <= last);
            last = hit["score"].get<double>();
            QCOMPARE(hit["why"].dump(), std::string("[\"picture\"]"));
        }
        QCOMPARE(search({"a", "red", "ball", "--by", "picture", "--top", "4"}).out, ended.out);
        QCOMPARE(search({"a red ball", "--by", "picture", "--top", "4"}).out, ended.out);
    }

    void everyWayToAsk_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::newRow("negatives") << QStringList{"ball", "--not", "star", "--not", "ring"};
        QTest::newRow("then") << QStringList{"ball", "--then", "star", "--within", "20"};
        QTest::newRow("query-scored") << QStringList{"ball", "--aggregation", "query:0.05"};
        QTest::newRow("named model") << QStringList{"ball", "--model", "fake", "--device", "cpu"};
        QTest::newRow("a command's name") << QStringList{"train"};
        QTest::newRow("brackets") << QStringList{"[sic,x]"};
        QTest::newRow("a leading dash") << QStringList{"--", "-ball"};
        QTest::newRow("another script") << QStringList{QString::fromUtf8("\xE7\xBA\xA2\xE7\x90\x83")};
        QTest::newRow("quotes") << QStringList{"\"ball\" OR (NEAR star* ^"};
    }
    void everyWayToAsk()
    {
        QFETCH(QStringList, words);
        std::vector<std::string> arguments;
        for (const QString& word : words)
            arguments.push_back(word.toStdString());
        const Ended ended = search(arguments);
        QVERIFY2(ended.status == 0, ended.err.c_str());
        QCOMPARE(keysOf(ended.json()), std::string("encoder searched hits index recall"));
    }

    void searchByAPicture()
    {
        // The library's own thumbnail of a video: its frame is the picture, so the video comes first.
        fs::path thumbnail;
        for (const auto& entry : fs::directory_iterator(m_box / "world.clipscope" / "thumbnails"))
            if (entry.path().string().find("-strip") == std::string::npos)
                thumbnail = entry.path();
        QVERIFY(!thumbnail.empty());
        const Ended ended = search({"--image", thumbnail.string(), "--by", "picture"});
        QVERIFY2(ended.status == 0, ended.err.c_str());
        QVERIFY(!ended.json()["hits"].empty());
        const Ended bad = search({"--image", world() + "/captions.json"});
        QCOMPARE(bad.status, 1);
        QVERIFY2(bad.err.find("captions.json") != std::string::npos, bad.err.c_str());
    }

    void captionsAreAReasonOfTheirOwn()
    {
        const Json captions = readJsonFile(m_box / "world" / "captions.json");
        const std::string sentence = captions["clip_0001"]["sentences"][0].get<std::string>();
        const Json hits = search({sentence, "--by", "names"}).json()["hits"];
        QVERIFY(!hits.empty());
        bool found = false;
        for (const Json& hit : hits) {
            QCOMPARE(hit["why"].dump(), std::string("[\"caption\"]"));
            found = found || hit["video"].get<std::string>().ends_with("clip_0001.mp4");
        }
        QVERIFY(found);
    }

    void tablesForPeople()
    {
        const Ended ended = m_box.cli({"search", "--library", library(), "clip_0002"});
        QCOMPARE(ended.status, 0);
        QVERIFY2(ended.out.starts_with("searched 6 of 6 videos with"), ended.out.c_str());
        QVERIFY2(ended.out.find("clip_0002.mp4\n") != std::string::npos, ended.out.c_str());
        const Ended none = m_box.cli({"search", "--library", library(), "--by", "names", "zebra"});
        QCOMPARE(none.status, 0);
        QVERIFY2(none.out.find("nothing was found") != std::string::npos, none.out.c_str());
    }

    void evaluate()
    {
        const std::vector<std::string> command = {"evaluate", "--library", library(), "--json"};
        const Ended ended = m_box.cli(command);
        QVERIFY2(ended.status == 0, ended.err.c_str());
        Json json = ended.json();
        QCOMPARE(keysOf(json),
            std::string(
                "kind config seed version machine cpuSeconds wallSeconds textToVideo videoToText videos queries"));
        for (const char* side : {"textToVideo", "videoToText"}) {
            QCOMPARE(keysOf(json[side]), std::string("r1 r5 r10 medianRank meanRank"));
            QVERIFY(json[side]["r10"].get<double>() == 1);
            QVERIFY(json[side]["medianRank"].get<double>() >= 1);
        }
        QCOMPARE(json["videos"].get<int>(), kVideos);
        QCOMPARE(json["queries"].get<int>(), kVideos);
        QCOMPARE(keysOf(json["machine"]), std::string("processor cpuFlags cores kernels"));
        Json again = m_box.cli(command).json();
        removeTimes(json);
        removeTimes(again);
        QCOMPARE(again.dump(), json.dump());

        const Ended few = m_box.cli({"evaluate", "--library", library(), "--frames", "1", "--split", "test"});
        QVERIFY2(few.status == 0, few.err.c_str());
        QVERIFY2(few.out.find("R@1") != std::string::npos, few.out.c_str());
        const Ended none = m_box.cli({"evaluate", "--library", library(), "--split", "holiday"});
        QCOMPARE(none.status, 1);
        QVERIFY2(none.err.find("holiday") != std::string::npos, none.err.c_str());
    }

    void theSameSeedGivesTheSameAnswers()
    {
        const std::string other = (m_box / "again").string();
        QCOMPARE(
            m_box.cli({"sample-world", "create", other, "--videos", std::to_string(kVideos), "--seed", "11"}).status,
            0);
        const std::string twin = (m_box / "again.clipscope").string();
        QCOMPARE(m_box
                     .cli({"import", "--library", twin, other, "--captions", other + "/captions.json", "--labels",
                         other + "/labels.csv", "--sampler", "uniform:8"})
                     .status,
            0);
        QCOMPARE(m_box.cli({"embed", "--library", twin, "--model", "fake"}).status, 0);
        const auto answers = [&](const std::string& folder) {
            Json search = m_box.cli({"search", "--library", folder, "a star", "--by", "picture", "--json"}).json();
            for (Json& hit : search["hits"])
                hit["video"] = fs::path(hit["video"].get<std::string>()).filename().string();
            Json evaluated = m_box.cli({"evaluate", "--library", folder, "--json"}).json();
            removeTimes(evaluated);
            evaluated.erase("config"); // names the folder
            return Json{search, evaluated};
        };
        QCOMPARE(answers(twin).dump(), answers(library()).dump());
    }

    void aMiniClipModelOfOurOwn()
    {
        const std::string model = (m_box / "mini-clip").string();
        const Ended trained = m_box.cli({"train", "clip", "--data", world(), "--out", model, "--pictures", "64",
            "--seed", "5", "--device", "cpu", "--json"});
        QVERIFY2(trained.status == 0, trained.err.c_str());
        QVERIFY2(keysOf(trained.json()).starts_with("kind config seed version machine cpuSeconds wallSeconds"),
            trained.out.c_str());
        // From the sandbox's folder, by a relative path; the library finds the model again.
        const Ended embedded = m_box.cli({"embed", "--library", library(), "--model", "./mini-clip", "--json"});
        QVERIFY2(embedded.status == 0, embedded.err.c_str());
        QCOMPARE(embedded.json()["ok"].get<int>(), kVideos);
        const Ended found = search({"a red ball moves", "--by", "picture"});
        QVERIFY2(found.status == 0, found.err.c_str());
        QVERIFY(!found.json()["hits"].empty());
        const Ended check = m_box.cli({"models", "check", model, "--json"});
        QVERIFY2(check.status == 0, (check.out + check.err).c_str());
        QCOMPARE(keysOf(check.json()), std::string("name path sound outputsCompared findings"));
        QVERIFY(check.json()["sound"].get<bool>());
        // The newest embeddings are searched; the others stay.
        QCOMPARE(search({"a red ball", "--model", "fake"}).status, 0);
        QVERIFY(found.json()["encoder"] != search({"a red ball", "--model", "fake"}).json()["encoder"]);
    }

private:
    Sandbox m_box;
};

QTEST_GUILESS_MAIN(SearchPathTest)
#include "tst_search_path.moc"
