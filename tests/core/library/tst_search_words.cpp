// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "library/search_words.h"
#include "library/video_library.h"
#include "support/test_data.h"

#include <QElapsedTimer>

#include <algorithm>
#include <set>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;
using Field = VideoLibrary::NameMatch::Field;

namespace {

struct Fixture {
    Fixture()
        : library(VideoLibrary::openOrCreate(dir / "l"))
    {
    }
    VideoId add(const std::string& path, const std::string& root = "/films")
    {
        VideoRecord v;
        v.path = path;
        v.hash = path;
        v.importRoot = root;
        library->store(v);
        return v.id;
    }
    /// The ids found, best first.
    std::vector<VideoId> find(const std::string& words) const
    {
        std::vector<VideoId> out;
        for (const auto& match : library->matchWords(words, 1000))
            out.push_back(match.video);
        return out;
    }
    bool finds(const std::string& words, VideoId id) const
    {
        const auto found = find(words);
        return std::find(found.begin(), found.end(), id) != found.end();
    }

    TempDir dir;
    std::shared_ptr<VideoLibrary> library;
};

} // namespace

class TestSearchWords : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theIndexedForm()
    {
        QCOMPARE(indexedText("A brown bear."), std::string("a brown bear"));
        QCOMPARE(indexedText("holidayBeach02"), std::string("holidaybeach02 holiday beach 02"));
        QCOMPARE(indexedText("HTMLPage GoPRO"), std::string("htmlpage html page gopro go pro"));
        QCOMPARE(indexedText("snake_case-and.dots"), std::string("snake case and dots"));
        QCOMPARE(indexedText("\u6771\u4EAC2020"), std::string("\u6771 \u4EAC 2020"));
        QCOMPARE(indexedText("STRASSE Stra\u00DFe"), std::string("strasse strasse"));
        QCOMPARE(indexedText("\uFF21\uFF22\uFF23 \uFB01sh"), std::string("abc fish")); // full width, ligature
        QCOMPARE(indexedText("cafe\u0301 caf\u00E9 \u0390"), std::string("cafe cafe \u03B9"));
        QCOMPARE(indexedText(std::string("a\0b\xff", 4)), std::string("a b"));
        QCOMPARE(indexedText("\u0301!? \U0001F600"), std::string());
        QCOMPARE(indexedPath("zoo/bear.mp4"), std::string("zoo bear mp4"));
        QCOMPARE(indexedPath("zoo/bear"), std::string("zoo bear"));
    }
    void expressions()
    {
        QCOMPARE(wordExpressions("a brown \"bear\" OR"), (std::vector<std::string>{"\"brown\"*", "\"bear\"*"}));
        QCOMPARE(wordExpressions("the of"), (std::vector<std::string>{"\"the\"*", "\"of\"*"}));
        QCOMPARE(wordExpressions("bear Bear BEAR"), (std::vector<std::string>{"\"bear\"*"}));
        QCOMPARE(wordExpressions("bear02"), (std::vector<std::string>{"(\"bear02\"* OR \"bear 02\"*)"}));
        QVERIFY(wordExpressions(" \t\"*()-^:+ \U0001F600").empty());
        QVERIFY(wordExpressions("").empty());
    }
    void fileAndFolderNames()
    {
        Fixture f;
        const VideoId bear = f.add("/films/zoo-animals/VID_20190704_brownBear02.mp4");
        const VideoId guitar = f.add("/films/playing_guitar/v_PlayingGuitar_g01_c02.avi");
        const VideoId beach = f.add("/films/Holiday 2019/beach.walk.mov");
        for (const char* words : {"bear", "brownbear", "brownbear02", "brownBear", "brown bear", "bear02", "BEAR",
                 "bea", "20190704", "2019070", "zoo", "animals bear", "zoo-animals", "vid", "mp4", "bear.mp4"})
            QVERIFY2(f.finds(words, bear), words);
        for (const char* words : {"guitar", "playing guitar", "PlayingGuitar", "playingguitar", "g01", "avi"})
            QVERIFY2(f.finds(words, guitar), words);
        for (const char* words : {"holiday", "2019", "beach", "walk beach"})
            QVERIFY2(f.finds(words, beach), words);
        QCOMPARE(f.find("guitar"), (std::vector<VideoId>{guitar}));
        QCOMPARE(f.find("4"), (std::vector<VideoId>{})); // not every .mp4
        QCOMPARE(f.find("ear"), (std::vector<VideoId>{}));
        const auto match = f.library->matchWords("zoo bear", 5).at(0);
        QCOMPARE(match.field, Field::Name);
        QCOMPARE(match.text, std::string("films/zoo-animals/VID_20190704_brownBear02.mp4"));
        QVERIFY(!match.startSec && !match.endSec);
        QCOMPARE(match.score, 1.);
    }
    void folderNamesBeginAtTheImportedFolder()
    {
        Fixture f;
        const VideoId a = f.add("/home/anna/clips/zoo/a.mp4", "/home/anna/clips");
        QVERIFY(f.finds("clips", a) && f.finds("zoo", a));
        QVERIFY(f.find("anna").empty());
        const VideoId b = f.add("/home/anna/single.mp4", "/home/anna/single.mp4");
        QCOMPARE(f.library->matchWords("single", 1).at(0).text, std::string("anna/single.mp4"));
        QVERIFY(f.finds("anna", b));
        const VideoId c = f.add("/mnt/disk/c.mp4", "");
        QVERIFY(f.finds("disk", c));
        // Storing it under another root forgets the old words.
        f.add("/home/anna/clips/zoo/a.mp4", "/home/anna/clips/zoo");
        QVERIFY(f.find("clips").empty());
    }
    void captionsAndSubtitlesWithTheirTimes()
    {
        Fixture f;
        const VideoId a = f.add("/films/a.mp4");
        const VideoId b = f.add("/films/b.mp4");
        f.library->setCaptions(a, CaptionSource::Caption,
            {{0, "A brown bear walks on the ground.", 2.5, 7.}, {0, "the zoo on a sunny day", {}, {}}});
        f.library->setCaptions(b, CaptionSource::Subtitle, {{0, "Did you see that bear?", 61.25, 63.5}});
        const auto matches = f.library->matchWords("bear", 10);
        QCOMPARE(matches.size(), size_t(2));
        for (const auto& match : matches) {
            QVERIFY(match.score > 0 && match.score <= 1);
            QCOMPARE(match.field, match.video == a ? Field::Caption : Field::Subtitle);
            QCOMPARE(*match.startSec, match.video == a ? 2.5 : 61.25);
            QCOMPARE(*match.endSec, match.video == a ? 7. : 63.5);
        }
        const auto untimed = f.library->matchWords("sunny zoo", 10).at(0);
        QCOMPARE(untimed.video, a);
        QVERIFY(!untimed.startSec);
        // All the words before some of them.
        const auto ranked = f.library->matchWords("a brown bear on the ground", 10);
        QCOMPARE(ranked.at(0).text, std::string("A brown bear walks on the ground."));
        QCOMPARE(ranked.at(0).score, 1.);
        QVERIFY(ranked.size() == 2 && ranked[1].video == b && ranked[1].score < .7);
        QCOMPARE(f.library->matchWords("bear", 1).size(), size_t(1));
        QVERIFY(f.library->matchWords("bear", 0).empty());
        QVERIFY(f.library->matchWords("bear", -3).empty());
        f.library->setCaptions(a, CaptionSource::Caption, {});
        QVERIFY(f.find("ground").empty());
    }
    void casesDiacriticsAndScripts()
    {
        Fixture f;
        const VideoId a = f.add("/films/a.mp4");
        f.library->setCaptions(a, CaptionSource::Caption,
            {{0, "Un caf\u00E9 \u00E0 Z\u00FCrich, na\u00EFve \u00C5ngstr\u00F6m", {}, {}},
                {0, "\u6771\u4EAC\u30BF\u30EF\u30FC\u306E\u591C\u666F", {}, {}},
                {0, "\u041C\u0435\u0434\u0432\u0435\u0434\u044C \u0432 \u043B\u0435\u0441\u0443", {}, {}},
                {0, "\u0398\u03AC\u03BB\u03B1\u03C3\u03C3\u03B1", {}, {}},
                {0, "\u05D3\u05D5\u05D1 \u05D7\u05D5\u05DD", {}, {}}});
        for (const char* words :
            {"cafe", "CAF\u00C9", "cafe\u0301", "zurich", "Z\u00FCRICH", "naive", "angstrom", "zur"})
            QVERIFY2(f.finds(words, a), words);
        for (const char* words :
            {"\u6771\u4EAC", "\u30BF\u30EF\u30FC", "\u591C\u666F", "\u041C\u0415\u0414\u0412\u0415\u0414\u042C",
                "\u043B\u0435\u0441", "\u03B8\u03B1\u03BB\u03B1\u03C3\u03C3\u03B1", "\u05D7\u05D5\u05DD"})
            QVERIFY2(f.finds(words, a), words);
        QVERIFY(f.find("\u4EAC\u6771").empty()); // letters in the wrong order
    }
    void noQueryIsSyntax()
    {
        Fixture f;
        const VideoId bear = f.add("/films/bear and cub.mp4");
        f.library->setCaptions(
            bear, CaptionSource::Caption, {{0, "don't say \"never\" NEAR a bear (or its cub)", {}, {}}});
        for (const char* words :
            {"bear AND", "AND bear", "bear OR", "NOT bear", "bear NOT cub", "\"bear", "bear\"", "\"\"bear\"\"", "bear*",
                "*bear", "bear NEAR/3 cub", "NEAR(bear cub)", "indexed:bear", "{indexed} : bear", "^bear", "bear + cub",
                "-bear", "(bear", "bear))", "bear;--", "' OR 1=1 bear", "b\\ear bear", "bear ? :cub @1 $"})
            QVERIFY2(f.finds(words, bear), words);
        for (const char* words :
            {"\"", "'", "*", "\"*\"", "()", "AND", "NEAR", "^", ":", "\"\"", "-", "\\", "\n", "a*b*c*"})
            f.find(words); // throws nothing
        QVERIFY(f.finds("don't", bear));
        QVERIFY(f.finds(std::string("bear\0cub", 8), bear));
        QVERIFY(f.finds("bear \xff\xfe\x80", bear));
        QElapsedTimer clock;
        clock.start();
        QVERIFY(f.find(std::string(1'000'000, 'x')).empty());
        std::string many;
        for (int i = 0; i < 100'000; ++i)
            many.append(" w").append(std::to_string(i));
        f.find(many);
        std::string quotes(100'000, '"');
        f.find(quotes);
        f.find(std::string(300'000, '('));
        QVERIFY2(clock.elapsed() < 5000, std::to_string(clock.elapsed()).c_str());
    }
    void longHostileTextsAreQuick_data()
    {
        QTest::addColumn<QByteArray>("piece");
        QTest::newRow("a letter") << QByteArray("a");
        QTest::newRow("capitals and small ones") << QByteArray("aB");
        QTest::newRow("marks out of order") << QByteArray("\xCC\x81\xCC\xA3");
        QTest::newRow("letters that become marks") << QByteArray("\xe0\xbd\xb3");
        QTest::newRow("one character that becomes eighteen") << QByteArray("\xef\xb7\xba");
        QTest::newRow("words") << QByteArray("word ");
        QTest::newRow("ideographs") << QByteArray("\xE4\xB8\x80");
        QTest::newRow("not utf-8") << QByteArray("\xff");
        QTest::newRow("NUL") << QByteArray("\0", 1);
    }
    void longHostileTextsAreQuick()
    {
        QFETCH(QByteArray, piece);
        const std::string text = piece.repeated(1'000'000 / piece.size()).toStdString();
        QElapsedTimer clock;
        clock.start();
        QVERIFY(wordExpressions(text).size() <= 32);
        indexedText(text);
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__) // which make it several times slower
        QVERIFY2(clock.elapsed() < 20'000, qPrintable(QString::number(clock.elapsed())));
#endif
    }
    void rareWordsWeighMore()
    {
        Fixture f;
        std::set<VideoId> common;
        for (int i = 0; i < 50; ++i)
            common.insert(f.add("/films/clip " + std::to_string(i) + ".mp4"));
        const VideoId otter = f.add("/films/otter.mp4");
        const auto matches = f.library->matchWords("otter clip", 100);
        QCOMPARE(matches.at(0).video, otter);
        QVERIFY(matches.at(0).score > .5 && matches.at(0).score < 1);
        // The extension and the root's name are in every row: alone they find everything, best first, with scores in
        // (0,1].
        const auto all = f.library->matchWords("mp4", 1000);
        QCOMPARE(all.size(), size_t(51));
        QVERIFY(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.score > b.score; }));
        QVERIFY(all.back().score > 0 && all.front().score == 1);
    }
};

QTEST_GUILESS_MAIN(TestSearchWords)
#include "tst_search_words.moc"
