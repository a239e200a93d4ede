// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "retrieval/caption_readers.h"
#include "support/test_data.h"

#include <QElapsedTimer>

#include <algorithm>

using namespace clipscope;
using clipscope::test::errorOf;
using clipscope::test::sharedDir;
using clipscope::test::TempDir;

namespace {

const AnnotatedVideo& find(const Annotations& a, const std::string& id)
{
    const auto found =
        std::find_if(a.videos.begin(), a.videos.end(), [&](const AnnotatedVideo& v) { return v.video == id; });
    if (found == a.videos.end())
        throw std::runtime_error("no video " + id);
    return *found;
}

size_t captionCount(const Annotations& a)
{
    size_t n = 0;
    for (const AnnotatedVideo& v : a.videos)
        n += v.captions.size();
    return n;
}

/// Every reader's output obeys this, whatever went in.
bool isSound(const Annotations& a)
{
    for (const AnnotatedVideo& v : a.videos)
        for (const AnnotatedVideo::Text& t : v.captions)
            if (t.text.empty() || t.startSec.has_value() != t.endSec.has_value()
                || (t.startSec && !(*t.startSec >= 0 && *t.startSec < *t.endSec)))
                return false;
    return !a.format.empty();
}

} // namespace

class TestCaptionReaders : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void csvOfTheContract()
    {
        const Annotations a = parseAnnotations("\xEF\xBB\xBFPath;Caption;startSec;endSec;label;split;colour\r\n"
                                               "a.mp4;\"A dog; it barks\";1,5;\"4\";dog;Training;red\r\n"
                                               "b.mp4;;;;;test\r\n"
                                               "a.mp4;It sleeps;9;6;dog;train\r\n",
            "films.csv");
        QCOMPARE(a.format, std::string("CSV"));
        QVERIFY(a.byPath);
        QCOMPARE(a.videos.size(), size_t(2));
        const AnnotatedVideo& dog = find(a, "a.mp4");
        QCOMPARE(dog.captions.size(), size_t(2));
        QCOMPARE(dog.captions[0].text, std::string("A dog; it barks"));
        QCOMPARE(*dog.captions[0].startSec, 1.5);
        QCOMPARE(*dog.captions[0].endSec, 4.0);
        // Reversed ends are swapped and counted.
        QCOMPARE(*dog.captions[1].startSec, 6.0);
        QCOMPARE(*dog.captions[1].endSec, 9.0);
        QCOMPARE(a.mendedTimes, int64_t(1));
        QCOMPARE(dog.label, std::string("dog"));
        QCOMPARE(dog.split, std::string("train"));
        QVERIFY(find(a, "b.mp4").captions.empty());
        QCOMPARE(find(a, "b.mp4").split, std::string("test"));
    }
    void labelsAlone()
    {
        const Annotations a = parseAnnotations("path,label\nx/a.mp4,slide_left\n", "labels.csv");
        QCOMPARE(a.videos[0].label, std::string("slide_left"));
        QVERIFY(a.videos[0].captions.empty());
    }
    void timesAreMended()
    {
        const Annotations a = parseAnnotations(
            R"({"v": {"duration": "10", "timestamps": [["3", 3], [-2, 1], [4, 2], [1, 2]], "sentences": ["a", "b", "c", "d"]}})",
            "c.json");
        const AnnotatedVideo& v = a.videos[0];
        QCOMPARE(*v.durationSec, 10.0);
        QVERIFY(*v.captions[0].startSec == 3 && *v.captions[0].endSec > 3);
        QVERIFY(*v.captions[1].startSec == 0 && *v.captions[1].endSec == 1);
        QVERIFY(*v.captions[2].startSec == 2 && *v.captions[2].endSec == 4);
        QCOMPARE(a.mendedTimes, int64_t(3));
    }
    void formsOfTheDataSets()
    {
        const Annotations msrvtt = parseAnnotations(
            R"({"info": {}, "videos": [{"video_id": "video0", "split": "validate"}, {"video_id": "video1", "split": "test"}],
               "sentences": [{"caption": "a b", "video_id": "video1"}, {"caption": "c", "video_id": "video1"}]})",
            "MSRVTT_data.json");
        QCOMPARE(msrvtt.format, std::string("MSR-VTT"));
        QCOMPARE(find(msrvtt, "video1").captions.size(), size_t(2));
        QCOMPARE(find(msrvtt, "video1").split, std::string("test"));

        const Annotations didemo = parseAnnotations(
            R"([{"video": "x.mov", "description": "d", "times": [[4, 4], [0, 0], [4, 4], [4, 5]], "num_segments": 6}])",
            "d.json");
        QCOMPARE(didemo.format, std::string("DiDeMo"));
        QCOMPARE(*didemo.videos[0].captions[0].startSec, 20.0);
        QCOMPARE(*didemo.videos[0].captions[0].endSec, 25.0);

        const Annotations classes = parseAnnotations(
            R"({"version": "1", "database": {"a": {"subset": "validation", "annotations": [{"label": "Ballet", "segment": [1, 2]}]},
               "b": {"subset": "testing", "annotations": []}}})",
            "anet.json");
        QCOMPARE(find(classes, "a").label, std::string("Ballet"));
        QCOMPARE(find(classes, "a").split, std::string("val"));
        QCOMPARE(find(classes, "b").split, std::string("test"));
    }
    void idListsTellASplitByTheirName()
    {
        QCOMPARE(parseAnnotations("video_id\nvideo7\n", "MSRVTT_train.9k.csv").videos[0].split, std::string("train"));
        QCOMPARE(parseAnnotations("a_1_2\nb_3_4\n", "lists/test_list.txt").videos.at(1).split, std::string("test"));
        QCOMPARE(parseAnnotations("a_1_2\n", "strain.txt").videos.at(0).split, std::string());
    }
    void splitsBesideActivityNetCaptions()
    {
        TempDir dir;
        writeFileAtomically(dir / "captions.json",
            R"({"s_1": {"duration": 3, "timestamps": [[0, 1]], "sentences": ["a"]}, "s_2": {"duration": 3, "timestamps": [], "sentences": []}})");
        QVERIFY(readAnnotations(dir / "captions.json").videos[0].split.empty());
        for (const char* form : {R"({"train": ["s_1"], "val": ["s_9"], "test": ["s_2"]})",
                 R"({"s_1": "train", "s_2": "test", "s_9": "validation"})"}) {
            writeFileAtomically(dir / "splits.json", form);
            const Annotations a = readAnnotations(dir / "captions.json");
            QCOMPARE(a.format, std::string("ActivityNet Captions"));
            QCOMPARE(find(a, "s_1").split, std::string("train"));
            QCOMPARE(find(a, "s_1").captions.size(), size_t(1));
            QCOMPARE(find(a, "s_2").split, std::string("test"));
            QCOMPARE(find(a, "s_9").split, std::string("val"));
            QCOMPARE(readAnnotations(dir / "splits.json").format, std::string("splits"));
        }
        writeFileAtomically(dir / "splits.json", R"({"train": ["s_1"], "test": ["s_1"]})");
        QVERIFY(
            errorOf<Error>([&] { readAnnotations(dir / "captions.json"); }).find("two splits") != std::string::npos);
    }
    void errorsNameFilePlaceAndExpectation_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("place");
        QTest::newRow("no header") << QByteArray("a.mp4,a dog barks\n") << QByteArray("line 1");
        QTest::newRow("comma in a text") << QByteArray("path,caption\na,b\nc,one, two\n") << QByteArray("line 3");
        QTest::newRow("no path") << QByteArray("path,caption\n,b\n") << QByteArray("line 2");
        QTest::newRow("time") << QByteArray("path,startSec,endSec\na,soon,3\n") << QByteArray("line 2");
        QTest::newRow("nan time") << QByteArray("path,startSec,endSec\na,nan,3\n") << QByteArray("line 2");
        QTest::newRow("one end") << QByteArray("path,startSec,endSec\na,1,2\nb,1,\n") << QByteArray("line 3");
        QTest::newRow("two labels") << QByteArray("path,label\na,x\na,y\n") << QByteArray("line 3");
        QTest::newRow("empty") << QByteArray(" \n\n") << QByteArray("empty");
        QTest::newRow("lengths") << QByteArray(R"({"v_1": {"timestamps": [[1, 2]], "sentences": []}})")
                                 << QByteArray("\"v_1\"");
        QTest::newRow("pair") << QByteArray(R"({"v_1": {"timestamps": [[1]], "sentences": ["a"]}})")
                              << QByteArray("\"v_1\"");
        QTest::newRow("number") << QByteArray(R"({"v_1": {"timestamps": [[1, "x"]], "sentences": ["a"]}})")
                                << QByteArray("\"v_1\"");
        QTest::newRow("json nan") << QByteArray(R"({"v_1": {"timestamps": [[1, NaN]], "sentences": ["a"]}})")
                                  << QByteArray("not valid JSON");
        QTest::newRow("huge") << QByteArray(R"({"v_1": {"timestamps": [[1, 1e999]], "sentences": ["a"]}})")
                              << QByteArray("c.json");
        QTest::newRow("deep") << QByteArray("{\"a\":") + QByteArray(200, '[') + QByteArray(200, ']') + "}"
                              << QByteArray("nested deeper");
        QTest::newRow("caption is a number") << QByteArray(R"({"a_1": ["x", 3]})") << QByteArray("\"a_1\"");
        QTest::newRow("segment") << QByteArray(R"([{"video": "a", "description": "b", "times": [[0.5, 1]]}])")
                                 << QByteArray("entry 1");
        QTest::newRow("annotators without end") << QByteArray(R"([{"video": "a", "description": "b", "times": [)")
                + QByteArray("[0,1],").repeated(200'000)
                + "[0,1]]}]" << QByteArray("entry 1");
        QTest::newRow("deep and cut off") << QByteArray(20'000'000, '[') << QByteArray("nested deeper");
        QTest::newRow("cells without end")
            << QByteArray("path,label\n") + QByteArray(5'100'000, ',') << QByteArray("line 2");
        QTest::newRow("NUL instead of a name") << QByteArray("\0\0\0\0", 4) + QByteArray("a b") << QByteArray("line 1");
        QTest::newRow("unknown object") << QByteArray(R"({"a": 3})") << QByteArray("unknown form");
        QTest::newRow("unknown list") << QByteArray("[1, 2]") << QByteArray("unknown form");
        QTest::newRow("nothing") << QByteArray("{}") << QByteArray("no videos");
    }
    void errorsNameFilePlaceAndExpectation()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, place);
        const std::string message = errorOf<Error>([&] { parseAnnotations(text.toStdString(), "c.json"); });
        QVERIFY2(
            message.starts_with("c.json") && message.find(place.toStdString()) != std::string::npos, message.c_str());
    }
    void wideLongAndOddFilesAreRead()
    {
        QElapsedTimer clock;
        clock.start();
        // 10^5 columns, most of them unknown, and a header that names the same one again and again.
        std::string wide = "path";
        for (int i = 0; i < 100'000; ++i)
            wide += i % 2 ? ",caption" : ",x";
        wide += "\na.mp4" + std::string(100'000, ',') + "\nb.mp4,1,two\n";
        const Annotations columns = parseAnnotations(wide, "wide.csv");
        QCOMPARE(columns.videos.size(), size_t(2));
        QCOMPARE(find(columns, "b.mp4").captions.at(0).text, std::string("two"));
        // A text of 10^6 characters, a line in quotes, a NUL and what no spreadsheet should take for a formula.
        const std::string words(1'000'000, 'w');
        const Annotations odd = parseAnnotations(
            "path,caption\na,\"" + words + "\"\nb," + std::string("x\0y", 3) + "\nc,=cmd()\n", "odd.csv");
        QCOMPARE(find(odd, "a").captions.at(0).text.size(), words.size());
        QCOMPARE(find(odd, "b").captions.at(0).text, std::string("x\xEF\xBF\xBDy"));
        QCOMPARE(find(odd, "c").captions.at(0).text, std::string("=cmd()"));
        // A library of 200,000 clips in two of the JSON forms: time by the square of their number would be minutes.
        std::string lists = "{\"train\": [", splits = "{", captions = "{";
        for (int i = 0; i < 200'000; ++i) {
            const std::string id = "\"v_" + std::to_string(i) + '"';
            lists += id + (i < 199'999 ? "," : "]}");
            splits += id + R"(: "train")" + (i < 199'999 ? "," : "}");
            captions += id + R"(: ["a"])" + (i < 199'999 ? "," : "}");
        }
        for (const std::string& text : {lists, splits, captions})
            QCOMPARE(parseAnnotations(text, "c.json").videos.size(), size_t(200'000));
        QVERIFY2(clock.elapsed() < 60'000, qPrintable(QString::number(clock.elapsed())));
    }
    void timesOutOfThisWorldAreMended()
    {
        const Annotations a =
            parseAnnotations("path,startSec,endSec,caption\na,1e308,1e308,x\na,-1e308,1e17,y\n", "c.csv");
        QVERIFY(isSound(a));
        QCOMPARE(a.mendedTimes, int64_t(2));
        QCOMPARE(a.videos.at(0).captions.at(1).endSec.value(), 1e9);
    }
    void aMissingFileIsAnError()
    {
        QVERIFY(!errorOf<Error>([] { readAnnotations("/nowhere/captions.json"); }).empty());
    }

    void realActivityNet_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<int>("videos");
        QTest::addColumn<int>("captions");
        QTest::addColumn<int>("mended");
        QTest::newRow("train") << "activitynet/captions/train.json" << 10009 << 37421 << 4;
        QTest::newRow("val_1") << "activitynet/captions/val_1.json" << 4917 << 17505 << 0;
        QTest::newRow("val_2") << "activitynet/captions/val_2.json" << 4885 << 17031 << 0;
        QTest::newRow("youcook2") << "retrieval-annotations/youcook2/yc2_val_anet_format.json" << 457 << 3492 << 0;
    }
    void realActivityNet()
    {
        NEED_SHARED("data/activitynet");
        QFETCH(QString, file);
        QFETCH(int, videos);
        QFETCH(int, captions);
        QFETCH(int, mended);
        const Annotations a = readAnnotations(sharedDir() / "data" / file.toStdString());
        QCOMPARE(a.format, std::string("ActivityNet Captions"));
        QVERIFY(isSound(a));
        QCOMPARE(int(a.videos.size()), videos);
        QCOMPARE(int(captionCount(a)), captions);
        QCOMPARE(int(a.mendedTimes), mended);
    }
    void realActivityNetClasses()
    {
        NEED_SHARED("data/activitynet");
        const Annotations a = readAnnotations(sharedDir() / "data/activitynet/activitynet200/anet_anno_action.json");
        QCOMPARE(a.videos.size(), size_t(19228));
        QCOMPARE(
            std::count_if(a.videos.begin(), a.videos.end(), [](const AnnotatedVideo& v) { return !v.label.empty(); }),
            14377L);
        QCOMPARE(find(a, "v_QOlSCBRmfWY").label, std::string("Ballet"));
        const Annotations subsets = readAnnotations(sharedDir() / "data/activitynet/activitynet200/video_info_new.csv");
        QCOMPARE(std::count_if(subsets.videos.begin(), subsets.videos.end(),
                     [](const AnnotatedVideo& v) { return v.split == "val"; }),
            4728L);
    }
    void realMsrVtt()
    {
        NEED_SHARED("data/retrieval-annotations");
        const auto folder = sharedDir() / "data/retrieval-annotations/msrvtt";
        const Annotations test = readAnnotations(folder / "MSRVTT_JSFUSION_test.csv");
        QCOMPARE(test.format, std::string("MSR-VTT"));
        QCOMPARE(test.videos.size(), size_t(1000));
        QCOMPARE(captionCount(test), size_t(1000));
        QCOMPARE(find(test, "video7020").captions[0].text, std::string("a woman creating a fondant baby and flower"));
        QCOMPARE(readAnnotations(folder / "MSRVTT_train.7k.csv").videos.size(), size_t(7010));
        QCOMPARE(readAnnotations(folder / "MSRVTT_train.9k.csv").videos.size(), size_t(9000));
    }
    void realMsvd()
    {
        NEED_SHARED("data/retrieval-annotations");
        const auto folder = sharedDir() / "data/retrieval-annotations/msvd";
        const Annotations a = readAnnotations(folder / "captions_msvd.json");
        QCOMPARE(a.format, std::string("MSVD"));
        QVERIFY(!a.byPath);
        QCOMPARE(a.videos.size(), size_t(1970));
        QCOMPARE(captionCount(a), size_t(80827));
        QCOMPARE(readAnnotations(folder / "train_list.txt").videos.size(), size_t(1200));
        QCOMPARE(readAnnotations(folder / "val_list.txt").videos.size(), size_t(100));
        const Annotations test = readAnnotations(folder / "test_list.txt");
        QCOMPARE(test.videos.size(), size_t(670));
        QCOMPARE(test.videos[0].split, std::string("test"));
    }
    void realDiDeMo()
    {
        NEED_SHARED("data/retrieval-annotations");
        const auto folder = sharedDir() / "data/retrieval-annotations/didemo";
        const Annotations val = readAnnotations(folder / "val_data.json");
        QCOMPARE(val.videos.size(), size_t(1094));
        QCOMPARE(captionCount(val), size_t(4180));
        QVERIFY(isSound(val));
        const Annotations test = readAnnotations(folder / "test_data.json");
        QCOMPARE(test.videos.size(), size_t(1037));
        QCOMPARE(captionCount(test), size_t(4021));
    }
    void realClips()
    {
        NEED_SHARED("data/video-clips");
        const Annotations a = readAnnotations(sharedDir() / "data/video-clips/manifest.csv");
        QCOMPARE(a.videos.size(), size_t(132));
        QCOMPARE(captionCount(a), size_t(100));
        QCOMPARE(find(a, "animal/black-swan.mp4").label, std::string("animal"));
        const Annotations msvd = readAnnotations(sharedDir() / "data/video-clips/captions_msvd.json");
        QVERIFY(msvd.byPath);
        QCOMPARE(msvd.videos.size(), size_t(7));
        QCOMPARE(captionCount(msvd), size_t(263));
    }

    void mutatedFilesGiveAResultOrAnError_data()
    {
        QTest::addColumn<QByteArray>("seedText");
        QTest::newRow("csv") << QByteArray("path;caption;startSec;endSec;label;split\r\na.mp4;\"one; "
                                           "\"\"two\"\"\r\n\";1,5;3;dog;train\nb/c.mp4;x;;;;\n");
        QTest::newRow("id list") << QByteArray("video_id\nvideo1\nvideo2\n");
        QTest::newRow("activitynet") << QByteArray(
            R"({"v_1": {"duration": 9.5, "timestamps": [[0, 1.5], ["3", 2]], "sentences": ["a \u00e9", " b"]}, "v_2": {"timestamps": [], "sentences": []}})");
        QTest::newRow("classes") << QByteArray(
            R"({"database": {"a": {"duration_second": 3, "subset": "training", "annotations": [{"label": "x", "segment": [1, 2]}]}}})");
        QTest::newRow("msrvtt") << QByteArray(
            R"({"videos": [{"video_id": 7, "split": "test"}], "sentences": [{"video_id": "7", "caption": "a"}]})");
        QTest::newRow("msvd") << QByteArray(R"({"a/b.gif": ["x", "y"], "c": []})");
        QTest::newRow("didemo") << QByteArray(
            R"([{"video": "x.mov", "description": "d", "times": [[4, 4], [0, 5], ["1", 2]], "num_segments": 6}])");
        QTest::newRow("splits") << QByteArray(R"({"train": ["a", 3], "val": [], "test": ["b"]})");
    }
    void mutatedFilesGiveAResultOrAnError()
    {
        QFETCH(QByteArray, seedText);
        const std::string seed = seedText.toStdString();
        // Pieces that mean something to one of the parsers hit deeper than random bytes do.
        const std::vector<std::string> pieces = {"\"", ",", ";", "\t", "\n", "\r", "[", "]", "{", "}", ":", "null",
            "NaN", "-1", "1e308", "1e999", "\\u0000", "\\ud800", "true", "\xEF\xBB\xBF", "\xFF\xFE", "\xC3", "''",
            "path", "video_id", "\"a\":", "0x10", "99999999999999999999"};
        Random random(deriveSeed(77, seed));
        int results = 0;
        for (int round = 0; round < 4000; ++round) {
            std::string text = seed;
            const int64_t edits = random.integer(1, 6);
            for (int64_t e = 0; e < edits && !text.empty(); ++e) {
                const size_t at = random.below(text.size());
                const size_t length = std::min(text.size() - at, size_t(random.below(12)));
                switch (random.below(5)) {
                case 0:
                    text[at] = char(random.below(256));
                    break;
                case 1:
                    text.insert(at, random.choice(pieces));
                    break;
                case 2:
                    text.erase(at, length);
                    break;
                case 3:
                    text.insert(random.below(text.size()), text.substr(at, length));
                    break;
                default:
                    text.resize(at);
                }
            }
            try {
                const Annotations a = parseAnnotations(text, "train.json");
                QVERIFY2(isSound(a), text.c_str());
                ++results;
            } catch (const Error& e) {
                QVERIFY2(e.kind() == ErrorKind::Input && std::string(e.what()).starts_with("train.json"), e.what());
            }
        }
        // Otherwise the mutations would be so wild that only the first check is ever reached.
        QVERIFY2(results > 100 && results < 3990, qPrintable(QString::number(results)));
    }
};

QTEST_GUILESS_MAIN(TestCaptionReaders)
#include "tst_caption_readers.moc"
