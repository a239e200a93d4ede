// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "searched_library.h"

#include <map>

using namespace clipscope;
using namespace clipscope::test;

class TestSearchEngine : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void knownRanksScoresAndMoments()
    {
        MadeLibrary made;
        const Frames event = curve({0, 0, 0, 0, .9, .9, .9, 0, 0, 0, 0, 0});
        made.add("a event.mp4", event);
        made.add("b weak.mp4", curve({.3, .3, .3}));
        made.add("c none.mp4", curve({0, 0}));
        Searched s(made);
        const SearchResult r = s.engine.search(words("red"), {});
        QCOMPARE(r.encoder, std::string("Axis model"));
        QCOMPARE(r.index, std::string("exact scan"));
        QCOMPARE(r.searched, int64_t(3));
        QCOMPARE(r.total, int64_t(3));
        QCOMPARE(r.frames, int64_t(17));
        QVERIFY(r.note.empty());
        QVERIFY(isSound(r.hits));
        QCOMPARE(namesOf(r.hits), Names({"a event.mp4", "b weak.mp4", "c none.mp4"}));
        // Frames lie at .5, 1.5, ...: the three of the event reach from 4 to 7 s.
        const Hit& hit = r.hits[0];
        QCOMPARE(hit.startSec, 4.);
        QCOMPARE(hit.endSec, 7.);
        QVERIFY(hit.peakSec >= 4.5 && hit.peakSec <= 6.5);
        QVERIFY(near(hit.score, (meanScore(event, kRed) + .9) / 2));
        QCOMPARE(hit.why, Reasons({Reason::Picture}));
        QVERIFY(near(r.hits[1].score, .3));
        QCOMPARE(r.hits[1].startSec, 0.);
        QCOMPARE(r.hits[1].endSec, 3.);
    }
    void scoresAreSmoothedOverTime()
    {
        MadeLibrary made;
        made.add("dense.mp4", curve({0, 0, 0, .9, 0, 0, 0, 0}), .5); // one frame of nine tenths among zeros
        Searched s(made);
        const SearchEngine::HeatStrip strip = s.engine.heatStrip(words("red"), s.hits(words("red"))[0].video, {});
        QCOMPARE(strip.timesSec.size(), size_t(8));
        QCOMPARE(strip.timesSec[3], 1.75);
        for (const size_t i : {2, 3, 4})
            QVERIFY(near(strip.scores[i], .3)); // the mean of three frames within .75 s
        QVERIFY(near(strip.scores[1], 0));
    }
    void momentsOfOneVideo()
    {
        MadeLibrary made;
        made.add("a two.mp4", curve({0, .8, 0, 0, 0, .7, 0, 0}));
        made.add("b ripple.mp4", curve({.5, .48, .5, .47, .5, .48}));
        made.add("c many.mp4", curve({.4, 0, .4, 0, .4, 0, .4, 0, .4, 0, .4, 0}));
        Searched s(made);
        const std::vector<Hit> hits = s.hits(words("red"));
        QVERIFY(isSound(hits));
        std::map<std::string, int> count;
        for (const Hit& hit : hits)
            ++count[hit.path.filename().string()];
        QCOMPARE(count["a two.mp4"], 2);
        QCOMPARE(count["b ripple.mp4"], 1); // one moment with a ripple: the whole video
        QCOMPARE(count["c many.mp4"], 3); // no video floods the list
        // The second moment of a video stands in the list where its own score puts it.
        QCOMPARE(namesOf(hits)[1], std::string("b ripple.mp4"));
        QCOMPARE(hits[1].startSec, 0.);
        QCOMPARE(hits[1].endSec, 6.);
        QCOMPARE(hits[2].path, hits[0].path);
        QCOMPARE(hits[0].startSec, 1.);
        QCOMPARE(hits[2].startSec, 5.);
        QVERIFY(near(hits[0].score - hits[2].score, .05)); // half of .8 - .7
    }
    void negativesWeightsAndSeveralTerms()
    {
        MadeLibrary made;
        made.add("both.mp4", {cosines({{kRed, .7}, {kBlue, .6}})});
        made.add("red.mp4", {cosines({{kRed, .6}})});
        made.add("green.mp4", {cosines({{kGreen, .9}})});
        Searched s(made);
        QCOMPARE(namesOf(s.hits(words("red"))), Names({"both.mp4", "red.mp4", "green.mp4"}));
        Query query = words("red");
        query.negatives.push_back(QueryTerm::text("blue"));
        std::vector<Hit> hits = s.hits(query);
        QCOMPARE(namesOf(hits), Names({"red.mp4", "both.mp4", "green.mp4"}));
        QVERIFY(near(hits[1].score, .7 - .6));
        query.negatives[0].weight = .1;
        hits = s.hits(query);
        QVERIFY(near(hits[0].score, .7 - .06));
        query = words("red");
        query.positives.push_back(QueryTerm::text("green", 2));
        hits = s.hits(query);
        QCOMPARE(hits[0].path.filename().string(), std::string("green.mp4"));
        QVERIFY(near(hits[0].score, 1.8));
        // Negatives alone rank too.
        query = {};
        query.by = MatchBy::Picture;
        query.negatives.push_back(QueryTerm::text("red"));
        QCOMPARE(s.hits(query).back().path.filename().string(), std::string("both.mp4"));
        query.negatives[0].weight = NAN;
        QVERIFY(!errorOf<Error>([&] { s.hits(query); }).empty());
    }
    void aThenB()
    {
        MadeLibrary made;
        Frames forth(10, cosines({}));
        forth[2] = cosines({{kRed, .9}});
        forth[7] = cosines({{kBlue, .9}});
        const Frames back(forth.rbegin(), forth.rend());
        made.add("a back.mp4", back);
        made.add("b forth.mp4", forth);
        made.add("c short.mp4", curve({.9}));
        Searched s(made);
        Query query = words("red");
        query.thenWords = "blue";
        query.thenWithinSec = 5;
        std::vector<Hit> hits = s.hits(query);
        QVERIFY(isSound(hits));
        QCOMPARE(namesOf(hits), Names({"b forth.mp4", "a back.mp4"})); // one frame has nothing after it
        QCOMPARE(hits[0].startSec, 2.);
        QCOMPARE(hits[0].endSec, 8.);
        QCOMPARE(hits[0].peakSec, 2.5);
        QVERIFY(near(hits[0].score, (meanScore(forth, kRed) + .9) / 2));
        query.thenWithinSec = 4.5; // out of reach: both have a half of it only
        hits = s.hits(query);
        QVERIFY(near(hits[0].score, hits[1].score));
        query.thenWithinSec = 0;
        QVERIFY(s.hits(query).empty());
        const SearchEngine::HeatStrip strip =
            s.engine.heatStrip(query, made.library->videoByPath("/films/b forth.mp4")->id, {});
        QVERIFY(near(strip.scores[2], .9) && near(strip.scores[7], .9) && near(strip.scores[5], 0));
    }
    void tiesGoByPathAndTime()
    {
        MadeLibrary made;
        for (const char* name : {"c.mp4", "a.mp4", "b.mp4"})
            made.add(name, curve({.8, 0, 0, .8}));
        Searched s(made);
        const std::vector<Hit> hits = s.hits(words("red"));
        QCOMPARE(namesOf(hits), Names({"a.mp4", "a.mp4", "b.mp4", "b.mp4", "c.mp4", "c.mp4"}));
        QVERIFY(hits[0].startSec < hits[1].startSec);
    }
    void cutOffAndTop()
    {
        MadeLibrary made;
        for (int i = 0; i < 9; ++i)
            made.add(std::to_string(i) + ".mp4", curve({.1 * i}));
        Searched s(made);
        Query query = words("red");
        query.top = 4;
        QCOMPARE(namesOf(s.hits(query)), Names({"8.mp4", "7.mp4", "6.mp4", "5.mp4"}));
        query.cutOff = .65;
        QCOMPARE(namesOf(s.hits(query)), Names({"8.mp4", "7.mp4"}));
        query.top = 0;
        QVERIFY(s.hits(query).empty());
        query.top = -3;
        QVERIFY(s.hits(query).empty());
    }
    void aggregations()
    {
        MadeLibrary made;
        made.add("event.mp4", curve({0, 0, 0, 0, 0, 0, 0, .7}));
        made.add("steady.mp4", curve(std::vector<double>(8, .55)));
        Searched s(made);
        Query query = words("red");
        QCOMPARE(s.hits(query)[0].path.filename().string(), std::string("steady.mp4"));
        query.aggregation = Query().aggregation; // the best moments of the best videos are asked for
        QCOMPARE(query.aggregation, std::string("query"));
        QCOMPARE(s.hits(query)[0].path.filename().string(), std::string("event.mp4"));
        query.aggregation = "median";
        QVERIFY(errorOf<Error>([&] { s.hits(query); }).find("mean") != std::string::npos);
    }
    void picturesAndClipsUseFeaturesWhereThereAreSome()
    {
        for (const bool withFeatures : {false, true}) {
            MadeLibrary made(withFeatures);
            const VideoId red = made.add("red.mp4", curve({.9, .9}));
            made.add("both.mp4", {cosines({{kRed, .8}}), cosines({{kBlue, .8}})});
            made.add("blue.mp4", curve({.9, .9}, kBlue));
            made.add("mix.mp4", {cosines({{kRed, .65}, {kBlue, .65}})});
            Searched s(made, withFeatures);
            Query query;
            query.by = MatchBy::Picture;
            query.positives.push_back(QueryTerm::image(AxisEncoder::pictureOf(kBlue)));
            QCOMPARE(namesOf(s.hits(query)).front(), std::string("blue.mp4"));
            QVERIFY(near(s.hits(query)[0].score, .9));
            QCOMPARE(s.encoder->pictureCalls.load(), 1); // the second time it is known
            // More like this: the example does not find itself, but its like.
            query.positives = {QueryTerm::clip(red, 0, 2)};
            std::vector<Hit> hits = s.hits(query);
            QCOMPARE(namesOf(hits), Names({"both.mp4", "mix.mp4", "blue.mp4"}));
            QCOMPARE(hits[0].startSec, 0.);
            QCOMPARE(hits[0].endSec, 1.);
            // A moment between two frames is the nearest one.
            query.positives = {QueryTerm::clip(hits[0].video, 1.6, 1.7)};
            QCOMPARE(namesOf(s.hits(query)).front(), std::string("blue.mp4"));
            // Words and pictures at once.
            query = words("red");
            query.positives.push_back(QueryTerm::image(AxisEncoder::pictureOf(kBlue)));
            query.positives.push_back(QueryTerm::image(AxisEncoder::pictureOf(kRed), .01));
            QCOMPARE(namesOf(s.hits(query)).front(), std::string("mix.mp4"));
            QVERIFY(near(s.hits(query)[0].score, .65 * 2.01));
        }
        MadeLibrary made;
        const VideoId bare = made.addVideo("bare.mp4", 3);
        made.add("a.mp4", curve({.5}));
        Searched s(made);
        Query query;
        query.positives = {QueryTerm::clip(bare, 0, 1)};
        QVERIFY(errorOf<Error>([&] { s.hits(query); }).find("not embedded") != std::string::npos);
        query.positives = {QueryTerm::image({})};
        QVERIFY(errorOf<Error>([&] { s.hits(query); }).find("picture") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestSearchEngine)
#include "tst_search_engine.moc"
