// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/mean_pooling.h"
#include "base/error.h"
#include "made_library.h"
#include "retrieval/search_engine.h"

#include <chrono>
#include <cmath>
#include <thread>

using namespace clipscope;
using namespace clipscope::test;

namespace {

constexpr int kRed = 0, kGreen = 1, kBlue = 2;

using Frames = std::vector<std::vector<float>>;

/// One frame a value: its cosine to an axis.
Frames curve(const std::vector<double>& values, int axis = kRed)
{
    Frames out;
    for (const double v : values)
        out.push_back(cosines({{axis, v}}));
    return out;
}

Query words(const std::string& text, MatchBy by = MatchBy::Picture)
{
    Query query;
    query.positives.push_back(QueryTerm::text(text));
    query.by = by;
    return query;
}

/// An engine over a made library, loaded.
struct Searched {
    explicit Searched(MadeLibrary& made, bool withFeatures = false)
        : encoder(std::make_shared<AxisEncoder>(withFeatures))
        , engine(made.library, encoder, made.key)
    {
        engine.refresh({});
    }
    std::vector<Hit> hits(const Query& query) { return engine.search(query, {}).hits; }

    std::shared_ptr<AxisEncoder> encoder;
    SearchEngine engine;
};

std::vector<std::string> namesOf(const std::vector<Hit>& hits)
{
    std::vector<std::string> out;
    for (const Hit& hit : hits)
        out.push_back(hit.path.filename().string());
    return out;
}

using Names = std::vector<std::string>;
using Reasons = std::vector<Reason>;

double meanScore(const Frames& frames, int axis)
{
    Matrix m;
    for (const auto& f : frames)
        m.append(f);
    return double(MeanPooling().aggregate(m)[size_t(axis)]);
}

bool near(double a, double b)
{
    return std::fabs(a - b) < 1e-5;
}

/// What every list obeys.
bool isSound(const std::vector<Hit>& hits)
{
    for (size_t i = 0; i < hits.size(); ++i) {
        const Hit& h = hits[i];
        if (!(h.startSec >= 0 && h.startSec < h.endSec && h.peakSec >= h.startSec && h.peakSec <= h.endSec)
            || h.why.empty() || (i > 0 && hits[i - 1].score < h.score))
            return false;
        int ofVideo = 0;
        for (const Hit& other : hits) {
            ofVideo += other.video == h.video;
            if (&other != &h && other.video == h.video && other.startSec < h.endSec && h.startSec < other.endSec)
                return false;
        }
        if (ofVideo > 3)
            return false;
    }
    return true;
}

} // namespace

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
        QCOMPARE(count["b ripple.mp4"], 1); // one moment with a ripple
        QCOMPARE(count["c many.mp4"], 3); // no video floods the list
        // The second moment of a video stands in the list where its own score puts it.
        QCOMPARE(namesOf(hits)[1], std::string("b ripple.mp4"));
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
        query.aggregation = "query";
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
    void refreshTakesNewVideosAndForgetsRemovedOnes()
    {
        MadeLibrary made;
        const VideoId a = made.add("a.mp4", curve({.5}));
        const VideoId b = made.addVideo("b.mp4", 2);
        Searched s(made);
        QCOMPARE(s.engine.searchedVideos(), int64_t(1));
        made.embed(b, curve({.9, .9}));
        made.add("c.mp4", curve({.7}));
        QCOMPARE(s.hits(words("red")).size(), size_t(1)); // not before refresh
        s.engine.refresh({});
        QCOMPARE(s.engine.searchedVideos(), int64_t(3));
        QCOMPARE(namesOf(s.hits(words("red"))), Names({"b.mp4", "c.mp4", "a.mp4"}));
        made.library->remove({b});
        s.engine.refresh({});
        QCOMPARE(namesOf(s.hits(words("red"))), Names({"c.mp4", "a.mp4"}));
        // A file that changed has another hash, and its old vectors say nothing about it.
        VideoRecord record = *made.library->video(a);
        record.hash = std::string(64, '7');
        made.library->store(record);
        s.engine.refresh({});
        QCOMPARE(namesOf(s.hits(words("red"))), Names({"c.mp4"}));
        made.embed(a, curve({.95}));
        s.engine.refresh({});
        QCOMPARE(namesOf(s.hits(words("red"))), Names({"a.mp4", "c.mp4"}));
        // Nothing left.
        made.library->remove({a, s.hits(words("red"))[1].video});
        s.engine.refresh({});
        QVERIFY(s.hits(words("red")).empty());
        QVERIFY(s.engine.search(words("red"), {}).note.find("No video is embedded yet") != std::string::npos);
    }
    void manyRefreshesGiveWhatOneGives()
    {
        MadeLibrary made;
        SearchEngine grown(made.library, std::make_shared<AxisEncoder>(), made.key);
        std::vector<VideoId> ids;
        for (int i = 0; i < 36; ++i) {
            // Long ones, so that blocks fill up, and short ones between them.
            std::vector<double> values(i % 3 == 0 ? 2500 : 4, .01 * i);
            ids.push_back(made.add(std::to_string(i), curve(values)));
            if (i % 7 == 6)
                made.library->remove({ids[size_t(i) - 3]});
            grown.refresh({});
        }
        made.library->remove({ids[0], ids[3], ids[6], ids[9], ids[12], ids[15]});
        grown.refresh({});
        Searched fresh(made);
        Query query = words("red");
        query.top = 100;
        const std::vector<Hit> a = grown.search(query, {}).hits;
        const std::vector<Hit> b = fresh.hits(query);
        QCOMPARE(grown.search(query, {}).frames, fresh.engine.search(query, {}).frames);
        QCOMPARE(a.size(), b.size());
        for (size_t i = 0; i < a.size(); ++i)
            QVERIFY(a[i].video == b[i].video && a[i].score == b[i].score && a[i].startSec == b[i].startSec);
    }
    void damagedShardsAreLeftOut()
    {
        MadeLibrary made;
        const VideoId a = made.add("a.mp4", curve({.9}));
        made.add("b.mp4", curve({.5}));
        const auto shard = EmbeddingStore(made.library->folder(), made.key).path(*made.library->video(a));
        std::filesystem::resize_file(shard, 40);
        Searched s(made);
        QCOMPARE(namesOf(s.hits(words("red"))), Names({"b.mp4"}));
    }
    void anotherModelIsRefused()
    {
        MadeLibrary made;
        const std::string message =
            errorOf<Error>([&] { SearchEngine(made.library, std::make_shared<AxisEncoder>(true), made.key); });
        QVERIFY2(message.starts_with("axis") && message.find("Embed") != std::string::npos, message.c_str());
    }
    void searchesGoOnWhileTheLibraryGrows()
    {
        MadeLibrary made;
        made.add("a.mp4", curve({.9}));
        Searched s(made);
        std::atomic<bool> done = false;
        std::atomic<int> searches = 0;
        std::array<std::string, 3> problems;
        std::vector<std::thread> threads;
        for (std::string& problem : problems)
            threads.emplace_back([&] {
                int64_t before = 0;
                while (!done) {
                    const SearchResult r = s.engine.search(words("red", MatchBy::Both), {});
                    s.engine.heatStrip(words("red"), 1, {});
                    if (!isSound(r.hits) || r.searched < before || r.searched > 41
                        || r.hits[0].path.filename() != "a.mp4")
                        problem = "a mix was searched";
                    before = r.searched;
                    ++searches;
                }
            });
        for (int i = 0; i < 40; ++i) {
            made.add(std::to_string(i), curve({.5, .4}));
            s.engine.refresh({});
        }
        done = true;
        for (std::thread& thread : threads)
            thread.join();
        for (const std::string& problem : problems)
            QCOMPARE(problem, std::string());
        QVERIFY(searches > 0);
        QCOMPARE(s.engine.searchedVideos(), int64_t(41));
    }
    void aStoppedSearchEndsAtOnce()
    {
        MadeLibrary made;
        made.add("a.mp4", curve({.9}));
        Searched s(made);
        std::stop_source source;
        JobContext context;
        context.stop = source.get_token();
        s.encoder->waitForStop = true;
        std::thread stopper([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(30));
            source.request_stop();
        });
        const auto start = std::chrono::steady_clock::now();
        QVERIFY_EXCEPTION_THROWN(s.engine.search(words("red"), context), Cancelled);
        QVERIFY(std::chrono::steady_clock::now() - start < std::chrono::milliseconds(500));
        stopper.join();
        s.encoder->waitForStop = false;
        for (const MatchBy by : {MatchBy::Both, MatchBy::Picture, MatchBy::Names})
            QVERIFY_EXCEPTION_THROWN(s.engine.search(words("red", by), context), Cancelled);
        QVERIFY_EXCEPTION_THROWN(s.engine.refresh(context), Cancelled);
        QCOMPARE(s.engine.searchedVideos(), int64_t(1)); // what was loaded stays
    }
    void wordsAreEncodedOnce()
    {
        MadeLibrary made;
        const VideoId a = made.add("a.mp4", curve({.9}));
        Searched s(made);
        s.hits(words("red dog"));
        s.hits(words("  red dog "));
        s.engine.heatStrip(words("red dog"), a, {});
        QCOMPARE(s.encoder->textCalls.load(), 1);
    }
    void thousandsOfHitsAreFast()
    {
        MadeLibrary made;
        const VideoId first = made.add("red.mp4", curve({.1, .2, .1, .3, .1, .1, .1, .1}));
        // Copies share the embeddings of their content.
        VideoRecord record = *made.library->video(first);
        for (int i = 0; i < 500; ++i) {
            record.path = "/films/" + std::to_string(i) + " red.mp4";
            made.library->store(record);
        }
        Searched s(made);
        Query query = words("red", MatchBy::Both);
        query.top = 5000;
        const SearchResult r = s.engine.search(query, {});
        qInfo("%d hits of %d frames in %.0f ms", int(r.hits.size()), int(r.frames), r.seconds * 1000);
        QVERIFY(r.hits.size() > 500);
        QVERIFY2(r.seconds < 2, std::to_string(r.seconds).c_str());
    }
};

QTEST_GUILESS_MAIN(TestSearchEngine)
#include "tst_search_engine.moc"
