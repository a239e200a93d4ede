// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "searched_library.h"

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

using namespace clipscope;
using namespace clipscope::test;

class TestSearchRefresh : public QObject {
    Q_OBJECT
private Q_SLOTS:
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

QTEST_GUILESS_MAIN(TestSearchRefresh)
#include "tst_search_refresh.moc"
