// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/machine.h"
#include "desk.h"
#include "jobs/jobs_panel.h"
#include "library/disk_use_dialog.h"
#include "library/failed_imports.h"
#include "library/library_page.h"
#include "library/watched_folders_dialog.h"
#include "models/disk_use_model.h"
#include "models/library_model.h"
#include "player/moment_panel.h"
#include "player/player_widget.h"
#include "search/query_bar.h"
#include "search/result_grid.h"
#include "search/search_page.h"
#include "shell/settings_dialog.h"
#include "shell/top_bar.h"
#include "test_library.h"
#include "ui_watchdog.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QListWidget>
#include <QPushButton>
#include <QSpinBox>
#include <QTableView>

#include <chrono>
#include <fstream>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {
QPushButton* button(QWidget& parent, const QString& text)
{
    for (QPushButton* candidate : parent.findChildren<QPushButton*>()) {
        if (candidate->text() == text && candidate->isVisible())
            return candidate;
    }
    return nullptr;
}

/// A file that is written no more: it need not be watched for seconds before it joins.
void moveIn(const fs::path& file, const fs::path& folder)
{
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::minutes(1));
    fs::rename(file, folder / file.filename());
}
} // namespace

/// The window over the life of a library: folders that fill it, the room it takes, what goes wrong, what it costs the
/// computer.
class LibraryCareTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aWatchedFolderFillsTheLibrary()
    {
        Desk desk;
        const fs::path folder = makeLibrary(desk.box.path(), {"bear.mp4"});
        desk.open(folder);
        QTRY_VERIFY_WITH_TIMEOUT(desk.badge().startsWith("searching 1 of 1"), kPatience);
        LibraryModel& model = *qobject_cast<LibraryModel*>(desk.part<LibraryPage>().grid().model());

        // By keys, then through the list.
        QTest::keyClick(desk.window.get(), Qt::Key_W, Qt::ControlModifier | Qt::ShiftModifier);
        auto& dialog = desk.part<WatchedFoldersDialog>();
        auto* list = dialog.findChild<QListWidget*>();
        QCOMPARE(list->count(), 0);
        QVERIFY(!button(dialog, "Stop watching")->isEnabled());
        fs::create_directories(desk.box / "incoming");
        desk.session().watch(desk.box / "incoming");
        QTRY_COMPARE(list->count(), 1);
        QVERIFY(list->item(0)->text().endsWith("incoming"));

        // A video joins: imported, embedded with the library's encoder, found by name and by picture.
        writeClip(desk.box / "incoming" / "otter.mp4", 36);
        QTRY_COMPARE_WITH_TIMEOUT(model.rowCount(), 2, kPatience);
        QTRY_VERIFY2_WITH_TIMEOUT(
            desk.badge().startsWith("searching 2 of 2 videos"), qPrintable(desk.badge() + desk.notice()), kPatience);
        QCOMPARE(desk.session().library()->embeddingKeys().size(), size_t(1));

        // Deleted: it says so and stays. Back: as before.
        fs::rename(desk.box / "incoming" / "otter.mp4", desk.box / "away.mp4");
        QTRY_COMPARE_WITH_TIMEOUT(model.missingCount(), 1, kPatience);
        QCOMPARE(model.rowCount(), 2);
        const int row = model.video(0)->path.filename() == "otter.mp4" ? 0 : 1;
        QCOMPARE(model.index(row).data(LibraryModel::DamageRole).toString(), QStringLiteral("file missing"));
        QVERIFY(model.index(row).data(Qt::AccessibleTextRole).toString().contains("missing"));
        fs::rename(desk.box / "away.mp4", desk.box / "incoming" / "otter.mp4");
        QTRY_COMPARE_WITH_TIMEOUT(model.missingCount(), 0, kPatience);

        // A file that is no video is a row with its reason, as in any import. It is an old one: nobody waits for it.
        std::ofstream(desk.box / "broken.mp4") << "not a video at all";
        moveIn(desk.box / "broken.mp4", desk.box / "incoming");
        QTRY_COMPARE_WITH_TIMEOUT(desk.session().failedImports().size(), size_t(1), kPatience);

        button(dialog, "Stop watching")->click();
        QTRY_COMPARE(list->count(), 0);
        QTRY_VERIFY(watchedFolders(*desk.session().library()).empty());
        QCOMPARE(model.rowCount(), 2);
    }

    void anImportedFolderCanBeWatched()
    {
        Desk desk;
        writeClips(desk.box / "first", {"a.mp4"});
        desk.open(makeLibrary(desk.box.path(), {"bear.mp4"}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.badge().startsWith("searching 1 of 1"), kPatience);
        desk.window->importPaths({desk.box / "first" / "media"});
        QTRY_VERIFY_WITH_TIMEOUT(desk.notice().contains("join by themselves"), kPatience);
        button(desk.part<NoticeBar>(), "Watch this folder")->click();
        QTRY_COMPARE_WITH_TIMEOUT(desk.session().watched().size(), size_t(1), kPatience);
        QCOMPARE(desk.session().watched()[0].path, desk.box / "first" / "media");
        // Imported again it is not offered again.
        QTRY_VERIFY_WITH_TIMEOUT(desk.jobs.isIdle(), kPatience);
        writeClip(desk.box / "later.mp4", 24);
        moveIn(desk.box / "later.mp4", desk.box / "first" / "media");
        QTRY_COMPARE_WITH_TIMEOUT(desk.part<LibraryPage>().grid().model()->rowCount(), 3, kPatience);
        QVERIFY(!desk.notice().contains("join by themselves"));
        // The next start goes on watching, with what came meanwhile.
        const fs::path folder = desk.session().library()->folder();
        desk.session().stopWatching();
        QTRY_VERIFY_WITH_TIMEOUT(desk.jobs.isIdle(), kPatience);
        writeClip(desk.box / "overnight.mp4", 24);
        moveIn(desk.box / "overnight.mp4", desk.box / "first" / "media");
        desk.window->openLibrary(folder);
        QTRY_COMPARE_WITH_TIMEOUT(desk.part<LibraryPage>().grid().model()->rowCount(), 4, kPatience);
    }

    void twoWindowsKeepEachOthersFailures()
    {
        const TempDir box;
        const std::shared_ptr<VideoLibrary> opened = VideoLibrary::open(makeLibrary(box.path(), {"bear.mp4"}));
        VideoLibrary& library = *opened;
        FailedImports one = FailedImports::load(library), other = FailedImports::load(library);
        const auto stored = [&] {
            QStringList paths;
            const FailedImports kept = FailedImports::load(library);
            for (const FailedItem& item : kept.items())
                paths << item.path;
            return paths.join(' ');
        };
        one.add({FailedItem{"/a.mp4", "broken"}});
        one.takeUnsaved()(library);
        other.add({FailedItem{"/b.mp4", "empty"}});
        other.takeUnsaved()(library);
        QCOMPARE(stored(), QStringLiteral("/a.mp4 /b.mp4"));
        one.recovered("/a.mp4");
        one.takeUnsaved()(library);
        other.add({FailedItem{"/c.mp4", "broken"}}); // does not bring back what the first took away
        other.takeUnsaved()(library);
        QCOMPARE(stored(), QStringLiteral("/b.mp4 /c.mp4"));
    }

    void reportsOnFailures()
    {
        Desk desk;
        desk.open(makeLibrary(desk.box.path(), {"bear.mp4"}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.badge().startsWith("searching 1 of 1"), kPatience);
        std::ofstream(desk.box / "media" / "broken.mp4") << "not a video at all";
        desk.window->importPaths({desk.box / "media"});
        QTRY_COMPARE_WITH_TIMEOUT(desk.session().failedImports().size(), size_t(1), kPatience);
        const auto copied = [&](const QString& part) {
            QTRY_VERIFY2_WITH_TIMEOUT(QGuiApplication::clipboard()->text().contains(part),
                qPrintable(part + " is not in\n" + QGuiApplication::clipboard()->text()), kPatience);
        };
        // The list of failed imports.
        QGuiApplication::clipboard()->clear();
        desk.action("library.showFailed")->trigger();
        button(desk.part<LibraryPage>(), "Copy report")->click();
        copied(QString::fromStdString((desk.box / "media" / "broken.mp4").string()));
        copied("18 bytes");
        copied("FFmpeg ");
        copied("LibTorch 2.");
        copied("Qt 6.");
        copied(QString::fromStdString(codeVersion()));
        copied(QString::fromStdString(desk.session().library()->folder().string()));
        copied("Fake"); // the encoder
        copied(", fp32 on cpu"); // and how it computes
        QTRY_VERIFY(desk.notice().startsWith("Report copied"));
        // The jobs panel: the same file, with the job's words.
        QGuiApplication::clipboard()->clear();
        desk.action("view.jobs")->trigger();
        JobsPanel& panel = desk.part<JobsPanel>();
        for (QTableView* table : panel.findChildren<QTableView*>()) {
            for (int row = 0; row < table->model()->rowCount(); ++row) {
                if (table->model()->index(row, 0).data().toString() == QLatin1String("Importing media"))
                    table->selectRow(row);
            }
        }
        button(panel, "Copy report")->click();
        copied("Importing media: Done, 1 failed");
        // An error that no list shows.
        QGuiApplication::clipboard()->clear();
        desk.window->openLibrary(desk.box / "nowhere");
        QTRY_VERIFY_WITH_TIMEOUT(desk.notice().contains("nowhere"), kPatience);
        button(desk.part<NoticeBar>(), "Copy report")->click();
        copied("there is no library");
    }

    void settingsHoldAtOnce()
    {
        Desk desk;
        desk.open(makeLibrary(desk.box.path(), {"bear.mp4"}));
        QTest::keyClick(desk.window.get(), Qt::Key_Comma, Qt::ControlModifier);
        auto& dialog = desk.part<SettingsDialog>();
        auto* threads = dialog.findChild<QSpinBox*>();
        QVERIFY(threads->text().startsWith("No limit ("));
        threads->setFocus();
        QTest::keyClick(threads, Qt::Key_Up);
        QCOMPARE(desk.settings.workThreads, 1);
        for (QCheckBox* box : dialog.findChildren<QCheckBox*>()) {
            box->setFocus();
            QTest::keyClick(box, Qt::Key_Space);
        }
        QVERIFY(!desk.settings.lowPriority && !desk.settings.pauseOnBattery);
        auto* theme = dialog.findChild<QComboBox*>();
        theme->setCurrentIndex(2);
        Q_EMIT theme->activated(2);
        QCOMPARE(desk.settings.theme, ThemeChoice::Dark);
        QVERIFY(desk.action("theme.dark")->isChecked());
        QTRY_VERIFY_WITH_TIMEOUT(desk.jobs.isIdle(), kPatience);
        const Settings read = Settings::load(desk.settings.file);
        QCOMPARE(read.workThreads, 1);
        QVERIFY(!read.lowPriority && !read.pauseOnBattery);
        QTest::keyClick(&dialog, Qt::Key_Escape);
        QTRY_VERIFY(!desk.window->findChild<SettingsDialog*>());
    }

    void diskUseOfTheOpenLibrary()
    {
        Desk desk;
        desk.open(makeLibrary(desk.box.path(), {"bear.mp4"}));
        desk.action("library.diskUse")->trigger();
        auto& dialog = desk.part<DiskUseDialog>();
        QTRY_VERIFY_WITH_TIMEOUT(dialog.model().rowCount() > 2, kPatience);
        QCOMPARE(dialog.findChild<QComboBox*>()->count(), 1);
    }

    /// Every page and every dialog answers while files are imported, embedded and watched.
    void everyPageAnswersWhileJobsRun()
    {
        Desk desk;
        desk.open(makeLibrary(desk.box.path(), {"bear.mp4", "fox.mp4"}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.badge().startsWith("searching 2 of 2"), kPatience);
        fs::create_directories(desk.box / "incoming");
        desk.session().watch(desk.box / "incoming");
        std::vector<std::string> names;
        for (int i = 0; i < 16; ++i)
            names.push_back("clip" + std::to_string(i) + ".mp4");
        writeClips(desk.box / "more", names);
        for (int i = 0; i < 4; ++i)
            std::ofstream(desk.box / "more" / "media" / ("broken" + std::to_string(i) + ".mp4")) << "no video";
        // Fonts, icons and styles of what is opened for the first time are not what is measured.
        const std::vector<const char*> all{"view.library", "view.search", "view.jobs", "library.watched",
            "app.settings", "library.diskUse", "help.keys", "help.about", "library.showFailed"};
        std::vector<int> longest(all.size());
        const auto closeDialogs = [&] {
            for (QDialog* dialog : desk.window->findChildren<QDialog*>())
                dialog->reject();
            QTest::qWait(1);
        };
        for (const char* id : all) {
            desk.action(id)->trigger();
            QTest::qWait(20);
            closeDialogs();
        }
        // Work on every lane until the round is over, besides the real jobs.
        QObject owner;
        for (Lane lane : {Lane::Decode, Lane::Model, Lane::Io}) {
            JobRequest request;
            request.title = QStringLiteral("busy");
            request.lane = lane;
            desk.jobs.start(
                request,
                [](JobContext& context) {
                    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
                    for (int64_t i = 0; std::chrono::steady_clock::now() < until; ++i) {
                        context.throwIfStopped();
                        context.progress(i, 0, "step");
                        context.log(LogLevel::Info, "a line");
                        std::this_thread::sleep_for(std::chrono::microseconds(200));
                    }
                },
                &owner, [] {});
        }
        desk.window->importPaths({desk.box / "more" / "media"});
        for (int i = 0; i < 4; ++i) {
            const fs::path copy = desk.box / ("copy" + std::to_string(i) + ".mp4");
            fs::copy_file(desk.box / "more" / "media" / ("clip" + std::to_string(i) + ".mp4"), copy);
            moveIn(copy, desk.box / "incoming");
        }
        UiWatchdog watchdog;
        int rounds = 0;
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < kPatience
            && (rounds < 2 || desk.part<LibraryPage>().grid().model()->rowCount() < 22 || !desk.jobs.isIdle())) {
            for (size_t i = 0; i < all.size(); ++i) {
                watchdog.reset();
                desk.action(all[i])->trigger();
                QTest::qWait(30);
                closeDialogs();
                longest[i] = std::max(longest[i], watchdog.longestMs());
            }
            desk.part<QueryBar>().setWords(QStringLiteral("clip%1").arg(rounds));
            QTest::qWait(50);
            ++rounds;
        }
        QCOMPARE(desk.part<LibraryPage>().grid().model()->rowCount(), 22);
        QVERIFY(watchdog.answers() > 0);
        for (size_t i = 0; i < all.size(); ++i) {
            qInfo("%s: %d ms", all[i], longest[i]);
            QVERIFY2(longest[i] < 100, all[i]);
        }
    }
};

QTEST_MAIN(LibraryCareTest)
#include "tst_library_care.moc"
