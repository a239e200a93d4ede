// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"
#include "base/random.h"
#include "desk.h"
#include "experiment/cell_videos_view.h"
#include "experiment/experiment_frame.h"
#include "experiment/explain_panel.h"
#include "experiment/figures_view.h"
#include "jobs/job_manager.h"
#include "library/embedding_store.h"
#include "models/figures_model.h"
#include "models/library_model.h"
#include "models/thumbnail_cache.h"
#include "models/video_list_model.h"
#include "plots/plot_widget.h"
#include "retrieval/retrieval_page.h"
#include "retrieval/study_settings.h"
#include "ui_watchdog.h"

#include <QCheckBox>
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
