// SPDX-License-Identifier: GPL-3.0-or-later
#include "searched_library.h"

using namespace clipscope;
using namespace clipscope::test;

class TestSearchNames : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void oddTexts()
    {
        MadeLibrary made;
        made.add("caf\xc3\xa9 red.mp4", curve({.9}));
        made.add("x.mp4", curve({.1}));
        Searched s(made);
        for (const char* nothing : {"", " ", "\t\n "}) {
            QVERIFY(s.hits(words(nothing, MatchBy::Both)).empty());
            QVERIFY(s.engine.heatStrip(words(nothing), 1, {}).scores.empty());
        }
        QVERIFY(s.engine.search(Query(), {}).hits.empty());
        // One word typed in two ways gives one answer.
        const std::vector<Hit> composedHits = s.hits(words("caf\xc3\xa9 red", MatchBy::Both));
        const std::vector<Hit> decomposedHits = s.hits(words("cafe\xcc\x81 red", MatchBy::Both));
        QCOMPARE(composedHits.size(), size_t(2));
        QCOMPARE(decomposedHits[0].score, composedHits[0].score);
        for (const std::string& odd :
            {std::string(1000000, 'x'), std::string("a\0b", 3), std::string("\xff\xc3 red"), std::string("\x01\x02"),
                std::string("\"red* OR (NEAR"), std::string("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80")})
            for (const MatchBy by : {MatchBy::Both, MatchBy::Picture, MatchBy::Names})
                QVERIFY(isSound(s.hits(words(odd, by))));
    }
    void namesNeedNoEmbeddings()
    {
        MadeLibrary made;
        const VideoId talk = made.addVideo("talks/lecture.mp4", 100);
        made.addVideo("holiday/brown bear.mp4", 30);
        const VideoId bears = made.addVideo("zoo.mp4", 50);
        made.caption(bears, "a brown bear eats", 10, 14);
        made.caption(bears, "a brown bear at the zoo");
        made.caption(talk, "the brown bear market", 60, 63, CaptionSource::Subtitle);
        SearchEngine engine(made.library, nullptr, {});
        engine.refresh({});
        for (const MatchBy by : {MatchBy::Names, MatchBy::Both}) {
            const SearchResult r = engine.search(words("brown bear", by), {});
            QVERIFY(isSound(r.hits));
            QVERIFY(r.encoder.empty());
            QCOMPARE(r.searched, int64_t(3));
            QCOMPARE(r.note.empty(), by == MatchBy::Names);
            QCOMPARE(r.hits.size(), size_t(3));
            const auto of = [&](const std::string& name) {
                return *std::find_if(
                    r.hits.begin(), r.hits.end(), [&](const Hit& h) { return h.path.filename() == name; });
            };
            QCOMPARE(of("brown bear.mp4").why, Reasons({Reason::Name}));
            QCOMPARE(of("brown bear.mp4").startSec, 0.);
            QCOMPARE(of("brown bear.mp4").endSec, 30.);
            QCOMPARE(of("zoo.mp4").why, Reasons({Reason::Caption}));
            QCOMPARE(of("zoo.mp4").startSec, 10.); // the untimed one counts for it, and makes no second hit
            QCOMPARE(of("zoo.mp4").endSec, 14.);
            QCOMPARE(of("lecture.mp4").why, Reasons({Reason::Subtitle}));
            QCOMPARE(of("lecture.mp4").startSec, 60.);
            QCOMPARE(of("lecture.mp4").matchedText, std::string("the brown bear market"));
            for (const Hit& hit : r.hits)
                QVERIFY(hit.score > 0 && hit.score <= 1);
        }
        Query query = words("brown bear", MatchBy::Names);
        query.negatives.push_back(QueryTerm::text("market"));
        QCOMPARE(engine.search(query, {}).hits.size(), size_t(2));
        // By picture there is nothing, and it says why.
        const SearchResult none = engine.search(words("brown bear"), {});
        QVERIFY(none.hits.empty() && none.searched == 0);
        QVERIFY(none.note.find("No video is embedded yet") != std::string::npos);
        QVERIFY(engine.heatStrip(words("brown bear"), talk, {}).scores.empty());
    }
    void talkativeVideosDoNotFloodTheList()
    {
        MadeLibrary made;
        const VideoId talk = made.addVideo("a talk.mp4", 1000);
        std::vector<Caption> lines;
        for (int i = 0; i < 300; ++i)
            lines.push_back({talk, "the bear", i * 3., i * 3. + 2, CaptionSource::Subtitle});
        made.library->setCaptions(talk, CaptionSource::Subtitle, lines);
        made.addVideo("z bear cub in the snow.mp4", 10);
        SearchEngine engine(made.library, nullptr, {});
        const std::vector<Hit> hits = engine.search(words("bear", MatchBy::Names), {}).hits;
        QVERIFY(isSound(hits));
        QCOMPARE(hits.size(), size_t(4));
    }
    void wordsAThenB()
    {
        MadeLibrary made;
        const VideoId a = made.addVideo("a.mp4", 100);
        made.caption(a, "she opens the door", 10, 12);
        made.caption(a, "a dog barks", 20, 22);
        const VideoId b = made.addVideo("b.mp4", 100);
        made.caption(b, "a dog barks", 10, 12);
        made.caption(b, "she opens the door", 20, 22);
        SearchEngine engine(made.library, nullptr, {});
        Query query = words("opens door", MatchBy::Names);
        query.thenWords = "dog";
        query.thenWithinSec = 10;
        const std::vector<Hit> hits = engine.search(query, {}).hits;
        QCOMPARE(namesOf(hits), Names({"a.mp4"}));
        QCOMPARE(hits[0].startSec, 10.);
        QCOMPARE(hits[0].endSec, 22.);
        query.thenWithinSec = 5;
        QVERIFY(engine.search(query, {}).hits.empty());
    }
    void timesOfTextsStayInsideTheVideo()
    {
        MadeLibrary made;
        const VideoId id = made.addVideo("a.mp4", 10);
        made.caption(id, "green bear", 8, 30, CaptionSource::Subtitle);
        made.caption(id, "blue bear", 50, 60);
        const VideoId unknown = made.addVideo("b cub.mp4", 0);
        SearchEngine engine(made.library, nullptr, {});
        std::vector<Hit> hits = engine.search(words("green bear", MatchBy::Names), {}).hits;
        QCOMPARE(hits[0].startSec, 8.);
        QCOMPARE(hits[0].endSec, 10.);
        QVERIFY(isSound(hits));
        hits = engine.search(words("blue", MatchBy::Names), {}).hits; // past the end: no time in it can be trusted
        QCOMPARE(hits[0].endSec, 10.);
        hits = engine.search(words("cub", MatchBy::Names), {}).hits;
        QCOMPARE(hits.at(0).video, unknown);
        QVERIFY(isSound(hits));
    }
    void bothJoinsPicturesAndNames()
    {
        MadeLibrary made;
        const VideoId named = made.add("a red.mp4", curve({.2, 0, 0, .2}));
        made.add("b seen.mp4", curve({.6, .6}));
        const VideoId told = made.add("c told.mp4", curve({.5, 0, 0, 0, 0, 0, 0, 0, .1, 0}));
        made.caption(told, "something red", 8, 10);
        made.addVideo("d red bare.mp4", 7);
        Searched s(made);
        const SearchResult both = s.engine.search(words("red", MatchBy::Both), {});
        const std::vector<Hit>& hits = both.hits;
        QVERIFY(isSound(hits));
        const std::vector<Hit> pictures = s.hits(words("red"));
        const auto of = [](const std::vector<Hit>& list, const std::string& name, double start) {
            for (const Hit& h : list)
                if (h.path.filename() == name && h.startSec == start)
                    return h;
            return Hit();
        };
        // The name counts for the best moment of its video: half the name's score is added, the times stay.
        const std::vector<VideoLibrary::NameMatch> matches = made.library->matchWords("red", 9);
        double nameScore = 0;
        for (const auto& m : matches)
            if (m.video == named)
                nameScore = m.score;
        QVERIFY(near(of(hits, "a red.mp4", 0).score, of(pictures, "a red.mp4", 0).score + nameScore / 2));
        QCOMPARE(of(hits, "a red.mp4", 0).why, Reasons({Reason::Picture, Reason::Name}));
        QCOMPARE(of(hits, "a red.mp4", 3).why, Reasons({Reason::Picture}));
        QVERIFY(near(of(hits, "a red.mp4", 3).score, of(pictures, "a red.mp4", 3).score));
        // A text with times is a moment of its own where pictures found none.
        QCOMPARE(of(hits, "c told.mp4", 8).why, Reasons({Reason::Caption}));
        QCOMPARE(of(hits, "c told.mp4", 8).endSec, 10.);
        QCOMPARE(of(hits, "c told.mp4", 0).why, Reasons({Reason::Picture}));
        // What is not embedded is found by its name, and the note says so.
        QCOMPARE(of(hits, "d red bare.mp4", 0).endSec, 7.);
        QCOMPARE(of(hits, "d red bare.mp4", 0).why, Reasons({Reason::Name}));
        QCOMPARE(both.note, std::string("3 of 4 videos are embedded; the others are found by their names alone."));
        // All words in a name outweigh a usual difference of pictures.
        QCOMPARE(hits[0].path.filename().string(), std::string("a red.mp4"));
        // By picture, names are nothing.
        QCOMPARE(pictures[0].path.filename().string(), std::string("b seen.mp4"));
        for (const Hit& h : pictures)
            QCOMPARE(h.why, Reasons({Reason::Picture}));
        // By names, pictures are nothing.
        for (const Hit& h : s.hits(words("red", MatchBy::Names)))
            QVERIFY(std::find(h.why.begin(), h.why.end(), Reason::Picture) == h.why.end());
    }
    void aNamedVideoFarDownThePicturesIsFound()
    {
        MadeLibrary made;
        for (int i = 0; i < 30; ++i)
            made.add(std::to_string(i) + ".mp4", curve({.5}));
        made.add("red thing.mp4", curve({0, .05}));
        Searched s(made);
        Query query = words("red", MatchBy::Both);
        query.top = 5;
        const std::vector<Hit> hits = s.hits(query);
        QCOMPARE(hits.size(), size_t(5));
        const auto found =
            std::find_if(hits.begin(), hits.end(), [](const Hit& h) { return h.path.filename() == "red thing.mp4"; });
        QVERIFY(found != hits.end());
        QCOMPARE(found->why, Reasons({Reason::Name}));
        QCOMPARE(found->startSec, 1.); // the best of its pictures says where
    }
    void notesOfLanguageAndCoverage()
    {
        MadeLibrary made;
        made.add("a.mp4", curve({.5}));
        made.addVideo("b.mp4", 4);
        Searched s(made);
        QCOMPARE(s.engine.search(words("ours rouge"), {}).note,
            std::string("The axis model knows English only. 1 of 2 videos are embedded; the others are not searched."));
        QVERIFY(s.engine.search(words("ours rouge", MatchBy::Names), {}).note.empty());
    }
};

QTEST_GUILESS_MAIN(TestSearchNames)
#include "tst_search_names.moc"
