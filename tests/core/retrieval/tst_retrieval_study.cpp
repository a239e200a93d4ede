// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/retrieval_study.h"

#include "base/error.h"
#include "base/files.h"
#include "embedding/embedding_pipeline.h"
#include "library/video_import.h"
#include "made_library.h"
#include "retrieval/caption_readers.h"
#include "retrieval/train_clip.h"
#include "sample/sample_world.h"

#include <any>
#include <set>
#include <stop_token>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

/// Eight videos of four frames. What the caption says stands in the first and the last one; the third, the only one
/// that is seen when one frame is, is the same in all.
void fill(MadeLibrary& made)
{
    const std::vector<std::pair<int, int>> pairs = {{0, 3}, {0, 4}, {0, 5}, {1, 3}, {1, 4}, {1, 5}, {2, 3}, {2, 4}};
    const std::vector<std::string> words = {"red", "green", "blue", "dog", "cat", "rain"};
    for (size_t i = 0; i < pairs.size(); ++i)
        for (const char* split : {"train", "test"}) {
            const auto [a, b] = pairs[i];
            const VideoId id = made.add(split + std::to_string(i) + ".mp4",
                {cosines({{a, 1}}), cosines({}), cosines({}), cosines({{b, 1}})}, 1, split);
            made.caption(id, words[size_t(a)] + " " + words[size_t(b)], 0, 4);
        }
}

RetrievalStudyOptions smallGrid()
{
    RetrievalStudyOptions options;
    options.frames = {1, 2, 4};
    options.clips = {1, 2, 4};
    options.seeds = 2;
    options.aggregatorEpochs = 2;
    options.device = "cpu";
    return options;
}

const Json& rowOf(const RunRecord& record, int frames, int clips, const std::string& aggregation)
{
    for (const Json& row : record.results.at("rows"))
        if (row.at("frames") == frames && row.at("clips") == clips && row.at("aggregation") == aggregation)
            return row;
    throw Error(ErrorKind::Internal, "no such row");
}

double r1(const Json& row)
{
    return row.at("textToVideo").at("r1Mean");
}

} // namespace

class TestRetrievalStudy : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatTheFramesDecide()
    {
        MadeLibrary made;
        fill(made);
        AxisEncoder encoder;
        RetrievalStudyOptions options = smallGrid();
        options.frames = {1};
        JobContext context;
        std::vector<RetrievalStudyCell> cells;
        context.onPartial = [&](const std::any& value) { cells.push_back(std::any_cast<RetrievalStudyCell>(value)); };
        const RunRecord record = studyRetrieval(*made.library, encoder, made.key, options, m_folder / "a", context);
        QCOMPARE(record.kind, std::string("study-retrieval"));
        QVERIFY(!record.dataHash.empty());
        QCOMPARE(record.results.at("rows").size(), size_t(3));
        QCOMPARE(record.results.at("videos").get<int>(), 8);
        QCOMPARE(record.results.at("queries").get<int>(), 8);
        QCOMPARE(cells.size(), size_t(3)); // the mean needs no second seed
        // One frame, the third, is in all the same: every rank is the worst. Two are the second and the fourth, which
        // tell the caption's second word: never the only video with it. Four tell both.
        QCOMPARE(r1(rowOf(record, 1, 1, "mean")), 0.);
        QCOMPARE(rowOf(record, 1, 1, "mean").at("textToVideo").at("medianRankMean").get<double>(), 8.);
        QCOMPARE(r1(rowOf(record, 1, 2, "mean")), 0.);
        QCOMPARE(r1(rowOf(record, 1, 4, "mean")), 1.);
        QVERIFY(rowOf(record, 1, 4, "mean").at("textToVideo").at("r1Sd").is_null());
        QCOMPARE(rowOf(record, 1, 4, "mean").at("videoToText").at("r1Mean").get<double>(), 1.);

        size_t moreFrames = 0;
        for (const Json& comparison : record.results.at("comparisons"))
            if (comparison.at("finding") == "F1") {
                ++moreFrames;
                const Json& row = record.results.at("rows").at(comparison.at("row").get<size_t>());
                QCOMPARE(
                    record.results.at("rows").at(comparison.at("against").get<size_t>()).at("clips").get<int>(), 1);
                QCOMPARE(comparison.at("r1Difference").get<double>(), row.at("clips") == 4 ? 1. : 0.);
            }
        QCOMPARE(moreFrames, size_t(2));
        QCOMPARE(record.arrays.at("ranks").size(), size_t(3));
        QCOMPARE(record.arrays.at("ranks")[2][0].size(), size_t(8));
        QVERIFY(record.arrays.at("queryVideos")[0].get<std::string>().find("test") != std::string::npos);
    }

    /// F2 sets F = 1 seen in K clips against one clip of twice and four times as many frames.
    void fewerFramesAgainstMore()
    {
        MadeLibrary made;
        fill(made);
        AxisEncoder encoder;
        RetrievalStudyOptions options = smallGrid();
        options.frames = {1, 2, 4};
        options.clips = {1, 2};
        JobContext context;
        const RunRecord record = studyRetrieval(*made.library, encoder, made.key, options, m_folder / "b", context);
        // The largest asks for 8 of 4 stored frames.
        QCOMPARE(record.results.at("rows").size(), size_t(5));
        QVERIFY(record.results.at("leftOut") == Json::array({"F4 K2 mean"}));
        size_t found = 0;
        std::set<std::pair<int, int>> pairs; // F in K clips against F in one
        for (const Json& comparison : record.results.at("comparisons"))
            if (comparison.at("finding") == "F2") {
                ++found;
                const Json& rows = record.results.at("rows");
                const Json& row = rows.at(comparison.at("row").get<size_t>());
                const Json& against = rows.at(comparison.at("against").get<size_t>());
                QCOMPARE(row.at("clips").get<int>(), 2);
                QCOMPARE(against.at("clips").get<int>(), 1);
                pairs.insert({row.at("frames").get<int>(), against.at("frames").get<int>()});
            }
        QVERIFY((pairs == std::set<std::pair<int, int>>{{1, 2}, {1, 4}, {2, 4}}));
        QCOMPARE(found, size_t(3));
    }

    void whatNoVideoHasEnoughFor()
    {
        MadeLibrary made;
        fill(made);
        AxisEncoder encoder;
        RetrievalStudyOptions options = smallGrid();
        options.frames = {4};
        options.clips = {2, 3};
        JobContext context;
        QVERIFY(errorOf<Error>([&] {
            studyRetrieval(*made.library, encoder, made.key, options, m_folder / "c", context);
        }).find("uniform:8")
            != std::string::npos);
    }

    void refusesWhatDoesNotFit()
    {
        MadeLibrary made;
        fill(made);
        AxisEncoder encoder;
        const auto said = [&](auto&& change) {
            RetrievalStudyOptions options = smallGrid();
            change(options);
            JobContext context;
            return errorOf<Error>(
                [&] { studyRetrieval(*made.library, encoder, made.key, options, m_folder / "d", context); });
        };
        const auto names = [](const std::string& text, const char* what) {
            return text.find(what) != std::string::npos;
        };
        QVERIFY(names(said([](RetrievalStudyOptions& o) { o.frames = {}; }), "--frames"));
        QVERIFY(names(said([](RetrievalStudyOptions& o) { o.clips = {0}; }), "--clips"));
        QVERIFY(names(said([](RetrievalStudyOptions& o) { o.aggregations = {"transformer:x"}; }), "--aggregation"));
        QVERIFY(names(said([](RetrievalStudyOptions& o) { o.freeze = {"patch+nothing"}; }), "nothing"));
        QVERIFY(names(said([](RetrievalStudyOptions& o) { o.patchDropout = {1}; }), "--patch-dropout"));
        QVERIFY(names(said([](RetrievalStudyOptions& o) { o.seeds = 0; }), "--seeds"));
        QVERIFY(names(said([](RetrievalStudyOptions& o) { o.testSplit = "exam"; }), "exam"));
    }

    /// Stopped in the middle, the same call goes on and ends with the same numbers.
    void goesOn()
    {
        MadeLibrary made;
        fill(made);
        AxisEncoder encoder;
        RetrievalStudyOptions options = smallGrid();
        options.frames = {1};
        options.aggregations = {"mean", "query", "transformer"};
        JobContext undisturbed;
        const RunRecord whole =
            studyRetrieval(*made.library, encoder, made.key, options, m_folder / "whole", undisturbed);
        QCOMPARE(whole.results.at("rows").size(), size_t(9));
        QCOMPARE(rowOf(whole, 1, 4, "transformer").at("seeds").get<int>(), 2);
        QVERIFY(rowOf(whole, 1, 4, "transformer").at("training").at("aggregator").at("parameters").get<int>() > 0);

        std::stop_source stop;
        JobContext stopped;
        stopped.stop = stop.get_token();
        int cells = 0;
        stopped.onPartial = [&](const std::any& value) {
            if (std::any_cast<RetrievalStudyCell>(&value) && ++cells == 7)
                stop.request_stop();
        };
        QVERIFY_EXCEPTION_THROWN(
            studyRetrieval(*made.library, encoder, made.key, options, m_folder / "parts", stopped), Cancelled);
        QCOMPARE(cells, 7);
        RetrievalStudyOptions others = options;
        others.clips = {1};
        JobContext context;
        QVERIFY(!errorOf<Error>([&] {
            studyRetrieval(*made.library, encoder, made.key, others, m_folder / "parts", context);
        }).empty());
        std::string told;
        context.onLog = [&](LogLevel, const std::string& text) { told += text; };
        const RunRecord resumed =
            studyRetrieval(*made.library, encoder, made.key, options, m_folder / "parts", context);
        QVERIFY(told.find("going on after 7") != std::string::npos);
        QVERIFY(resumed.arrays == whole.arrays);
        QVERIFY(resumed.results.at("comparisons") == whole.results.at("comparisons"));
    }

    /// Towers are trained from the library's model, F frames a clip, and its videos embedded anew; twins are told
    /// apart.
    void trainsTowers()
    {
        JobContext context;
        SampleWorldOptions world;
        world.videos = 16;
        world.seed = 8;
        world.kind = SampleKind::Stories;
        createSampleWorld(m_folder / "world", world, context);
        TrainClipOptions base;
        base.pictures = 192;
        base.device = "cpu";
        trainClip(m_folder / "world", m_folder / "base", base, context);
        const std::shared_ptr<VideoLibrary> library = VideoLibrary::openOrCreate(m_folder / "library");
        ImportOptions import;
        import.sampler = SamplerSpec::parse("uniform:4");
        importVideos(*library, {m_folder / "world"}, import, context);
        applyAnnotations(*library, readAnnotations(m_folder / "world" / "captions.json"), {m_folder / "world"});
        const std::shared_ptr<Encoder> encoder =
            makeEncoder((m_folder / "base").string(), {.device = "cpu", .precision = "fp32"});
        const EmbeddingKey key = embedLibrary(*library, *encoder, {}, context).key;

        RetrievalStudyOptions options = smallGrid();
        options.frames = {2};
        options.clips = {1, 2};
        options.freeze = {"all", "patch+first:5"};
        options.patchDropout = {0, .5};
        options.pictures = 20;
        options.seeds = 1;
        std::vector<RetrievalStudyCell> cells;
        std::set<std::pair<double, int>> watched; // patch dropout and seed
        context.onPartial = [&](const std::any& value) {
            if (const auto* cell = std::any_cast<RetrievalStudyCell>(&value))
                cells.push_back(*cell);
            if (const auto* training = std::any_cast<RetrievalStudyTraining>(&value)) {
                QCOMPARE(training->freeze, std::string("patch+first:5"));
                QCOMPARE(training->frames, 2);
                QVERIFY(training->progress.pictures > 0);
                watched.emplace(training->patchDropout, training->seed);
            }
        };
        const RunRecord record = studyRetrieval(*library, *encoder, key, options, m_folder / "towers", context);
        QCOMPARE(watched, (std::set<std::pair<double, int>>{{0, 0}, {.5, 0}}));
        QCOMPARE(record.results.at("rows").size(), size_t(2 + 4));
        size_t trained = 0;
        for (const Json& row : record.results.at("rows"))
            if (row.at("freeze") != "all") {
                ++trained;
                const Json& training = row.at("training");
                const std::vector<double> seconds = training.at("secondsPerEpochSeeds");
                QCOMPARE(seconds, std::vector<double>{training.at("secondsPerEpoch").get<double>()});
                QVERIFY(seconds[0] > 0);
                QCOMPARE(training.at("picturesPerSecondSeeds").size(), size_t(1));
                QVERIFY(!training.contains("curve"));
                QVERIFY(row.at("training").at("trainableParameters") < row.at("training").at("parameters"));
            }
        QCOMPARE(trained, size_t(4));
        for (const RetrievalStudyCell& cell : cells) // what a page can show before the record is there
            QCOMPARE(cell.secondsPerEpoch > 0 && cell.picturesPerSecond > 0 && cell.trainableParameters > 0,
                cell.freeze != "all");
        // Two models were trained; both K share them.
        const Json& trainings = record.arrays.at("trainings");
        QCOMPARE(trainings.size(), size_t(2));
        for (const Json& training : trainings) {
            QCOMPARE(training.at("frames").get<int>(), 2);
            const Json& curve = training.at("curve");
            QVERIFY(curve.size() >= 2);
            QCOMPARE(curve.front().at("pictures").get<int>(), 0);
            QVERIFY(curve.front().at("clipLoss").is_null());
            QVERIFY(curve.back().at("pictures").get<int>() >= 20);
            QVERIFY(curve.back().at("clipLoss").get<double>() > 0);
            for (const char* measured : {"r1", "r5"})
                QVERIFY(curve.front().contains(measured) && curve.back().contains(measured));
        }
        std::set<std::string> findings;
        for (const Json& comparison : record.results.at("comparisons"))
            findings.insert(comparison.at("finding").get<std::string>());
        QVERIFY(findings.contains("F1") && findings.contains("F3 patch dropout") && findings.contains("F3 freezing"));
        QVERIFY(!fs::exists(m_folder / "towers" / "library")); // what is measured needs no model any more
        QCOMPARE(library->embeddingKeys().size(), size_t(1));
    }

private:
    TempDir m_folder;
};

QTEST_GUILESS_MAIN(TestRetrievalStudy)
#include "tst_retrieval_study.moc"
