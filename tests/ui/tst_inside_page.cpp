// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/part_means.h"
#include "desk.h"
#include "embedding/embedding_pipeline.h"
#include "embedding/random_clip.h"
#include "experiment/cell_videos_view.h"
#include "experiment/explain_panel.h"
#include "inside/frame_list.h"
#include "inside/inside_page.h"
#include "inside/patch_panel.h"
#include "inside/patch_view.h"
#include "library/library_page.h"
#include "models/library_model.h"
#include "models/seen_frames_model.h"
#include "models/thumbnail_cache.h"
#include "models/video_list_model.h"
#include "player/moment_panel.h"
#include "player/player_widget.h"
#include "retrieval/search_engine.h"
#include "search/query_bar.h"
#include "search/result_grid.h"
#include "search/search_page.h"
#include "shell/rail.h"
#include "test_library.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QTimer>
#include <QXmlStreamReader>

using namespace clipscope;
using namespace clipscope::test;

namespace {

/// The page over a library of clips whose encoder is `model`.
struct Stand {
    TempDir box;
    JobManager jobs;
    ThumbnailCache thumbnails{jobs};
    LibraryModel videos{thumbnails};
    std::shared_ptr<VideoLibrary> library;
    LibraryInView view;
    std::unique_ptr<SearchEngine> engine;
    std::unique_ptr<InsidePage> page;

    explicit Stand(const std::string& model)
    {
        library = VideoLibrary::open(makeLibrary(box.path(), {"a.mp4", "b.mp4", "c.mp4"}, model));
        videos.setVideos(library->videos());
        view.library = library;
        view.encoder = makeEncoder(model);
        view.key = library->embeddingKeys().back();
        view.embedded = 3;
        engine = std::make_unique<SearchEngine>(library, view.encoder, view.key);
        engine->refresh({});
        page = std::make_unique<InsidePage>(PageServices{jobs, videos, thumbnails});
        page->setLibrary(view);
        page->setInsideFunction([this](const Query& query, VideoId video, const std::string& by, int neighbours,
                                    const JobContext& context) {
            ++asked;
            for (int i = 0; i < milliseconds; ++i) {
                context.throwIfStopped();
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
            return engine->inside(query, video, by, neighbours, context);
        });
        page->resize(1300, 850);
        page->show();
    }
    static Query words(const std::string& text)
    {
        Query query;
        query.positives.push_back(QueryTerm::text(text));
        query.by = MatchBy::Picture;
        return query;
    }
    void settle() { QTRY_VERIFY_WITH_TIMEOUT(page->isSettled(), kPatience); }
    SeenFramesModel& frames() { return page->frames(); }

    std::atomic<int> asked = 0;
    std::atomic<int> milliseconds = 0;
};

bool saysAnywhere(const QWidget& whole, const QString& text)
{
    for (const QLabel* label : whole.findChildren<QLabel*>())
        if (label->isVisible() && label->text().contains(text))
            return true;
    return false;
}

} // namespace

class InsidePageTest : public QObject {
    Q_OBJECT

    TempDir m_models;
    std::string m_clip;

private Q_SLOTS:
    void initTestCase()
    {
        m_clip = (m_models / "clip").string();
        writeRandomClip(m_clip, ClipShape::Tiny, 3);
    }

    void framesScoresAndWeightsAreTheEngines()
    {
        Stand s("fake");
        const QAbstractItemModelTester tester(&s.frames(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        const VideoRecord video = s.library->videos()[1];
        const Query query = Stand::words("a gray ball");
        s.page->showHit(video, query, 1.4);
        s.settle();
        const HitInside truth = s.engine->inside(query, video.id, "query", 24, {});
        QCOMPARE(size_t(s.frames().rowCount()), truth.timesSec.size());
        for (size_t i = 0; i < truth.timesSec.size(); ++i) {
            const QModelIndex index = s.frames().index(int(i));
            QCOMPARE(s.frames().rows()[i].timeSec, truth.timesSec[i]);
            QCOMPARE(index.data(SeenFramesModel::ScoreRole).toDouble(), double(truth.scores[i]));
            QCOMPARE(index.data(SeenFramesModel::WeightRole).toDouble(), double(truth.weights[i]));
            QVERIFY(!index.data(Qt::DecorationRole).value<QPixmap>().isNull());
            QVERIFY(index.data(Qt::AccessibleTextRole).toString().contains("weight"));
        }
        // The picture is that of its time: the clip's grey level tells the frame.
        const QImage last = s.frames().rows().back().picture.toImage();
        QVERIFY(std::abs(frameOfGrey(qGray(last.pixel(16, 16))) - int(truth.timesSec.back() * 12 + .5)) <= 1);
        // The frame nearest to the moment is chosen.
        QCOMPARE(s.page->frameList().currentIndex().row(), s.frames().nearestTo(1.4));
        // Neighbours, in the engine's order; the video itself is not among them.
        QCOMPARE(s.page->neighbours().list().rowCount(), 2);
        QCOMPARE(s.page->neighbours().list().videoAt(0), truth.neighbours[0].video);
        QVERIFY(s.page->explain().plainText().contains("softmax"));
        QVERIFY(s.page->explain().plainText().contains(QString::number(*truth.videoScore, 'f', 2)));
    }

    void anotherAggregationIsComputedAnew()
    {
        Stand s("fake");
        const VideoRecord video = s.library->videos()[0];
        s.page->showHit(video, Stand::words("a gray ball"), 0);
        s.settle();
        s.page->setAggregation("mean");
        s.settle();
        const double share = 1. / s.frames().rowCount();
        for (const SeenFramesModel::Row& row : s.frames().rows())
            QVERIFY(std::abs(double(*row.weight) - share) < 1e-6);
        // Three parts of the video count alike.
        s.page->setAggregation("parts:3");
        s.settle();
        const PartMeans parts(3);
        const std::vector<float> expected = parts.weights(Matrix(size_t(s.frames().rowCount()), 1), {});
        for (int row = 0; row < s.frames().rowCount(); ++row)
            QVERIFY(std::abs(double(*s.frames().rows()[size_t(row)].weight) - double(expected[size_t(row)])) < 1e-6);
        QVERIFY(saysAnywhere(*s.page, "Each part counts alike"));
        // This encoder has no Transformer: the page says why and keeps the rest.
        s.page->setAggregation("transformer");
        s.settle();
        QVERIFY(!s.frames().rows()[0].weight);
        QVERIFY(s.frames().rows()[0].score);
        QVERIFY(saysAnywhere(*s.page, "train aggregator"));
    }

    void modelsWithoutPatchesSaySo()
    {
        Stand s("fake");
        s.page->showHit(s.library->videos()[0], {}, 0);
        s.settle();
        QVERIFY(s.page->patches().told().contains("no patches"));
        QVERIFY(!s.page->patches().findChild<QSlider*>()->isVisible());
        QCOMPARE(s.page->patches().view().perSide(), 0);
        // Without a query there is nothing to score, and nothing is made up.
        QVERIFY(!s.frames().rows()[0].score);
        QVERIFY(saysAnywhere(*s.page, "for a query"));
    }

    /// The patches drawn over a frame are those the model keeps of the very pixels that were embedded.
    void patchesAreTheModelsDraw()
    {
        Stand s(m_clip);
        const VideoRecord video = s.library->videos()[0];
        s.page->showHit(video, Stand::words("a ball"), 0);
        s.settle();
        PatchPanel& panel = s.page->patches();
        QCOMPARE(panel.view().perSide(), 7); // 224 / 32
        QCOMPARE(panel.view().kept().size(), size_t(49)); // stored without patch dropout
        const SeenFrames seen = seenFrames(video, s.view.encoder->info().fit, 1000, {});
        const PatchTower& tower = *patchTowerOf(s.view.encoder.get());
        auto* share = panel.findChild<QDoubleSpinBox*>();
        auto* seed = panel.findChild<QSpinBox*>();
        for (const auto& [dropped, number, row] :
            {std::tuple(.5, 0, 0), {.5, 7, 0}, {.5, 7, 5}, {.9, 7, 5}, {.25, 1, 11}}) {
            share->setValue(dropped);
            seed->setValue(number);
            s.page->frameList().setCurrentIndex(s.frames().index(row));
            s.settle();
            QCOMPARE(panel.view().kept(), tower.keptPatches(seen.frames[size_t(row)].image, dropped, uint64_t(number)));
            QVERIFY(panel.told().startsWith(QString("%1 of 49 patches kept").arg(panel.view().kept().size())));
        }
        QCOMPARE(panel.findChild<QSlider*>()->value(), 25);
        panel.findChild<QSlider*>()->setValue(75);
        QCOMPARE(share->value(), .75);
        s.settle();
        QCOMPARE(panel.view().kept().size(), size_t(12));
    }

    void theNewestRequestWins()
    {
        Stand s("fake");
        s.milliseconds = 40;
        QSignalSpy settled(s.page.get(), &InsidePage::settled);
        for (int i = 0; i < 3; ++i)
            s.page->showHit(s.library->videos()[size_t(i)], Stand::words("a gray ball"), 0);
        s.page->setAggregation("mean");
        s.settle();
        QCOMPARE(s.page->videoId(), s.library->videos()[2].id);
        QCOMPARE(s.page->inside().weights[0], s.page->inside().weights[1]);
        QVERIFY(settled.size() <= 3); // not one for each request
        // Leaving in the middle: nothing arrives later.
        s.page->showHit(s.library->videos()[0], Stand::words("a gray ball"), 0);
        s.page->clear();
        QTest::qWait(100);
        QCOMPARE(s.frames().rowCount(), 0);
        QVERIFY(saysAnywhere(*s.page, "Choose a hit"));
        QTRY_VERIFY(s.jobs.isIdle());
    }

    void whatIsNotThereIsSaid()
    {
        Stand s("fake");
        const VideoRecord video = s.library->videos()[0];
        std::filesystem::remove(video.path);
        s.page->showHit(video, Stand::words("a gray ball"), 0);
        s.settle();
        QVERIFY(s.frames().rowCount() > 0); // times and scores are stored
        QVERIFY(s.frames().rows()[0].picture.isNull());
        VideoRecord unknown = video;
        unknown.id = 999;
        s.page->showHit(unknown, {}, 0);
        s.settle();
        QVERIFY(saysAnywhere(*s.page, "is not embedded"));
    }

    void lookingAnewReadsTheVideoAgain()
    {
        Stand s("fake");
        s.page->run(); // no hit yet
        QVERIFY(s.page->isSettled());
        const VideoRecord video = s.library->videos()[0];
        s.page->showHit(video, Stand::words("a gray ball"), 0);
        s.settle();
        QVERIFY(!s.frames().rows()[0].picture.isNull());
        const int asked = s.asked;
        const std::filesystem::path away = video.path.string() + ".away";
        std::filesystem::rename(video.path, away);
        s.page->run();
        QVERIFY(!s.page->isSettled());
        s.settle();
        QCOMPARE(int(s.asked), asked + 1);
        QVERIFY(s.frames().rows()[0].picture.isNull());
        QVERIFY(s.frames().rows()[0].score);
        std::filesystem::rename(away, video.path);
        s.page->run();
        s.settle();
        QVERIFY(!s.frames().rows()[0].picture.isNull());
    }

    /// The exported sheet: each frame's time, score and share, the draw, the neighbours, and what it was made of.
    void theSheetHoldsWhatIsShown()
    {
        Stand s(m_clip);
        QSignalSpy said(s.page.get(), &Page::said);
        s.page->exportFigure();
        QCOMPARE(said.size(), 1); // nothing to export, and no dialog
        s.page->showHit(s.library->videos()[0], Stand::words("a ball"), 0);
        s.settle();
        s.page->setPatchDraw(.5, 7);
        s.settle();
        const QString file = QString::fromStdString((s.box / "sheet.svg").string());
        QTimer answer;
        connect(&answer, &QTimer::timeout, this, [&] {
            if (auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget())) {
                dialog->findChild<QLineEdit*>("fileNameEdit")->setText(file);
                static_cast<QDialog*>(dialog)->done(QDialog::Accepted);
            }
        });
        answer.start(20);
        s.page->exportFigure();
        answer.stop();
        QTRY_VERIFY_WITH_TIMEOUT(said.size() == 2 && said[1][0].toString().contains(file), kPatience);
        QFile written(file);
        QVERIFY(written.open(QIODevice::ReadOnly));
        QXmlStreamReader xml(written.readAll());
        QStringList texts;
        QString description;
        while (!xml.atEnd()) {
            xml.readNext();
            if (xml.isStartElement() && xml.name() == QLatin1String("desc"))
                description = xml.readElementText();
            else if (xml.isCharacters() && !xml.isWhitespace())
                texts << xml.text().toString().trimmed();
        }
        QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
        const QString all = texts.join(QLatin1Char('\n'));
        for (int row = 0; row < s.frames().rowCount(); ++row) {
            QVERIFY(texts.contains(s.frames().index(row).data().toString()));
            QVERIFY(texts.contains(QString::number(*s.frames().rows()[size_t(row)].score, 'f', 2)));
        }
        QVERIFY(all.contains("Inside a.mp4"));
        QVERIFY(all.contains("25 of 49 patches kept") || all.contains("24 of 49 patches kept"));
        QVERIFY(all.contains("b.mp4") && all.contains("c.mp4") && all.contains("cosine"));
        const Json made = Json::parse(description.toStdString());
        QCOMPARE(made.at("kind").get<std::string>(), std::string("inside"));
        QCOMPARE(made.at("seed").get<int>(), 7);
        QCOMPARE(made.at("config").at("shownPatchDropout").get<double>(), .5);
        QCOMPARE(made.at("config").at("positives")[0].at("words").get<std::string>(), std::string("a ball"));
        QCOMPARE(made.at("config").at("modelHash").get<std::string>(), s.view.key.modelHash);
    }

    void fromAHitByKeyAndBack()
    {
        Desk desk;
        desk.open(makeLibrary(desk.box.path(), {"bear.mp4", "fox.mp4", "star.mp4"}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.badge().startsWith("searching 3 of 3"), kPatience);
        auto* field = qobject_cast<QLineEdit*>(desk.focus());
        QTest::keyClicks(field, "bear");
        QTest::keyClick(field, Qt::Key_Return);
        SearchPage& search = desk.part<SearchPage>();
        QTRY_COMPARE_WITH_TIMEOUT(desk.focus(), static_cast<QWidget*>(&search.grid()), kPatience);
        InsidePage& inside = desk.part<InsidePage>();
        QTest::keyClick(&search.grid(), Qt::Key_E);
        QTRY_VERIFY_WITH_TIMEOUT(inside.isVisible() && inside.isSettled(), kPatience);
        QCOMPARE(inside.videoId(), search.currentHit()->video);
        QCOMPARE(desk.focus(), static_cast<QWidget*>(&inside.frameList()));
        QVERIFY(inside.frames().rows()[0].score);
        QVERIFY(!desk.part<MomentPanel>().isVisible()); // it has the whole room
        QVERIFY(desk.action("figure.export")->isEnabled());
        QCOMPARE(desk.action("page.run")->text(), QString("&Look anew"));
        desk.action("page.run")->trigger();
        QVERIFY(!inside.isSettled());
        QTRY_VERIFY_WITH_TIMEOUT(inside.isSettled(), kPatience);
        QTest::keyClick(&inside.frameList(), Qt::Key_Right);
        QTest::keyClick(&inside.frameList(), Qt::Key_Escape);
        QVERIFY(search.isVisible());
        QVERIFY(!desk.action("page.run")->isEnabled());
        QVERIFY(desk.action("page.run")->text().contains("experiment"));
        QTRY_COMPARE(desk.focus(), static_cast<QWidget*>(&search.grid()));
        // By the moment's button, and on to a neighbour.
        for (QPushButton* button : desk.part<MomentPanel>().findChildren<QPushButton*>())
            if (button->text().startsWith("Look inside"))
                QTest::mouseClick(button, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(inside.isVisible() && inside.isSettled(), kPatience);
        QListView& neighbours = inside.neighbours();
        const VideoId nearest = inside.neighbours().list().videoAt(0);
        QTest::mouseClick(
            neighbours.viewport(), Qt::LeftButton, {}, neighbours.visualRect(neighbours.model()->index(0, 0)).center());
        QTRY_VERIFY(desk.part<LibraryPage>().isVisible());
        QCOMPARE(desk.part<MomentPanel>().videoId(), nearest);
        desk.action("view.back")->trigger();
        QVERIFY(inside.isVisible());
        // The page is no place to begin with the next time.
        desk.window->close();
        QTRY_VERIFY(!desk.window->isVisible());
        QVERIFY(Settings::load(desk.settings.file).page != QLatin1String("inside"));
    }
};

QTEST_MAIN(InsidePageTest)
#include "tst_inside_page.moc"
