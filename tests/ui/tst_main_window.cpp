// SPDX-License-Identifier: GPL-3.0-or-later
#include "desk.h"
#include "jobs/job_manager.h"
#include "lessons/lesson_panel.h"
#include "library/label_keys_dialog.h"
#include "library/library_page.h"
#include "library/library_session.h"
#include "models/library_model.h"
#include "models/model_catalogue.h"
#include "models/search_results_model.h"
#include "player/moment_panel.h"
#include "player/playback.h"
#include "player/player_widget.h"
#include "search/query_bar.h"
#include "search/result_grid.h"
#include "search/search_page.h"
#include "shell/action_registry.h"
#include "shell/command_palette.h"
#include "shell/key_list_dialog.h"
#include "shell/main_window.h"
#include "shell/notice_bar.h"
#include "shell/settings.h"
#include "shell/top_bar.h"
#include "shell/welcome_page.h"
#include "test_library.h"
#include "ui_watchdog.h"

#include <QAction>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QTest>
#include <QToolButton>

#include <fstream>
#include <set>

using namespace clipscope;
using namespace clipscope::test;

namespace fs = std::filesystem;

namespace {
void drop(MainWindow& window, const QList<QUrl>& urls)
{
    QMimeData data;
    data.setUrls(urls);
    QDragEnterEvent enter(QPoint(200, 200), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&window, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent event(QPointF(200, 200), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&window, &event);
}
} // namespace

class MainWindowTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void opensAndCloses()
    {
        Desk desk;
        QVERIFY(desk.part<WelcomePage>().isVisible());
        desk.window->close();
        QTRY_VERIFY(!desk.window->isVisible());
        QVERIFY(desk.jobs.isIdle());
        QVERIFY(fs::exists(desk.settings.file));
        QVERIFY(!Settings::load(desk.settings.file).geometry.isEmpty());
    }

    void noLibraryThere()
    {
        Desk desk;
        desk.window->openLibrary(desk.box / "nowhere");
        QTRY_VERIFY_WITH_TIMEOUT(desk.notice().contains("nowhere"), kPatience);
        QVERIFY(desk.part<WelcomePage>().isVisible());
        QVERIFY(!fs::exists(desk.box / "nowhere"));
        QVERIFY(desk.settings.recentLibraries.empty());
    }

    void aDamagedLibraryIsRepaired()
    {
        Desk desk;
        const fs::path library = makeLibrary(desk.box.path(), {"a.mp4", "b.mp4"});
        {
            std::fstream out(library / "library.db", std::ios::in | std::ios::out | std::ios::binary);
            out << std::string(100, 'x');
        }
        desk.window->openLibrary(library);
        QTRY_VERIFY_WITH_TIMEOUT(desk.notice().contains("damaged"), kPatience);
        QVERIFY(desk.action("library.repair")->isEnabled());
        for (QPushButton* button : desk.part<NoticeBar>().findChildren<QPushButton*>())
            if (button->text() == QLatin1String("Repair the library"))
                button->click();
        QTRY_VERIFY_WITH_TIMEOUT(desk.session().library(), kPatience);
        QCOMPARE(desk.session().library()->videoCount(), 2);
        QTRY_VERIFY_WITH_TIMEOUT(desk.notice().contains("whole again"), kPatience);
        QVERIFY(!desk.action("library.repair")->isEnabled());
        QTRY_COMPARE_WITH_TIMEOUT(desk.session().searchedVideos(), 2, kPatience); // nothing was embedded again
    }

    void typeEnterArrowsSpace()
    {
        Desk desk;
        const fs::path library = makeLibrary(desk.box.path(), {"bear.mp4", "fox.mp4", "star.mp4"});
        desk.open(library);
        QCOMPARE(desk.settings.recentLibraries.size(), size_t(1));
        QTRY_VERIFY2_WITH_TIMEOUT(
            desk.badge().startsWith("searching 3 of 3 videos with "), qPrintable(desk.badge()), kPatience);
        QCOMPARE(desk.part<LibraryPage>().grid().model()->rowCount(), 3);

        auto* field = qobject_cast<QLineEdit*>(desk.focus());
        QVERIFY(field); // the query has the focus at once
        QTest::keyClicks(field, "bear");
        QTest::keyClick(field, Qt::Key_Return);
        SearchPage& page = desk.part<SearchPage>();
        QTRY_VERIFY_WITH_TIMEOUT(page.model().rowCount() > 0, kPatience);
        QTRY_COMPARE(desk.focus(), static_cast<QWidget*>(&page.grid()));
        QVERIFY(page.isVisible());
        QCOMPARE(page.model().index(0).data().toString(), QStringLiteral("bear.mp4")); // its name matches
        MomentPanel& moment = desk.part<MomentPanel>();
        QCOMPARE(moment.video().path.filename(), fs::path("bear.mp4"));
        QTRY_VERIFY(!moment.player().image().isNull());
        QTest::keyClick(&page.grid(), Qt::Key_Right);
        QTRY_VERIFY(page.grid().currentIndex().row() == 1);
        QTest::keyClick(&page.grid(), Qt::Key_Return);
        QTRY_COMPARE(desk.focus(), static_cast<QWidget*>(&moment.player()));
        Playback& playback = moment.player().playback();
        QTRY_VERIFY(playback.isPlaying() && playback.isOpen());
        const double from = playback.timeSec();
        QTRY_VERIFY(playback.timeSec() != from);
        QTest::keyClick(&moment.player(), Qt::Key_Space);
        QTRY_VERIFY(!playback.isPlaying());
        const qint64 frame = playback.frameIndex();
        QTest::keyClick(&moment.player(), Qt::Key_Right);
        QTRY_VERIFY(playback.frameIndex() == frame + 1);
        QTest::keyClick(&moment.player(), Qt::Key_L);
        QTRY_VERIFY(playback.isPlaying());
        QTest::keyClick(&moment.player(), Qt::Key_J);
        QCOMPARE(playback.speed(), -1.0);
        QTest::keyClick(&moment.player(), Qt::Key_K);
        QVERIFY(!playback.isPlaying());
        QTest::keyClick(&moment.player(), Qt::Key_Escape);
        QTRY_COMPARE(desk.focus(), static_cast<QWidget*>(&page.grid()));
        QTest::keyClick(&page.grid(), Qt::Key_M);
        QTRY_VERIFY(!desk.part<QueryBar>().query().positives.empty());
        QCOMPARE(desk.part<QueryBar>().query().positives[0].kind, QueryTerm::Kind::Clip);
        desk.action("search.copyCommand")->trigger();
        QVERIFY(QGuiApplication::clipboard()->text().startsWith("clipscope-cli search --library "));
        QTest::keyClick(&page.grid(), Qt::Key_Escape);
        QTRY_COMPARE(desk.focus(), static_cast<QWidget*>(field));
        QTRY_VERIFY_WITH_TIMEOUT(!page.isSearching(), kPatience); // the first Esc would stop it
        QTest::keyClick(field, Qt::Key_Escape);
        QVERIFY(desk.part<QueryBar>().isEmpty());
        QCOMPARE(page.model().rowCount(), 0);
    }

    void aNoteForAnotherLanguage()
    {
        Desk desk;
        desk.open(makeLibrary(desk.box.path(), {"bear.mp4"}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.badge().startsWith("searching 1 of 1 video with "), kPatience);
        desk.part<QueryBar>().setWords(
            QString::fromUtf8("\xd0\xb1\xd1\x83\xd1\x80\xd1\x8b\xd0\xb9 \xd0\xbc\xd0\xb5\xd0\xb4"));
        QTRY_VERIFY_WITH_TIMEOUT(
            !desk.part<SearchPage>().isSearching() && desk.part<SearchPage>().isVisible(), kPatience);
        // Whether there is a note is the encoder's to say; the window only has to go on.
        QVERIFY(desk.part<TopBar>().isVisible());
    }

    void aDroppedFolderBecomesALibrary()
    {
        Desk desk;
        writeClips(desk.box.path(), {"a.mp4", "b.mp4"});
        std::ofstream(desk.box / "media" / "broken.mp4") << "not a video at all";
        UiWatchdog watchdog;
        drop(*desk.window, {QUrl::fromLocalFile(QString::fromStdString((desk.box / "media").string()))});
        QTRY_VERIFY_WITH_TIMEOUT(desk.session().library(), kPatience);
        QCOMPARE(desk.session().name(), QStringLiteral("media"));
        QTRY_COMPARE_WITH_TIMEOUT(desk.part<LibraryPage>().grid().model()->rowCount(), 2, kPatience);
        // The broken file is a row with its reason and never a dialog.
        QTRY_COMPARE_WITH_TIMEOUT(desk.session().failedImports().size(), size_t(1), kPatience);
        QVERIFY(desk.session().failedImports()[0].path.endsWith("broken.mp4"));
        QVERIFY(!desk.session().failedImports()[0].reason.isEmpty());
        QVERIFY(!QApplication::activeModalWidget());
        // Names can be searched whatever becomes of the encoder.
        QTRY_VERIFY_WITH_TIMEOUT(desk.jobs.isIdle(), kPatience);
        QVERIFY2(!desk.badge().isEmpty(), qPrintable(desk.notice()));
        QVERIFY2(watchdog.longestMs() < 100, qPrintable(QString::number(watchdog.longestMs())));

        // The same folder again is the same library; another folder of that name gets its own.
        const fs::path first = desk.session().library()->folder();
        desk.window->showWelcome();
        drop(*desk.window, {QUrl::fromLocalFile(QString::fromStdString((desk.box / "media").string()))});
        QTRY_VERIFY_WITH_TIMEOUT(!desk.part<WelcomePage>().isVisible(), kPatience);
        QCOMPARE(desk.session().library()->folder(), first);
        writeClips(desk.box / "other", {"c.mp4"});
        desk.window->showWelcome();
        drop(*desk.window, {QUrl::fromLocalFile(QString::fromStdString((desk.box / "other" / "media").string()))});
        QTRY_VERIFY_WITH_TIMEOUT(desk.session().library()->folder() != first, kPatience);
        desk.jobs.requestStopAll();
        QTRY_VERIFY_WITH_TIMEOUT(desk.jobs.isIdle(), kPatience);

        // What failed is still known the next time, and can be tried again when it is mended.
        desk.window->openLibrary(first);
        QTRY_COMPARE_WITH_TIMEOUT(desk.session().library()->folder(), first, kPatience);
        QCOMPARE(desk.session().failedImports().size(), size_t(1));
        writeClip(desk.box / "media" / "broken.mp4", 24);
        desk.action("library.retry")->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(desk.session().failedImports().size(), size_t(0), kPatience);
        QTRY_COMPARE_WITH_TIMEOUT(desk.part<LibraryPage>().grid().model()->rowCount(), 3, kPatience);
    }

    /// Keys 1 to 9 label the chosen videos; a key without a name asks for one; each act is undone and done again.
    void keysLabelVideos()
    {
        Desk desk;
        desk.open(makeLibrary(desk.box.path(), {"bear.mp4", "fox.mp4", "star.mp4"}));
        VideoGrid& grid = desk.part<LibraryPage>().grid();
        const auto labels = [&] {
            QStringList out;
            for (const VideoRecord& video : desk.session().library()->videos())
                out << QString::fromStdString(video.label);
            return out;
        };
        grid.setFocus();
        grid.selectAll();
        QTest::keyClick(&grid, Qt::Key_2);
        auto* dialog = desk.window->findChild<LabelKeysDialog*>();
        QVERIFY(dialog);
        auto* field = qobject_cast<QLineEdit*>(dialog->focusWidget());
        QVERIFY(field);
        QCOMPARE(field->accessibleName(), QString("Label of key 2"));
        QTest::keyClicks(field, "animal");
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_VERIFY(!desk.window->findChild<LabelKeysDialog*>());
        desk.window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
        grid.setFocus();
        QTest::keyClick(&grid, Qt::Key_2);
        QTRY_COMPARE_WITH_TIMEOUT(labels(), (QStringList{"animal", "animal", "animal"}), kPatience);
        grid.setCurrentIndex(grid.model()->index(1, 0));
        QTest::keyClick(&grid, Qt::Key_0);
        QTRY_COMPARE_WITH_TIMEOUT(labels(), (QStringList{"animal", "", "animal"}), kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(desk.action("library.undo")->text().contains("unlabel 1 video"), kPatience);
        QTest::keyClick(desk.window.get(), Qt::Key_Z, Qt::ControlModifier);
        QTRY_COMPARE_WITH_TIMEOUT(labels(), (QStringList{"animal", "animal", "animal"}), kPatience);
        QTest::keyClick(desk.window.get(), Qt::Key_Z, Qt::ControlModifier);
        QTRY_COMPARE_WITH_TIMEOUT(labels(), (QStringList{"", "", ""}), kPatience);
        QTest::keyClick(desk.window.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_COMPARE_WITH_TIMEOUT(labels(), (QStringList{"animal", "animal", "animal"}), kPatience);
        QTRY_COMPARE_WITH_TIMEOUT(
            grid.model()->index(0, 0).data(LibraryModel::LabelRole).toString(), QString("animal"), kPatience);
        // The names are the library's: they are there when it is opened again.
        QTRY_VERIFY_WITH_TIMEOUT(desk.session().library()->setting("labelKeys"), kPatience);
        QVERIFY(desk.session().library()->setting("labelKeys")->find("\"animal\"") != std::string::npos);
        // A key in the query is a digit.
        QTest::keyClick(desk.window.get(), Qt::Key_Slash);
        auto* query = qobject_cast<QLineEdit*>(desk.focus());
        QVERIFY(query);
        QTest::keyClick(query, Qt::Key_2);
        QCOMPARE(query->text(), QString("2"));
        QCOMPARE(labels(), (QStringList{"animal", "animal", "animal"}));
    }

    void removeAndUndo()
    {
        Desk desk;
        const fs::path folder = makeLibrary(desk.box.path(), {"a.mp4", "b.mp4", "c.mp4"});
        desk.open(folder);
        QTRY_VERIFY_WITH_TIMEOUT(desk.badge().startsWith("searching 3 of 3"), kPatience);
        VideoGrid& grid = desk.part<LibraryPage>().grid();
        grid.setFocus();
        grid.setCurrentIndex(grid.model()->index(1, 0));
        QVERIFY(!desk.action("library.undo")->isEnabled());
        QTest::keyClick(&grid, Qt::Key_Delete);
        QTRY_COMPARE_WITH_TIMEOUT(grid.model()->rowCount(), 2, kPatience);
        QVERIFY(desk.notice().startsWith("1 video removed"));
        QVERIFY(fs::exists(desk.box / "media" / "b.mp4"));
        QTRY_VERIFY_WITH_TIMEOUT(desk.badge().startsWith("searching 2 of 2"), kPatience);
        desk.action("library.undo")->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(grid.model()->rowCount(), 3, kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(desk.badge().startsWith("searching 3 of 3"), kPatience);
        QVERIFY(!desk.action("library.undo")->isEnabled());
    }

    /// The real thing, with the model that comes with the program: import, embedding and searches in between, and the
    /// window answers all the time.
    void theWindowAnswersWhileItEmbeds()
    {
        if (!findInstalled("sample-clip"))
            QSKIP("the sample model is not there");
        Desk desk;
        desk.open(makeLibrary(desk.box.path(), {"first.mp4"}, "sample-clip"));
        QTRY_VERIFY2_WITH_TIMEOUT(desk.badge().startsWith("searching 1 of 1"), qPrintable(desk.notice()), kPatience);
        std::vector<std::string> names;
        for (int i = 0; i < 12; ++i)
            names.push_back("clip" + std::to_string(i) + ".mp4");
        writeClips(desk.box / "more", names);
        UiWatchdog watchdog;
        drop(*desk.window, {QUrl::fromLocalFile(QString::fromStdString((desk.box / "more").string()))});
        int searches = 0;
        QElapsedTimer timer;
        timer.start();
        while (!desk.badge().startsWith("searching 13 of 13") && timer.elapsed() < 2 * kPatience) {
            desk.part<QueryBar>().setWords(QStringLiteral("a red ball %1").arg(++searches));
            QTest::qWait(400);
        }
        QVERIFY2(desk.badge().startsWith("searching 13 of 13"), qPrintable(desk.badge() + desk.notice()));
        QVERIFY(desk.part<SearchPage>().model().rowCount() > 0);
        QVERIFY(watchdog.answers() > 10); // it did watch
        QVERIFY2(watchdog.longestMs() < 100, qPrintable(QString::number(watchdog.longestMs())));
        qDebug("longest time without an answer: %d ms", watchdog.longestMs());
    }

    void closingWhileAJobRuns()
    {
        Desk desk;
        std::vector<std::string> names;
        for (int i = 0; i < 24; ++i)
            names.push_back("clip" + std::to_string(i) + ".mp4");
        writeClips(desk.box.path(), names);
        desk.window->importPaths({desk.box / "media"});
        QTRY_VERIFY_WITH_TIMEOUT(desk.session().library(), kPatience);
        desk.window->close();
        QTRY_VERIFY_WITH_TIMEOUT(!desk.window->isVisible(), kPatience);
        QVERIFY(desk.jobs.isIdle());
    }

    void everyCommandHasAPlaceAndNoKeyTwice()
    {
        Desk desk;
        std::set<QString> keys;
        for (const ActionRegistry::Entry& entry : desk.window->actions().entries()) {
            QVERIFY(!entry.action->text().isEmpty());
            for (const QKeySequence& key : entry.action->shortcuts())
                QVERIFY2(keys.insert(key.toString()).second, qPrintable(key.toString()));
        }
        QVERIFY(keys.size() > 20);
        KeyListDialog list(desk.window->actions());
        list.show();
        QVERIFY(list.findChildren<QLabel*>().size() > int(keys.size()));
        auto* palette = new CommandPalette(desk.window->actions(), desk.window.get());
        palette->show();
        QTest::keyClicks(palette->findChild<QLineEdit*>(), "dark");
        QTest::keyClick(palette->findChild<QLineEdit*>(), Qt::Key_Return);
        QTRY_COMPARE(desk.settings.theme, ThemeChoice::Dark);
        QTRY_COMPARE(Settings::load(desk.settings.file).theme, ThemeChoice::Dark);
    }

    /// In a narrow window the lesson takes the room of the moment; no window grows beyond its screen for it.
    void aLessonFitsIntoTheWindow()
    {
        Desk desk;
        desk.open(makeLibrary(desk.box.path(), {"bear.mp4"}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.badge().startsWith("searching 1 of 1"), kPatience);
        QCoreApplication::processEvents();
        desk.window->resize(desk.window->minimumSizeHint().width(), 700); // of library and moment
        const int width = desk.window->width();
        QVERIFY(desk.part<MomentPanel>().isVisible());
        desk.action("lessons.all")->trigger();
        QVERIFY(desk.part<LessonPanel>().isVisible() && !desk.part<MomentPanel>().isVisible());
        QTest::qWait(50);
        QCOMPARE(desk.window->width(), width);
        // What it says of the encoder is cut before the window is too wide.
        auto& badge = *desk.window->findChild<QToolButton*>("badge");
        QVERIFY(badge.minimumSizeHint().width() < badge.sizeHint().width());
        QVERIFY(badge.text().startsWith("searching 1 of 1"));
    }

    void aSmallWindowIsPossible()
    {
        Desk desk;
        std::string name(200, 'n');
        name += ".mp4";
        writeClips(desk.box.path(), {name});
        desk.window->importPaths({desk.box / "media"});
        QTRY_VERIFY_WITH_TIMEOUT(desk.session().library(), kPatience);
        QTRY_COMPARE_WITH_TIMEOUT(desk.part<LibraryPage>().grid().model()->rowCount(), 1, kPatience);
        VideoGrid& grid = desk.part<LibraryPage>().grid();
        grid.setFocus();
        grid.setCurrentIndex(grid.model()->index(0, 0));
        desk.action("view.jobs")->trigger();
        QCoreApplication::processEvents();
        const QSize least = desk.window->minimumSizeHint();
        QVERIFY2(least.width() <= 1100 && least.height() <= 700,
            qPrintable(QStringLiteral("%1 x %2").arg(least.width()).arg(least.height())));
        for (const QWidget* widget : desk.window->findChildren<QWidget*>()) {
            // What can be reached with the keyboard has a name for screen readers.
            if (widget->isVisible() && widget->focusPolicy() & Qt::TabFocus) {
                const auto* button = qobject_cast<const QAbstractButton*>(widget);
                QVERIFY2(!widget->accessibleName().isEmpty() || (button && !button->text().isEmpty()),
                    widget->metaObject()->className());
            }
        }
    }
};

QTEST_MAIN(MainWindowTest)
#include "tst_main_window.moc"
