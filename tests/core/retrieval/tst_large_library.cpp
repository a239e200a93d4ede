// SPDX-License-Identifier: GPL-3.0-or-later
// A library beyond the size that is scanned in float32: the codes choose, and blocks are kept as files.
#include "aggregation/aggregator.h"
#include "base/files.h"
#include "base/random.h"
#include "retrieval/moments.h"
#include "searched_library.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <thread>

using namespace clipscope;
using namespace clipscope::test;

namespace fs = std::filesystem;

namespace {

constexpr int kVideos = 65;
constexpr int kFrames = 400;

/// Frames that wander, as those of a film do, towards no axis in particular.
Frames wandering(Random& random)
{
    std::vector<float> at(AxisEncoder::kDim);
    for (float& v : at)
        v = float(random.normal());
    Frames out;
    for (int i = 0; i < kFrames; ++i) {
        for (float& v : at)
            v += float(.3 * random.normal());
        std::vector<float> frame = at;
        normalise(frame);
        out.push_back(std::move(frame));
    }
    return out;
}

struct Large {
    Large()
    {
        Random random(3);
        for (int i = 0; i < kVideos; ++i) {
            frames.push_back(wandering(random));
            ids.push_back(made.add(std::to_string(i) + ".mp4", frames.back()));
        }
    }
    std::map<std::string, fs::file_time_type> blocks() const
    {
        std::map<std::string, fs::file_time_type> out;
        if (const fs::path cache = made.library->folder() / "search-cache"; fs::is_directory(cache))
            for (const auto& entry : fs::recursive_directory_iterator(cache))
                if (entry.is_regular_file())
                    out[entry.path().string()] = entry.last_write_time();
        return out;
    }

    MadeLibrary made;
    std::vector<Frames> frames;
    std::vector<VideoId> ids;
};

Query query(const std::string& text)
{
    Query q = words(text);
    q.aggregation = "query";
    q.top = 12;
    return q;
}

/// The picture score of each video's best moment, by the definition.
std::vector<std::pair<double, VideoId>> truth(
    const Large& large, const std::string& aggregation, const std::vector<std::pair<int, double>>& terms)
{
    std::vector<std::pair<double, VideoId>> out;
    const auto aggregator = makeAggregator(aggregation);
    for (size_t v = 0; v < large.ids.size(); ++v) {
        Matrix frames;
        std::vector<double> times;
        for (const auto& frame : large.frames[v]) {
            times.push_back(double(times.size()) + .5);
            frames.append(frame);
        }
        std::vector<float> scores(frames.rows);
        double whole = 0;
        for (const auto& [axis, weight] : terms) {
            std::vector<float> text(AxisEncoder::kDim);
            text[size_t(axis)] = 1;
            whole += weight * double(aggregator->score(frames, text));
            for (size_t i = 0; i < scores.size(); ++i)
                scores[i] += float(weight) * frames.at(i, size_t(axis));
        }
        const std::vector<float> smoothed = smoothScores(times, scores);
        out.push_back({(whole + double(*std::max_element(smoothed.begin(), smoothed.end()))) / 2, large.ids[v]});
    }
    std::sort(out.rbegin(), out.rend());
    return out;
}

/// Each video's best hit is its place in the truth, with its score.
bool isTruth(const std::vector<Hit>& hits, const std::vector<std::pair<double, VideoId>>& expected)
{
    std::vector<std::pair<double, VideoId>> found;
    for (const Hit& hit : hits)
        if (std::none_of(found.begin(), found.end(), [&](const auto& f) { return f.second == hit.video; }))
            found.push_back({hit.score, hit.video});
    for (size_t i = 0; i < found.size(); ++i)
        if (found[i].second != expected[i].second || !near(found[i].first, expected[i].first))
            return false;
    return found.size() >= 4;
}

bool areSame(const std::vector<Hit>& a, const std::vector<Hit>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Hit& x, const Hit& y) {
        return x.video == y.video && x.score == y.score && x.startSec == y.startSec && x.endSec == y.endSec;
    });
}

void overwrite(const fs::path& file, std::streamoff at, const std::string& bytes)
{
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(at);
    out << bytes;
}

} // namespace

class TestLargeLibrary : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void codesFindWhatFloatsFind()
    {
        Large large;
        Searched s(large.made);
        const SearchResult result = s.engine.search(query("red"), {});
        QCOMPARE(result.frames, int64_t(kVideos) * kFrames);
        QCOMPARE(result.index, std::string("8-bit scan"));
        QCOMPARE(result.recall, std::optional<double>(1));
        QVERIFY(isSound(result.hits));
        QVERIFY(isTruth(result.hits, truth(large, "query", {{kRed, 1}})));
        QVERIFY(isTruth(s.hits(query("green")), truth(large, "query", {{kGreen, 1}})));
        Query more = query("red");
        more.positives.push_back(QueryTerm::text("blue", .5));
        more.negatives.push_back(QueryTerm::text("green"));
        QVERIFY(isTruth(s.hits(more), truth(large, "query", {{kRed, 1}, {kBlue, .5}, {kGreen, -1}})));
        more.aggregation = "mean";
        QVERIFY(isTruth(s.hits(more), truth(large, "mean", {{kRed, 1}, {kBlue, .5}, {kGreen, -1}})));
        // What the strip shows is what the hit says.
        const Hit best = s.hits(words("red"))[0];
        const auto strip = s.engine.heatStrip(words("red"), best.video, {});
        QCOMPARE(strip.scores.size(), size_t(kFrames));
    }
    void openingMapsWhatIsThereAndAddingRebuildsNothing()
    {
        Large large;
        const std::vector<Hit> hits = Searched(large.made).hits(query("red"));
        const auto blocks = large.blocks();
        QCOMPARE(blocks.size(), size_t(2));
        // The shards are not read again: one that is spoilt behind the program's back is not noticed.
        const fs::path shard =
            EmbeddingStore(large.made.library->folder(), large.made.key).path(*large.made.library->video(large.ids[0]));
        const auto when = fs::last_write_time(shard);
        overwrite(shard, 200, "xxxxxxxx");
        fs::last_write_time(shard, when);
        {
            Searched s(large.made);
            QCOMPARE(s.engine.searchedVideos(), int64_t(kVideos));
            QVERIFY(areSame(s.hits(query("red")), hits));
        }
        large.made.add("new.mp4", curve({.99, .98, .99}));
        Searched s(large.made);
        QCOMPARE(s.engine.searchedVideos(), int64_t(kVideos) + 1);
        QCOMPARE(namesOf(s.hits(query("red")))[0], std::string("new.mp4"));
        QVERIFY(large.blocks() == blocks);
    }
    void damagedBlocksAreMadeAnew_data()
    {
        QTest::addColumn<int>("what");
        for (const char* name : {"header", "length", "table", "rows", "foreign", "empty"})
            QTest::newRow(name) << m_next++;
    }
    void damagedBlocksAreMadeAnew()
    {
        QFETCH(int, what);
        Large large;
        const std::vector<Hit> hits = Searched(large.made).hits(query("red"));
        const auto blocks = large.blocks();
        // One of two is looked at whole each time: leave one.
        fs::remove(blocks.rbegin()->first);
        const fs::path file = blocks.begin()->first;
        const auto size = std::streamoff(fs::file_size(file));
        if (what == 0)
            overwrite(file, 24, "\x01");
        else if (what == 1)
            fs::resize_file(file, uintmax_t(size - 64));
        else if (what == 2)
            overwrite(file, 300, "zzzz");
        else if (what == 3)
            overwrite(file, size / 2, "zzzz");
        else if (what == 4)
            std::ofstream(file) << std::string(5000, 'x');
        else
            std::ofstream(file).flush();
        Searched s(large.made);
        QCOMPARE(s.engine.searchedVideos(), int64_t(kVideos));
        QVERIFY(areSame(s.hits(query("red")), hits));
        QVERIFY(!fs::exists(file));
        QCOMPARE(large.blocks().size(), size_t(2));
    }
    void aShardWrittenSinceCounts()
    {
        Large large;
        {
            Searched first(large.made);
        }
        large.made.embed(large.ids[7], Frames(kFrames, cosines({{kRed, .999}})));
        Searched s(large.made);
        QCOMPARE(s.engine.searchedVideos(), int64_t(kVideos));
        QCOMPARE(s.hits(query("red"))[0].video, large.ids[7]);
        // So does one that is gone.
        fs::remove(EmbeddingStore(large.made.library->folder(), large.made.key)
                       .path(*large.made.library->video(large.ids[7])));
        QCOMPARE(Searched(large.made).engine.searchedVideos(), int64_t(kVideos) - 1);
    }
    void removedVideosLeaveHolesThatAreClosedWhenMany()
    {
        Large large;
        {
            Searched first(large.made);
        }
        const auto before = large.blocks();
        large.made.library->remove({large.ids[0], large.ids[1]});
        {
            Searched s(large.made);
            QCOMPARE(s.engine.searchedVideos(), int64_t(kVideos) - 2);
        }
        QVERIFY(large.blocks() == before);
        large.made.library->remove({large.ids.begin() + 2, large.ids.begin() + 40});
        Searched s(large.made);
        QCOMPARE(s.engine.searchedVideos(), int64_t(kVideos) - 40);
        for (const auto& [file, when] : before)
            QVERIFY(!fs::exists(file));
        for (const Hit& hit : s.hits(query("red")))
            QVERIFY(std::find(large.ids.begin() + 40, large.ids.end(), hit.video) != large.ids.end());
    }
    void twoAtOnceAgree()
    {
        Large large;
        std::vector<Hit> a;
        std::vector<Hit> b;
        {
            std::jthread one([&] { a = Searched(large.made).hits(query("blue")); });
            std::jthread two([&] { b = Searched(large.made).hits(query("blue")); });
        }
        QVERIFY(!a.empty() && areSame(a, b));
        // What both wrote is thinned out by the next.
        QVERIFY(areSame(Searched(large.made).hits(query("blue")), a));
        QCOMPARE(large.blocks().size(), size_t(2));
    }
    void withoutAPlaceForFilesBlocksStayInMemory()
    {
        Large large;
        std::ofstream(large.made.library->folder() / "search-cache") << "in the way";
        Searched s(large.made);
        QVERIFY(isTruth(s.hits(query("red")), truth(large, "query", {{kRed, 1}})));
    }

    void anIndexOfFaissIsBuiltWhenAskedFor()
    {
        Large large;
        const auto encoder = std::make_shared<AxisEncoder>();
        for (const std::string factory : {"exact", "int8", "faiss:Flat", "faiss:IVF16,Flat"}) {
            SearchEngine engine(large.made.library, encoder, large.made.key, factory);
            engine.refresh({});
            const SearchResult result = engine.search(query("red"), {});
            QVERIFY(result.index == factory || factory == "exact" || result.index == "8-bit scan");
            QVERIFY(isSound(result.hits));
            QCOMPARE(result.recall.has_value(), factory != "exact");
            if (factory != "faiss:IVF16,Flat") {
                QVERIFY(isTruth(result.hits, truth(large, "query", {{kRed, 1}})));
                QVERIFY(result.recall.value_or(1) == 1);
            } else {
                QVERIFY(*result.recall > .3 && *result.recall <= 1);
            }
        }
        const std::string message =
            errorOf<Error>([&] { SearchEngine(large.made.library, encoder, large.made.key, "magic"); });
        QVERIFY2(
            message.find("magic") != std::string::npos && message.find("int8") != std::string::npos, message.c_str());
    }

private:
    int m_next = 0;
};

QTEST_GUILESS_MAIN(TestLargeLibrary)
#include "tst_large_library.moc"
