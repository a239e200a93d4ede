// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"
#include "base/random.h"
#include "desk.h"
#include "embedding/embedding_pipeline.h"
#include "experiment/cell_videos_view.h"
#include "experiment/experiment_frame.h"
#include "experiment/explain_panel.h"
#include "experiment/figure_stack.h"
#include "experiment/figures_view.h"
#include "experiment/run_store.h"
#include "jobs/job_manager.h"
#include "library/embedding_store.h"
#include "library/video_import.h"
#include "models/figures_model.h"
#include "models/library_model.h"
#include "models/thumbnail_cache.h"
#include "models/video_list_model.h"
#include "plots/plot_panels.h"
#include "plots/plot_widget.h"
#include "retrieval/caption_readers.h"
#include "retrieval/retrieval_page.h"
#include "retrieval/study_settings.h"
#include "sample/sample_world.h"
#include "ui_watchdog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

using namespace clipscope;
using namespace clipscope::test;

namespace {

constexpr int kVideos = 12;
constexpr int kLongestMs = 100;

/// Videos of four frames, of which the first alone shows what the caption says; the rest is noise.
struct CaptionedLibrary {
    std::shared_ptr<VideoLibrary> library;
    std::shared_ptr<Encoder> encoder = makeEncoder("fake");
    EmbeddingKey key;

    explicit CaptionedLibrary(const std::filesystem::path& folder)
        : library(VideoLibrary::openOrCreate(folder / "captioned.clipscope"))
    {
        const EncoderInfo& info = encoder->info();
        key.model = info.name;
        key.modelHash = info.modelHash;
        key.sampler = "video";
        key.precision = info.precision;
        key.jointDim = info.jointDim;
        library->storeKey(key);
        EmbeddingStore store(library->folder(), key);
        Random random(3);
        for (int i = 0; i < kVideos; ++i) {
            VideoRecord video;
            video.path = "/films/story" + std::to_string(10 + i) + ".mp4";
            video.hash = sha256(video.path.string());
            video.info.durationSec = 4;
            video.sampledFrames = video.usableFrames = 4;
            library->store(video);
            library->setSplit(video.id, "test");
            const std::string caption = "word" + std::to_string(i);
            library->setCaptions(video.id, CaptionSource::Caption, {{video.id, caption, {}, {}}});
            VideoEmbedding embedding;
            embedding.durationSec = 4;
            embedding.askedFrames = 4;
            embedding.timesSec = {.5, 1.5, 2.5, 3.5};
            embedding.joint.dim = info.jointDim;
            const Matrix word = encoder->encodeTexts(std::vector<std::string>{caption}, JobContext());
            for (int frame = 0; frame < 4; ++frame) {
                std::vector<float> vector(word.row(0).begin(), word.row(0).end());
                if (frame > 0)
                    for (float& number : vector)
                        number = float(random.normal());
                normalise(vector);
                embedding.joint.values.insert(embedding.joint.values.end(), vector.begin(), vector.end());
            }
            store.write(*library->video(video.id), embedding);
        }
    }
};

/// The record of a study of twelve queries, with numbers that nothing but the record can tell.
RunRecord madeStudy()
{
    RunRecord record;
    record.kind = "study-retrieval";
    record.startedAt = "2026-01-02T03:04:05Z";
    record.config = {{"frames", {4, 8, 16}}, {"clips", {1, 2, 4}}, {"aggregations", {"mean", "query"}},
        {"freeze", {"all", "none", "first:3"}}, {"patchDropout", {0, .5}}, {"seeds", 2}, {"testSplit", "test"}};
    Json rows = Json::array(), ranks = Json::array(), trainings = Json::array();
    double r1 = .2;
    const auto add = [&](const std::string& freeze, double p, int frames, int clips, const std::string& aggregation) {
        r1 += .01;
        Json row = {{"frames", frames}, {"clips", clips}, {"aggregation", aggregation}, {"freeze", freeze},
            {"patchDropout", p},
            {"textToVideo",
                {{"r1Mean", r1}, {"r1Sd", .02}, {"r1Interval", {r1 - .05, r1 + .06}}, {"r1Seeds", {r1 - .01, r1 + .01}},
                    {"r5Mean", .8}, {"medianRankMean", 2}}},
            {"videoToText", {{"r1Mean", .3}}}, {"training", Json::object()}};
        if (freeze != "all") {
            const double rate = (freeze == "none" ? 100 : 150) * (1 + p);
            row["training"] = {{"picturesPerSecond", rate}, {"secondsPerEpoch", 1000 / rate},
                {"secondsPerEpochSeeds", {900 / rate, 1100 / rate}},
                {"trainableParameters", freeze == "none" ? 3'000'000 : 400'000}};
        }
        ranks.push_back({std::vector<int>(12, 1), std::vector<int>(12, 1)});
        for (size_t i = 0; i < rows.size() % 12; ++i) // as many queries missed as there are rows before
            ranks.back()[0][i] = ranks.back()[1][i] = 3;
        rows.push_back(std::move(row));
    };
    for (const char* freeze : {"all", "none", "first:3"})
        for (const double p : freeze == std::string("all") ? std::vector<double>{0} : std::vector<double>{0, .5})
            for (const int frames : {4, 8, 16}) {
                for (const char* aggregation : {"mean", "query"})
                    for (const int clips : {1, 2, 4})
                        add(freeze, p, frames, clips, aggregation);
                if (freeze == std::string("all"))
                    continue;
                for (int seed = 0; seed < 2; ++seed)
                    trainings.push_back({{"frames", frames}, {"patchDropout", p}, {"freeze", freeze}, {"seed", seed},
                        {"curve",
                            {{{"pictures", 0}, {"seconds", 0}, {"clipLoss", nullptr}, {"r1", .1}},
                                {{"pictures", 500}, {"seconds", 5}, {"clipLoss", 2.5}},
                                {{"pictures", 1000}, {"seconds", 15}, {"clipLoss", 2.25 - p}, {"r1", .3 + .1 * p}}}}});
            }
    Json paths = Json::array();
    for (int i = 0; i < 12; ++i)
        paths.push_back("/films/story" + std::to_string(10 + i) + ".mp4");
    record.results = {{"videos", 12}, {"queries", 12}, {"rows", rows}, {"comparisons", Json::array()}};
    record.arrays = {{"ranks", ranks}, {"queryVideos", paths}, {"trainings", trainings}};
    return record;
}

/// Of madeStudy(): where the row stands.
size_t rowIn(const RunRecord& record, const std::string& freeze, double p, int frames, int clips,
    const std::string& aggregation = "mean")
{
    const Json& rows = record.results.at("rows");
    for (size_t i = 0; i < rows.size(); ++i)
        if (rows[i].at("freeze") == freeze && rows[i].at("patchDropout") == p && rows[i].at("frames") == frames
            && rows[i].at("clips") == clips && rows[i].at("aggregation") == aggregation)
            return i;
    qFatal("no such row");
}

double r1Of(const RunRecord& record, size_t row)
{
    return record.results.at("rows")[row].at("textToVideo").at("r1Mean");
}

struct Stand {
    TempDir box;
    CaptionedLibrary made{box.path()};
    JobManager jobs;
    ThumbnailCache thumbnails{jobs};
    LibraryModel videos{thumbnails};
    std::unique_ptr<RetrievalPage> page;

    Stand()
    {
        videos.setVideos(made.library->videos());
        page.reset(qobject_cast<RetrievalPage*>(retrievalPage().make({jobs, videos, thumbnails})));
        page->setLibrary({made.library, made.encoder, made.key, kVideos, false});
        page->resize(1300, 850);
        page->show();
    }
    QPushButton* button(const QString& text)
    {
        for (QPushButton* button : page->findChildren<QPushButton*>())
            if (button->text() == text && button->isVisible())
                return button;
        return nullptr;
    }
    void setFramesAndClips(const QString& frames, const QString& clips)
    {
        const QList<QLineEdit*> fields = page->form().findChildren<QLineEdit*>();
        fields[0]->setText(frames);
        fields[1]->setText(clips);
    }
    void runToTheEnd()
    {
        const int before = page->runs().rowCount();
        QTest::mouseClick(button("Run"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(page->runs().rowCount(), before + 1, kPatience);
    }
    /// As the command line would have left it there; waits until the page has all of it.
    void keep(const RunRecord& record)
    {
        StoredRun run;
        run.record = record;
        RunStore(made.library).save(run);
        page->hide();
        page->show();
        QTRY_COMPARE_WITH_TIMEOUT(page->runs().rowCount(), 1, kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(!page->runs().run(0).record.arrays.empty(), kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(table("Ranks of the right video").rowCount() > 0, kPatience);
    }
    const PlotContent& panel(RetrievalPage::FigureNumber figure, int number)
    {
        return page->panels(figure).panel(number).content();
    }
    QComboBox* chooser(const QString& name)
    {
        for (QComboBox* combo : page->findChildren<QComboBox*>())
            if (combo->accessibleName() == name && combo->isVisible())
                return combo;
        return nullptr;
    }
    double missed() { return 12 - table("Ranks of the right video").index(0, 1).data().toString().toDouble(); }
    FiguresModel& table(const QString& name)
    {
        for (FiguresView* view : page->findChildren<FiguresView*>())
            if (view->accessibleName() == name)
                return *qobject_cast<FiguresModel*>(view->model());
        qFatal("no such table");
    }
};

} // namespace

class RetrievalPageTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void lists()
    {
        QCOMPARE(parseCounts("1, 2 4,2"), (std::vector<int>{1, 2, 4}));
        QCOMPARE(parseCounts(countsText({8, 16})), (std::vector<int>{8, 16}));
        for (const char* wrong : {"", "0", "1,x", "-2", "1.5", "100000"})
            QVERIFY2(parseCounts(wrong).empty(), wrong);
        QCOMPARE(parseShares("0, 0.5"), (std::vector<double>{0, .5}));
        for (const char* wrong : {"", "1", "-0.1", "half"})
            QVERIFY2(parseShares(wrong).empty(), wrong);
    }

    /// The page shows what the function that the command line calls finds, and the queries behind a point.
    void showsWhatTheStudyFinds()
    {
        Stand stand;
        stand.setFramesAndClips("1, 2", "1, 2, 4");
        QVERIFY(stand.page->frame().nextStep().contains("12 combinations")); // mean and query-scored
        stand.setFramesAndClips("1", "1, 4");
        const RetrievalStudyOptions options = stand.page->form().options();
        JobContext context;
        const StudyResults direct = studyResultsOf(studyRetrieval(
            *stand.made.library, *stand.made.encoder, stand.made.key, options, stand.box.path() / "work", context));
        stand.runToTheEnd();
        const PlotContent& plot = stand.page->plot().content();
        QCOMPARE(plot.curves.size(), size_t(2));
        for (size_t curve = 0; curve < 2; ++curve) {
            QCOMPARE(plot.curves[curve].x, (std::vector<double>{0, 2})); // log2 of 1 and 4 frames
            for (size_t point = 0; point < 2; ++point) {
                const StudyResults::Row& row = direct.rows[2 * curve + point];
                QCOMPARE(plot.curves[curve].mean[point], row.r1);
                QCOMPARE(plot.curves[curve].low[point], row.r1Low);
                QCOMPARE(plot.curves[curve].high[point], row.r1High);
            }
        }
        QCOMPARE(plot.curves[0].mean[1], 1.); // all four frames hold the caption's
        QVERIFY(plot.curves[0].mean[0] < .5); // the third one is noise

        QCOMPARE(stand.table("Numbers of each combination").rowCount(), 4);
        QCOMPARE(stand.table("Findings").rowCount(), int(direct.comparisons.size()));
        QVERIFY(stand.page->frame().explain().plainText().contains("12 captions rank 12 videos"));
        QVERIFY(stand.page->frame().explain().plainText().contains("Lindgren"));

        // The best combination's queries are all first; a click on the point of one frame shows those that are not.
        QTRY_COMPARE_WITH_TIMEOUT(stand.page->findChild<CellVideosView*>()->list().rowCount(), kVideos, kPatience);
        FiguresModel& ranks = stand.table("Ranks of the right video");
        QCOMPARE(ranks.index(0, 1).data().toString(), QString("12"));
        Q_EMIT stand.page->plot().pointChosen(0, 0);
        QVERIFY(ranks.index(0, 1).data().toString() != QString("12"));
        VideoListModel& cards = stand.page->findChild<CellVideosView*>()->list();
        QCOMPARE(cards.rowCount(), kVideos);
        const std::vector<double> means = direct.meanRanks(0);
        const double worst = *std::max_element(means.begin(), means.end());
        QCOMPARE(cards.index(0).data(VideoListModel::NoteRole).toString(),
            QString("rank %1").arg(QLocale().toString(worst, 'f', 0)));
        QSignalSpy asked(stand.page.get(), &Page::videoAsked);
        Q_EMIT stand.page->findChild<CellVideosView*>()->playAsked(cards.videoAt(0));
        QCOMPARE(asked.size(), 1);
    }

    /// Four frames are stored: eight clips cannot be seen, and the page says so.
    void namesWhatIsLeftOut()
    {
        Stand stand;
        stand.setFramesAndClips("1", "4, 8");
        stand.runToTheEnd();
        QCOMPARE(stand.table("Numbers of each combination").rowCount(), 2);
        const QString text = stand.page->frame().explain().plainText();
        QVERIFY2(text.contains("Left out") && text.contains("K8"), qPrintable(text));
    }

    /// R@1 and seconds an epoch, one line a freezing, for one way of seeing the videos that can be changed.
    void patchDropout()
    {
        Stand stand;
        const RunRecord record = madeStudy();
        stand.keep(record);
        QTest::mouseClick(stand.button("Patch dropout"), Qt::LeftButton);
        QVERIFY(stand.page->figures().missing().isEmpty());
        QCOMPARE(stand.chooser("Seen as")->currentText(), QString("F16 K4, mean")); // the most frames
        stand.chooser("Seen as")->setCurrentText("F8 K2, query");
        const PlotContent& accuracy = stand.panel(RetrievalPage::Dropout, 0);
        const PlotContent& seconds = stand.panel(RetrievalPage::Dropout, 1);
        const char* const freezes[] = {"none", "first:3"};
        QCOMPARE(accuracy.curves.size(), size_t(2));
        QCOMPARE(seconds.curves.size(), size_t(2));
        for (size_t line = 0; line < 2; ++line) {
            QVERIFY(accuracy.curves[line].name.contains(freezes[line]));
            QCOMPARE(accuracy.curves[line].x, (std::vector<double>{0, .5}));
            for (size_t i = 0; i < 2; ++i) {
                const size_t row = rowIn(record, freezes[line], accuracy.curves[line].x[i], 8, 2, "query");
                const Json& json = record.results.at("rows")[row];
                QCOMPARE(accuracy.curves[line].mean[i], r1Of(record, row));
                QCOMPARE(accuracy.curves[line].points[2 * i].y, json.at("textToVideo").at("r1Seeds")[0].get<double>());
                QVERIFY(accuracy.curves[line].low[i] < accuracy.curves[line].mean[i]);
                QCOMPARE(seconds.curves[line].mean[i], json.at("training").at("secondsPerEpoch").get<double>());
                for (size_t seed = 0; seed < 2; ++seed)
                    QCOMPARE(seconds.curves[line].points[2 * i + seed].y,
                        json.at("training").at("secondsPerEpochSeeds")[seed].get<double>());
            }
        }
        QVERIFY(!seconds.percent);
        QVERIFY(seconds.yLabel.contains("epoch"));
        QCOMPARE(accuracy.references.front().y, r1Of(record, rowIn(record, "all", 0, 8, 2, "query")));
        QVERIFY(stand.page->frame().explain().plainText().contains("An epoch is each"));
        // A point opens its row's queries.
        Q_EMIT stand.page->panels(RetrievalPage::Dropout).panel(1).pointChosen(1, 2);
        QCOMPARE(stand.missed(), double(rowIn(record, "first:3", .5, 8, 2, "query") % 12));
    }

    void whatATrainingCosts()
    {
        Stand stand;
        const RunRecord record = madeStudy();
        stand.keep(record);
        QTest::mouseClick(stand.button("Cost"), Qt::LeftButton);
        const PlotContent& plot = stand.panel(RetrievalPage::Cost, 0);
        std::vector<std::pair<double, double>> areas; // R@1 and the square of the diameter
        for (size_t line = 0; line < 2; ++line)
            for (size_t i = 0; i < 2; ++i) {
                const PlotPoint& disc = plot.curves.at(line).points.at(i);
                const size_t row = rowIn(record, line == 0 ? "none" : "first:3", i == 0 ? 0 : .5, 16, 4);
                const Json& training = record.results.at("rows")[row].at("training");
                QCOMPARE(disc.x, std::log10(training.at("trainableParameters").get<double>()));
                QCOMPARE(disc.y, training.at("picturesPerSecond").get<double>());
                QVERIFY(disc.label.contains(QLocale().toString(100 * r1Of(record, row), 'f', 1)));
                areas.emplace_back(r1Of(record, row), disc.diameter * disc.diameter);
                Q_EMIT stand.page->panels(RetrievalPage::Cost).panel(0).pointChosen(int(line), int(i));
                QCOMPARE(stand.missed(), double(row % 12));
            }
        for (const auto& [r1, area] : areas)
            QVERIFY(std::abs(area / areas[0].second - r1 / areas[0].first) < 1e-9);
    }

    /// F times K: 16 frames are reached in three ways, 32 in two, 4 in one.
    void asManyFramesInSeveralWays()
    {
        Stand stand;
        const RunRecord record = madeStudy();
        stand.keep(record);
        QTest::mouseClick(stand.button("F\u00d7K"), Qt::LeftButton);
        stand.chooser("Trained how")->setCurrentText("freeze none, p = 0.5");
        const PlotContent& plot = stand.panel(RetrievalPage::SameFrames, 0);
        QStringList groups;
        for (const PlotTick& tick : plot.xTicks)
            groups << tick.text;
        QCOMPARE(groups, (QStringList{"8 frames", "16 frames", "32 frames"}));
        size_t bars = 0;
        for (size_t c = 0; c < plot.curves.size(); ++c) {
            const PlotCurve& curve = plot.curves[c];
            QCOMPARE(curve.shape, PlotCurve::Shape::Bars);
            bars += curve.x.size();
            for (size_t i = 0; i < curve.x.size(); ++i) {
                const QStringList way = curve.barLabels[i].split(QChar(0xd7));
                const size_t row = rowIn(record, "none", .5, way[0].toInt(), way[1].toInt(), curve.name.toStdString());
                const Json& interval = record.results.at("rows")[row].at("textToVideo").at("r1Interval");
                QCOMPARE(curve.mean[i], r1Of(record, row));
                QCOMPARE(curve.low[i], interval[0].get<double>());
                QCOMPARE(curve.high[i], interval[1].get<double>());
                Q_EMIT stand.page->panels(RetrievalPage::SameFrames).panel(0).pointChosen(int(c), int(2 * i));
                QCOMPARE(stand.missed(), double(row % 12));
            }
        }
        // One clip is its own mean and its own query-scored aggregate: one bar for both.
        QCOMPARE(bars, size_t(3 + 5 + 4));
    }

    void howTrainingsWent()
    {
        Stand stand;
        const RunRecord record = madeStudy();
        stand.keep(record);
        QTest::mouseClick(stand.button("Training"), Qt::LeftButton);
        QCOMPARE(stand.chooser("Trained how")->currentText(), QString("freeze none, p = 0")); // what was trained
        stand.chooser("Trained how")->setCurrentText("freeze first:3, p = 0.5");
        QCOMPARE(stand.page->panels(RetrievalPage::Training).count(), 3);
        const PlotContent& loss = stand.panel(RetrievalPage::Training, 0);
        QCOMPARE(loss.curves.size(), size_t(3 * 2)); // F and seeds
        for (const PlotCurve& curve : loss.curves) {
            QCOMPARE(curve.x, (std::vector<double>{500, 1000}));
            QCOMPARE(curve.mean, (std::vector<double>{2.5, 1.75}));
        }
        QVERIFY(loss.curves[1].points[0].text.contains("F4, seed 2"));
        QCOMPARE(loss.curves[1].category, loss.curves[0].category); // a colour each F
        QVERIFY(loss.curves[2].category != loss.curves[0].category);
        const PlotCurve& r1 = stand.panel(RetrievalPage::Training, 1).curves[0];
        QCOMPARE(r1.x, (std::vector<double>{0, 1000}));
        QCOMPARE(r1.mean, (std::vector<double>{.1, .35}));
        const PlotCurve& rate = stand.panel(RetrievalPage::Training, 2).curves[0];
        QCOMPARE(rate.mean, (std::vector<double>{100, 50}));
    }

    /// Records of before the seconds of each seed and the trainings were kept.
    void olderRecords()
    {
        Stand stand;
        RunRecord record = madeStudy();
        for (Json& row : record.results["rows"])
            row["training"].erase("secondsPerEpochSeeds");
        record.arrays.erase("trainings");
        stand.keep(record);
        QTest::mouseClick(stand.button("Patch dropout"), Qt::LeftButton);
        const PlotCurve& seconds = stand.panel(RetrievalPage::Dropout, 1).curves.front();
        QCOMPARE(seconds.points.size(), size_t(2));
        QCOMPARE(seconds.points[0].y, seconds.mean[0]);
        QTest::mouseClick(stand.button("Training"), Qt::LeftButton);
        stand.chooser("Trained how")->setCurrentText("freeze none, p = 0");
        QVERIFY(stand.page->figures().missing().contains("has not kept"));
    }

    /// A figure without its numbers says which setting brings them; which one is seen is part of the layout.
    void figuresThatLackSomething()
    {
        Stand stand;
        stand.setFramesAndClips("1", "1, 4");
        stand.runToTheEnd();
        const std::pair<const char*, const char*> texts[] = {{"F\u00d7K", "F and K"}, {"Patch dropout", "Under Frozen"},
            {"Cost", "Under Frozen"}, {"Training", "Under Frozen"}};
        QSignalSpy said(stand.page.get(), &Page::said);
        for (const auto& [name, text] : texts) {
            QTest::mouseClick(stand.button(name), Qt::LeftButton);
            QVERIFY2(stand.page->figures().missing().contains(text), name);
            QVERIFY(!stand.chooser("Seen as") && !stand.chooser("Trained how")); // nothing to choose
            stand.page->exportFigure();
        }
        QCOMPARE(said.size(), 4); // nothing to export
        const QByteArray layout = stand.page->layoutState();
        stand.page->figures().setCurrent(RetrievalPage::Frames);
        QVERIFY(stand.page->figures().missing().isEmpty());
        stand.page->restoreLayout(layout);
        QCOMPARE(stand.page->figures().current(), int(RetrievalPage::Training));
    }

    /// Towers that are trained on the sample world: the page shows the loss, R@1 and the pictures a second while it
    /// runs, and the record has them afterwards.
    void trainingIsSeenLive()
    {
        Stand stand;
        JobContext context;
        SampleWorldOptions world;
        world.videos = 16;
        world.seed = 8;
        world.kind = SampleKind::Stories;
        createSampleWorld(stand.box.path() / "world", world, context);
        const std::shared_ptr<VideoLibrary> library = VideoLibrary::openOrCreate(stand.box.path() / "world.clipscope");
        ImportOptions import;
        import.sampler = SamplerSpec::parse("uniform:2");
        importVideos(*library, {stand.box.path() / "world"}, import, context);
        applyAnnotations(
            *library, readAnnotations(stand.box.path() / "world" / "captions.json"), {stand.box.path() / "world"});
        const std::shared_ptr<Encoder> encoder = makeEncoder("sample-clip", {.device = "cpu"});
        const EmbeddingKey key = embedLibrary(*library, *encoder, {}, context).key;
        stand.videos.setVideos(library->videos());
        stand.page->setLibrary({library, encoder, key, 16, false});

        RetrievalStudyOptions options;
        options.frames = {2};
        options.clips = {1};
        options.freeze = {"patch+first:4"};
        options.patchDropout = {.5};
        options.pictures = 2000;
        options.seeds = 1;
        options.device = "cpu";
        stand.page->form().setOptions(options);
        QTest::mouseClick(stand.button("Run"), Qt::LeftButton);
        QCOMPARE(stand.page->figures().current(), int(RetrievalPage::Training));
        QVERIFY(!stand.page->figures().missing().isEmpty());
        const auto shown = [&](int panel) {
            return stand.page->panels(RetrievalPage::Training).count() == 3
                && !stand.panel(RetrievalPage::Training, panel).curves.front().x.empty();
        };
        QTRY_VERIFY_WITH_TIMEOUT(shown(0) && shown(1) && shown(2), kPatience);
        QCOMPARE(stand.page->runs().rowCount(), 0); // it still runs
        QTRY_COMPARE_WITH_TIMEOUT(stand.page->runs().rowCount(), 1, kPatience);
        const Json& curve = stand.page->runs().run(0).record.arrays.at("trainings")[0].at("curve");
        const PlotCurve& loss = stand.panel(RetrievalPage::Training, 0).curves.front();
        QCOMPARE(loss.x.back(), curve.back().at("pictures").get<double>());
        QCOMPARE(loss.mean.back(), curve.back().at("clipLoss").get<double>());
        QCOMPARE(
            stand.panel(RetrievalPage::Training, 1).curves.front().mean.back(), curve.back().at("r1").get<double>());
    }

    void theCommandIsExact()
    {
        Stand stand;
        stand.setFramesAndClips("1, 2", "2");
        QCOMPARE(stand.page->command(),
            QString(
                "clipscope-cli study retrieval --library %1 --frames 1,2 --clips 2 --aggregation mean,query --freeze "
                "all --patch-dropout 0.5 --seeds 5 --seed 0 --train-split train --split test --pictures 40000 "
                "--epochs 60 --model fake")
                .arg(QString::fromStdString(stand.made.library->folder().string())));
        stand.runToTheEnd();
        const RetrievalStudyOptions kept = studyOptionsOf(stand.page->runs().run(0).record);
        QCOMPARE(kept.frames, (std::vector<int>{1, 2}));
        QCOMPARE(kept.clips, (std::vector<int>{2}));
        QCOMPARE(kept.aggregations, (std::vector<std::string>{"mean", "query"}));
    }

    /// Several numbers of parts are as many aggregations, side by side.
    void meansOfParts()
    {
        Stand stand;
        StudyForm& form = stand.page->form();
        QLineEdit* counts = nullptr;
        for (QLineEdit* field : form.findChildren<QLineEdit*>())
            if (field->accessibleName() == "Parts of a video")
                counts = field;
        QVERIFY(counts && !counts->isVisible());
        for (QCheckBox* box : form.findChildren<QCheckBox*>())
            if (box->text() == "parts")
                QTest::mouseClick(box, Qt::LeftButton, {}, QPoint(8, box->height() / 2));
        QVERIFY(counts->isVisible());
        QCOMPARE(form.options().aggregations, (std::vector<std::string>{"mean", "query", "parts:3"}));
        counts->setText("2, 4");
        QVERIFY(stand.page->command().contains(" --aggregation mean,query,parts:2,parts:4 "));
        for (const char* wrong : {"", "0", "65", "two"}) {
            counts->setText(wrong);
            QVERIFY2(form.problem().contains("Parts"), wrong);
            QVERIFY(stand.page->command().isEmpty());
        }
        counts->setText("2, 4");
        stand.setFramesAndClips("1", "4");
        stand.runToTheEnd();
        const RunRecord record = stand.page->runs().run(0).record;
        QStringList measured;
        for (const Json& row : record.results.at("rows"))
            measured << QString::fromStdString(row.at("aggregation"));
        QCOMPARE(measured, (QStringList{"mean", "query", "parts:2", "parts:4"}));
        form.setOptions({});
        QVERIFY(!counts->isVisible());
        form.setOptions(studyOptionsOf(record));
        QCOMPARE(form.options().aggregations, (std::vector<std::string>{"mean", "query", "parts:2", "parts:4"}));
        QCOMPARE(counts->text(), QString("2, 4"));
    }

    /// What cannot be run says why, and a failure is told and leaves the page usable.
    void whatCannotBeRun()
    {
        Stand stand;
        QSignalSpy failed(stand.page.get(), &Page::failed);
        stand.setFramesAndClips("none", "1");
        QVERIFY(stand.page->frame().nextStep().contains("Frames a clip"));
        QVERIFY(stand.page->command().isEmpty());
        for (QCheckBox* box : stand.page->form().findChildren<QCheckBox*>())
            if (box->text() == "Transformer")
                box->setChecked(true);
        stand.setFramesAndClips("1", "1");
        QVERIFY(stand.page->frame().nextStep().contains("train"));
        for (QCheckBox* box : stand.page->form().findChildren<QCheckBox*>())
            box->setChecked(box->text() == "mean");
        stand.setFramesAndClips("4", "4"); // of four stored frames
        QTest::mouseClick(stand.button("Run"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, kPatience);
        QVERIFY(failed.front().front().toString().contains("uniform:16"));
        stand.setFramesAndClips("1", "4");
        stand.runToTheEnd();
    }

    void staysAlive()
    {
        Stand stand;
        stand.setFramesAndClips("1, 2", "1, 2");
        UiWatchdog watchdog;
        stand.runToTheEnd();
        QVERIFY2(watchdog.longestMs() < kLongestMs, std::to_string(watchdog.longestMs()).c_str());
    }
};

QTEST_MAIN(RetrievalPageTest)
#include "tst_retrieval_page.moc"
