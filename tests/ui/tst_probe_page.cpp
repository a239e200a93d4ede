// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/aggregator.h"
#include "desk.h"
#include "experiment/cell_videos_view.h"
#include "experiment/experiment_frame.h"
#include "experiment/explain_panel.h"
#include "experiment/run_list.h"
#include "experiment_pages.h"
#include "jobs/job_manager.h"
#include "labelled_library.h"
#include "library/library_page.h"
#include "models/display_text.h"
#include "models/figures_model.h"
#include "models/library_model.h"
#include "models/thumbnail_cache.h"
#include "models/video_list_model.h"
#include "player/moment_panel.h"
#include "plots/confusion_matrix.h"
#include "plots/plot_widget.h"
#include "probe/probe_page.h"
#include "probe/probe_views.h"
#include "probe_run.h"
#include "shell/elided_label.h"
#include "ui_watchdog.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>

using namespace clipscope;
using namespace clipscope::test;

namespace fs = std::filesystem;

namespace {
constexpr int kTrain = 12;
constexpr int kTest = 10;
constexpr int kLongestMs = 100;

PageEntry probeEntry()
{
    return experimentPages().front();
}

/// The page alone, over a labelled library.
struct Stand {
    TempDir box;
    LabelledLibrary made;
    JobManager jobs;
    ThumbnailCache thumbnails{jobs};
    LibraryModel videos{thumbnails};
    std::unique_ptr<ProbePage> page;

    explicit Stand(bool split = true, int train = kTrain, int test = kTest)
        : made(makeLabelled(box.path(), train, test, split))
    {
        videos.setVideos(made.library->videos());
        page.reset(qobject_cast<ProbePage*>(probeEntry().make({jobs, videos, thumbnails})));
        page->setLibrary(view());
        page->resize(1300, 850);
        page->show();
    }
    LibraryInView view() { return {made.library, made.encoder, made.key, qint64(made.library->videoCount()), false}; }
    QPushButton* button(const QString& text)
    {
        for (QPushButton* button : page->findChildren<QPushButton*>())
            if (button->text() == text && button->isVisible())
                return button;
        return nullptr;
    }
    void setShots(const QString& text) { page->form().findChild<QLineEdit*>()->setText(text); }
    void setDraws(int draws) { page->form().findChildren<QSpinBox*>().front()->setValue(draws); }
    void runToTheEnd()
    {
        const int before = page->runs().rowCount();
        QTest::mouseClick(button("Run"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(page->runs().rowCount(), before + 1, kPatience);
    }
    RunRecord direct(const ProbeSettings& settings)
    {
        ProbeRunOptions options;
        options.probe = settings.probe;
        options.seed = settings.seed;
        options.templates = settings.templates;
        options.aggregation = settings.aggregation;
        JobContext context;
        return probeRun(*made.library, *made.encoder, made.key, options, context);
    }
    QComboBox* chooser(const QString& name)
    {
        for (QComboBox* combo : page->form().findChildren<QComboBox*>())
            if (combo->accessibleName() == name)
                return combo;
        return nullptr;
    }
    void setMethod(const QString& name, bool taken)
    {
        for (QCheckBox* method : page->form().findChildren<QCheckBox*>())
            if (method->text() == name)
                method->setChecked(taken);
    }
    CellVideosView& cellVideos() { return *page->findChild<CellVideosView*>(); }
};
} // namespace

class ProbePageTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// The page shows what the function that the command line calls finds, number by number.
    void showsWhatTheCommandFinds()
    {
        Stand stand;
        QVERIFY(stand.page->frame().nextStep().contains("66 videos with 3 labels are ready"));
        stand.setShots("1, 4, all");
        stand.setDraws(6);
        const ProbeSettings settings = stand.page->form().settings();
        QVERIFY(stand.button("Run"));
        stand.runToTheEnd();
        QVERIFY(stand.page->frame().nextStep().isEmpty());

        const ProbeResults direct = probeResultsOf(stand.direct(settings));
        const PlotContent& shown = stand.page->plot().content();
        QCOMPARE(shown.curves.size(), size_t(1));
        const PlotCurve& curve = shown.curves.front();
        QCOMPARE(curve.mean.size(), size_t(3));
        QCOMPARE(curve.points.size(), size_t(18));
        for (size_t k = 0; k < 3; ++k) {
            QCOMPARE(curve.mean[k], direct.curve[k].top1Mean);
            QCOMPARE(curve.high[k] - curve.mean[k], std::min(direct.curve[k].top1Sd, 1 - curve.mean[k]));
            for (size_t draw = 0; draw < 6; ++draw)
                QCOMPARE(curve.points[6 * k + draw].y, direct.curve[k].draws[draw].top1);
        }
        QVERIFY(curve.mean.back() > curve.mean.front()); // more labelled videos help here
        QCOMPARE(shown.references.front().y, direct.zeroShot->top1);
        QCOMPARE(shown.spans.front().from, 1.); // log2 of the paper's 2
        QCOMPARE(shown.spans.front().to, 2.);
        QCOMPARE(shown.marks.size(), direct.crossing ? size_t(1) : size_t(0));

        const std::vector<std::vector<double>> cells = direct.confusions();
        double all = 0, right = 0;
        for (size_t row = 0; row < cells.size(); ++row) {
            right += cells[row][row];
            for (const double cell : cells[row])
                all += cell;
        }
        QCOMPARE(all, 3. * kTest);
        QVERIFY(std::abs(right / all - direct.curve.back().top1Mean) < 1e-9);
        const QString explained = stand.page->frame().explain().plainText();
        QVERIFY(explained.contains("30 test videos of 3 labels"));
        QVERIFY(explained.contains("1, 4, all"));
        QVERIFY(explained.contains("paper"));
        QVERIFY(explained.contains("seed 0"));
    }

    void theCommandIsExact()
    {
        Stand stand;
        stand.setShots("1,2,all");
        stand.setDraws(3);
        stand.chooser("C")->setCurrentIndex(1); // fixed
        stand.page->form().findChild<QPlainTextEdit*>()->setPlainText("a video of LABEL\nit's LABEL");
        QCOMPARE(stand.page->command(),
            QString("clipscope-cli probe --library %1 --shots 1,2,all --seeds 3 --seed 0 --methods linear --c 10 "
                    "--template 'a video of "
                    "LABEL' --template 'it'\\''s LABEL' --aggregation mean --model fake")
                .arg(QString::fromStdString(stand.made.library->folder().string())));
        QSignalSpy asked(stand.page.get(), &Page::commandAsked);
        QTest::mouseClick(stand.button("Copy as command"), Qt::LeftButton);
        QCOMPARE(asked.size(), 1);
        // What a run was made with comes back from its record.
        stand.runToTheEnd();
        const ProbeSettings kept = probeSettingsOf(stand.page->runs().run(0).record);
        QCOMPARE(kept.probe.shots, (std::vector<int>{1, 2, 0}));
        QCOMPARE(kept.probe.seeds, 3);
        QCOMPARE(kept.probe.c, std::optional(10.));
        QCOMPARE(kept.templates.size(), size_t(2));
    }

    /// The aggregations are the command line's, by its words; what a model lacks is not offered.
    void aggregations()
    {
        Stand stand;
        QComboBox* box = stand.chooser("Aggregation");
        const auto offered = [box] {
            QStringList out;
            for (int i = 0; i < box->count(); ++i)
                out << box->itemText(i);
            return out;
        };
        QCOMPARE(box->currentText(), QString("mean"));
        QCOMPARE(offered().size(), 3); // parts, and a file's: the fake model comes without a Transformer
        stand.page->form().setHasTransformer(true);
        QCOMPARE(offered().size(), 4);
        QCOMPARE(offered()[2], QString("transformer"));
        QSignalSpy changed(&stand.page->form(), &ProbeForm::changed);
        box->setFocus();
        QTest::keyClick(box, Qt::Key_Down);
        QTest::keyClick(box, Qt::Key_Down);
        QCOMPARE(changed.size(), 2);
        QCOMPARE(stand.page->form().settings().aggregation, std::string("transformer"));
        QVERIFY(stand.page->command().contains(" --aggregation transformer "));
        stand.page->form().setHasTransformer(false); // another model's embeddings
        QVERIFY(stand.page->form().problem().contains("Transformer"));
        QVERIFY(stand.page->command().isEmpty());

        ProbeSettings settings;
        settings.aggregation = "transformer:/trained/with us.safetensors";
        stand.page->form().setSettings(settings);
        QVERIFY(box->currentText().contains("with us.safetensors"));
        QCOMPARE(stand.page->form().settings().aggregation, settings.aggregation);
        QVERIFY(stand.page->command().contains("--aggregation 'transformer:/trained/with us.safetensors'"));
        QVERIFY(stand.page->form().problem().isEmpty());
        checkAggregation(stand.page->form().settings().aggregation); // the command line takes it
        box->setCurrentIndex(0);
        Q_EMIT box->activated(0);
        QCOMPARE(stand.page->form().settings().aggregation, std::string("mean"));
    }

    void meansOfPartsAsTheCommandLineHasThem()
    {
        Stand stand;
        ProbeSettings settings;
        settings.aggregation = "parts:2";
        settings.probe.shots = {1, 2};
        settings.probe.seeds = 2;
        stand.page->form().setSettings(settings);
        QVERIFY(stand.page->command().contains(" --aggregation parts:2 "));
        stand.runToTheEnd();
        const RunRecord& kept = stand.page->runs().run(0).record;
        QCOMPARE(probeSettingsOf(kept).aggregation, settings.aggregation);
        QCOMPARE(kept.results.dump(), stand.direct(settings).results.dump());
    }

    /// Other methods run beside the linear probe, with a curve of their own.
    void otherMethods()
    {
        Stand stand;
        stand.setShots("1, 2");
        stand.setDraws(3);
        stand.setMethod("linear", false);
        QVERIFY(stand.page->form().problem().contains("method"));
        stand.setMethod("linear", true);
        stand.setMethod("Tip-Adapter", true);
        stand.setMethod("LP++", true);
        QVERIFY(stand.page->command().contains(" --methods linear,tip-adapter,lp++ "));
        const RunRecord direct = stand.direct(stand.page->form().settings());
        stand.runToTheEnd();
        const PlotContent& plot = stand.page->plot().content();
        QCOMPARE(plot.curves.size(), size_t(3));
        const Json* shots[] = {&direct.results.at("shots"), &direct.results.at("methods")[0].at("shots"),
            &direct.results.at("methods")[1].at("shots")};
        const char* const names[] = {"linear probe", "Tip-Adapter", "LP++"};
        for (size_t curve = 0; curve < 3; ++curve) {
            QCOMPARE(plot.curves[curve].name, QString(names[curve]));
            for (size_t i = 0; i < 2; ++i) {
                const Json& point = (*shots[curve])[i];
                QCOMPARE(plot.curves[curve].mean[i], point.at("top1Mean").get<double>());
                QCOMPARE(plot.curves[curve].points[3 * i + 1].y, point.at("top1Draws")[1].get<double>());
                QVERIFY(plot.curves[curve].points[3 * i].text.startsWith(names[curve]));
            }
        }
        const FiguresModel::Table numbers = probeNumbers(probeResultsOf(direct));
        QCOMPARE(numbers.columns.front(), QString("Method"));
        QCOMPARE(numbers.rows.size(), size_t(1 + 3 * 2));
        QCOMPARE(numbers.rows[3].front().text, QString("Tip-Adapter"));
        QCOMPARE(numbers.rows[3][2].text, percentText((*shots[1])[0].at("top1Mean").get<double>()));
        QVERIFY(numbers.rows[3].back().text.contains("alpha"));
        for (const std::vector<FiguresModel::Cell>& row : numbers.rows)
            QCOMPARE(row.size(), size_t(numbers.columns.size()));
        QVERIFY(stand.page->frame().explain().plainText().contains("Tip-Adapter trains nothing"));
        // Only the linear probe's points have confusions to show.
        const auto title = [&] {
            for (const ElidedLabel* label : stand.page->findChildren<ElidedLabel*>())
                if (label->whole().startsWith("Rows:"))
                    return label->whole();
            return QString();
        };
        const QString before = title();
        Q_EMIT stand.page->plot().pointChosen(1, 0);
        QCOMPARE(title(), before);
        // Its settings for the next run.
        stand.page->form().setSettings(ProbeSettings());
        Q_EMIT stand.page->frame().runs().settingsAsked(0);
        QCOMPARE(stand.page->form().settings().probe.methods.size(), size_t(3));
    }

    void wrongSettingsAreTold()
    {
        Stand stand;
        stand.setShots("one");
        QVERIFY(!stand.button("Run") || !stand.button("Run")->isEnabled());
        QVERIFY(stand.page->command().isEmpty());
        stand.setShots("1");
        QVERIFY(stand.button("Run")->isEnabled());
        stand.page->form().findChild<QPlainTextEdit*>()->setPlainText("no place for it");
        QVERIFY(stand.page->form().problem().contains("LABEL"));
    }

    void aCellListsItsVideosAndOpensThem()
    {
        Stand stand;
        stand.setShots("2");
        stand.setDraws(5);
        stand.runToTheEnd();
        ConfusionMatrix& matrix = stand.page->matrix();
        const ProbeResults results = probeResultsOf(stand.page->runs().run(0).record);
        const auto [row, column] = largestConfusion(results);
        QVERIFY(row >= 0);
        QCOMPARE(matrix.row(), row); // chosen by itself: nothing below stands empty
        CellVideosView& list = stand.cellVideos();
        size_t expected = 0;
        for (const ProbeResults::Tested& video : results.tested)
            expected += video.label == row && video.taken[size_t(column)] > 0;
        QCOMPARE(list.model()->rowCount(), int(expected));
        QTest::mouseClick(&matrix, Qt::LeftButton, {}, matrix.cellRect(0, 0).center());
        QVERIFY(list.model()->rowCount() > 0);
        for (int i = 0; i < list.model()->rowCount(); ++i)
            QVERIFY(list.model()->index(i, 0).data().toString().startsWith("blue"));
        QSignalSpy asked(stand.page.get(), &Page::videoAsked);
        QTest::keyClick(&matrix, Qt::Key_Return); // on to the videos
        QTRY_VERIFY(list.hasFocus());
        list.setCurrentIndex(list.model()->index(0, 0));
        QTest::keyClick(&list, Qt::Key_Return);
        QCOMPARE(asked.size(), 1);
        QCOMPARE(asked.front().front().value<VideoId>(), list.list().videoAt(0));
        QTest::keyClick(&list, Qt::Key_Escape);
        QTRY_VERIFY(matrix.hasFocus());
    }

    /// A click on a point of few shots shows what these take for what.
    void aPointShowsItsOwnConfusions()
    {
        Stand stand;
        stand.setShots("1, all");
        stand.setDraws(4);
        stand.runToTheEnd();
        const auto title = [&] {
            QString text;
            for (const ElidedLabel* label : stand.page->findChildren<ElidedLabel*>())
                if (label->whole().startsWith("Rows:"))
                    text = label->whole();
            return text;
        };
        QVERIFY(title().contains(" all labelled"));
        Q_EMIT stand.page->plot().pointChosen(0, 2); // one shot, third draw
        QTRY_VERIFY_WITH_TIMEOUT(title().contains(" 1 labelled"), kPatience);
        ProbeSettings settings = stand.page->form().settings();
        settings.probe.shots = {1};
        settings.probe.c = 10;
        const ProbeResults direct = probeResultsOf(stand.direct(settings));
        const std::vector<std::vector<double>> cells = direct.confusions();
        const QString text = stand.page->matrix().cellText(0, 0);
        const double recognised = cells[0][0];
        QVERIFY2(text.contains(QLocale().toString(recognised, 'f', recognised == std::round(recognised) ? 0 : 1)),
            qPrintable(text));
        Q_EMIT stand.page->plot().pointChosen(0, 5); // all: at once
        QVERIFY(title().contains(" all labelled"));
    }

    void curvesGrowWhileItRuns()
    {
        Stand stand(true, 40, 20);
        stand.setShots("1,2,4,8,16,32,all");
        stand.setDraws(60);
        std::vector<size_t> seen;
        QTest::mouseClick(stand.button("Run"), Qt::LeftButton);
        QVERIFY(stand.button("Stop"));
        while (stand.page->runs().rowCount() == 0) {
            QTest::qWait(20);
            const PlotContent& content = stand.page->plot().content();
            const size_t points = content.curves.empty() ? 0 : content.curves.front().mean.size();
            if (seen.empty() || seen.back() != points)
                seen.push_back(points);
            QVERIFY(seen.size() < 100);
        }
        QVERIFY2(seen.size() >= 3, qPrintable(QString::number(seen.size()))); // nothing, some, all
        QVERIFY(std::is_sorted(seen.begin(), seen.end()));
        QCOMPARE(stand.page->plot().content().curves.front().mean.size(), size_t(7));
    }

    void stopsAndKeepsNothing()
    {
        Stand stand(true, 40, 20);
        stand.setDraws(1000);
        QTest::mouseClick(stand.button("Run"), Qt::LeftButton);
        QTest::qWait(100);
        QTest::mouseClick(stand.button("Stop"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(stand.jobs.isIdle(), 2000);
        QVERIFY(stand.button("Run"));
        QCOMPARE(stand.page->runs().rowCount(), 0);
        QVERIFY(!stand.page->frame().nextStep().isEmpty());
        stand.setShots("1");
        stand.setDraws(2);
        stand.runToTheEnd(); // and it can run again
    }

    /// The tabulator goes from the runs through the settings to the button, then to the figure.
    void tabOrder()
    {
        Stand stand;
        stand.setShots("1");
        stand.setDraws(2);
        stand.runToTheEnd();
        stand.page->frame().runs().setFocus();
        QStringList names;
        for (int i = 0; i < 17 && stand.page->focusWidget() != &stand.page->matrix(); ++i) {
            QTest::keyClick(stand.page->focusWidget(), Qt::Key_Tab);
            auto* button = qobject_cast<QAbstractButton*>(stand.page->focusWidget());
            names << (button ? button->text() : stand.page->focusWidget()->accessibleName());
        }
        QCOMPARE(names.join(", "),
            QStringLiteral(
                "Shots, Draws, Seed, Aggregation, linear, Tip-Adapter, LP++, C, Prompts, Run, Copy as command, Top-5, "
                "Export figure, %1, Confusions, %2")
                .arg(stand.page->plot().accessibleName(), stand.page->matrix().accessibleName()));
    }

    void emptyStatesSayTheNextStep()
    {
        Stand stand(false);
        QVERIFY(stand.page->frame().nextStep().contains("no split"));
        QSignalSpy marks(stand.page.get(), &Page::marksAsked);
        QTest::mouseClick(stand.button("Draw a split"), Qt::LeftButton);
        QCOMPARE(marks.size(), 1);
        const auto asked = marks.front().front().value<VideoMarks>();
        QCOMPARE(asked.size(), size_t(3 * (kTrain + kTest)));
        int train = 0;
        for (const VideoMark& mark : asked) {
            QVERIFY(!mark.label && mark.split);
            train += *mark.split == "train";
        }
        QCOMPARE(train, 3 * (kTrain + kTest) / 2);

        std::vector<VideoRecord> videos = stand.made.library->videos();
        for (VideoRecord& video : videos)
            video.label.clear();
        stand.videos.setVideos(videos);
        stand.page->setLibrary(stand.view());
        QVERIFY(stand.page->frame().nextStep().contains("press a key from 1 to 9"));
        QSignalSpy actions(stand.page.get(), &Page::actionAsked);
        QTest::mouseClick(stand.button("Label videos"), Qt::LeftButton);
        QTest::mouseClick(stand.button("Open the sample library"), Qt::LeftButton);
        QCOMPARE(actions.takeFirst().front().toString(), QString("view.library"));
        QCOMPARE(actions.takeFirst().front().toString(), QString("library.sample"));

        LibraryInView view = stand.view();
        view.encoder = nullptr;
        stand.page->setLibrary(view);
        QTest::mouseClick(stand.button("Embed now"), Qt::LeftButton);
        QCOMPARE(actions.takeFirst().front().toString(), QString("library.embed"));
        view.loading = true;
        stand.page->setLibrary(view);
        QVERIFY(stand.page->frame().nextStep().contains("loaded"));
        stand.videos.setVideos({});
        stand.page->setLibrary(view);
        QTest::mouseClick(stand.button("Add a folder"), Qt::LeftButton);
        QCOMPARE(actions.takeFirst().front().toString(), QString("library.addFolder"));
    }

    /// Two runs chosen together are two curves; the table and the explanation are the current one's.
    void runsAreComparedInTheFigure()
    {
        Stand stand;
        stand.setShots("1,2");
        stand.setDraws(3);
        stand.runToTheEnd();
        stand.setDraws(5);
        stand.runToTheEnd();
        QCOMPARE(stand.page->plot().content().curves.size(), size_t(1));
        stand.page->frame().runs().selectAll();
        QCOMPARE(stand.page->plot().content().curves.size(), size_t(2));
        QCOMPARE(stand.page->plot().content().curves[0].points.size(), size_t(10)); // the current one first
        QCOMPARE(stand.page->plot().content().curves[1].points.size(), size_t(6));
    }

    /// What was run is there the next time, and what the command line has run as well; removing is undone.
    void runsStayInTheLibrary()
    {
        Stand stand;
        stand.setShots("2");
        stand.setDraws(3);
        stand.runToTheEnd();
        const int64_t id = stand.page->runs().run(0).id;
        QVERIFY(id > 0);
        StoredRun other;
        other.record = stand.direct(stand.page->form().settings());
        other.name = "from the command line";
        RunStore(stand.made.library).save(other);
        stand.page->hide();
        stand.page->show();
        QTRY_COMPARE_WITH_TIMEOUT(stand.page->runs().rowCount(), 2, kPatience);
        QCOMPARE(stand.page->runs().index(0).data().toString(), QString("from the command line"));
        QCOMPARE(stand.page->runs().rowOf(id), 1);

        RunList& list = stand.page->frame().runs();
        list.setCurrentIndex(stand.page->runs().index(0));
        QTRY_VERIFY_WITH_TIMEOUT(stand.cellVideos().model()->rowCount() > 0, kPatience); // its arrays were read
        QSignalSpy acts(stand.page.get(), &Page::acted);
        QTest::keyClick(&list, Qt::Key_Delete);
        QTRY_COMPARE_WITH_TIMEOUT(acts.size(), 1, kPatience);
        QCOMPARE(stand.page->runs().rowCount(), 1);
        QCOMPARE(RunStore(stand.made.library).list("probe").size(), size_t(1));
        acts.front().front().value<UndoableAct>().undo();
        QTRY_COMPARE_WITH_TIMEOUT(stand.page->runs().rowCount(), 2, kPatience);
        QCOMPARE(RunStore(stand.made.library).list("probe").size(), size_t(2));
        stand.page->runs().setData(stand.page->runs().index(1), "mine");
        QTRY_COMPARE_WITH_TIMEOUT(RunStore(stand.made.library).load(id).name, std::string("mine"), kPatience);
        // Its settings for the next run.
        stand.setDraws(9);
        Q_EMIT list.settingsAsked(1);
        QCOMPARE(stand.page->form().settings().probe.seeds, 3);
    }

    void answersWhileItRuns()
    {
        Stand stand(true, 40, 20);
        stand.setDraws(2);
        stand.runToTheEnd(); // fonts and the like are not what is measured
        stand.setDraws(150);
        UiWatchdog watchdog;
        stand.runToTheEnd();
        QVERIFY(watchdog.answers() > 5);
        QVERIFY2(watchdog.longestMs() < kLongestMs, qPrintable(QString::number(watchdog.longestMs())));
    }

    /// The page in the window: Ctrl+3, its command by Ctrl+Shift+C, a video of a cell beside the library.
    void inTheWindow()
    {
        Desk desk({probeEntry()});
        TempDir box;
        const LabelledLibrary made = makeLabelled(box.path(), kTrain, kTest);
        desk.open(made.library->folder());
        QTRY_VERIFY2_WITH_TIMEOUT(desk.badge().startsWith("searching 66 of 66"), qPrintable(desk.badge()), kPatience);
        QVERIFY(!desk.action("figure.export")->isEnabled());
        QTest::keyClick(desk.window.get(), Qt::Key_3, Qt::ControlModifier);
        auto& page = desk.part<ProbePage>();
        QTRY_VERIFY(page.isVisible());
        QVERIFY(desk.action("figure.export")->isEnabled());
        QVERIFY(page.isAncestorOf(desk.focus()));
        QVERIFY(!desk.part<MomentPanel>().isVisible()); // the page has the whole room
        page.form().findChild<QLineEdit*>()->setText("2");
        QTest::keyClick(desk.window.get(), Qt::Key_F5);
        QTRY_COMPARE_WITH_TIMEOUT(page.runs().rowCount(), 1, kPatience);
        QTest::keyClick(desk.window.get(), Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(QGuiApplication::clipboard()->text().startsWith("clipscope-cli probe --library "));
        CellVideosView& list = *page.findChild<CellVideosView*>();
        QVERIFY(list.model()->rowCount() > 0);
        const VideoId id = list.list().videoAt(0);
        Q_EMIT list.playAsked(id);
        QTRY_VERIFY(desk.part<LibraryPage>().isVisible());
        QVERIFY(desk.part<MomentPanel>().isVisible());
        QCOMPARE(desk.part<MomentPanel>().videoId(), id);
        QCOMPARE(desk.part<LibraryPage>().currentVideo()->id, id);
        desk.action("view.back")->trigger();
        QTRY_VERIFY(page.isVisible());
        // Closed here, it begins here the next time.
        desk.window->close();
        QTRY_VERIFY(!desk.window->isVisible());
        const Settings kept = Settings::load(desk.settings.file);
        QCOMPARE(kept.page, QString("probe"));
        QVERIFY(!kept.pageLayouts.at("probe").isEmpty());
    }
};

QTEST_MAIN(ProbePageTest)
#include "tst_probe_page.moc"
