// SPDX-License-Identifier: GPL-3.0-or-later
// Every command of the window; the other half of main_window.cpp.
#include "base/files.h"
#include "jobs/jobs_panel.h"
#include "lessons/lesson_panel.h"
#include "lessons/lesson_player.h"
#include "library/disk_use_dialog.h"
#include "library/library_page.h"
#include "library/library_session.h"
#include "library/watched_folders_dialog.h"
#include "models/display_text.h"
#include "models/library_model.h"
#include "player/moment_panel.h"
#include "player/player_widget.h"
#include "retrieval/search_engine.h"
#include "search/query_bar.h"
#include "search/result_grid.h"
#include "search/search_page.h"
#include "shell/about_dialog.h"
#include "shell/action_registry.h"
#include "shell/command_palette.h"
#include "shell/desktop_actions.h"
#include "shell/key_list_dialog.h"
#include "shell/main_window.h"
#include "shell/page_stack.h"
#include "shell/settings.h"
#include "shell/settings_dialog.h"
#include "shell/shortcut_editor.h"
#include "shell/theme.h"
#include "shell/top_bar.h"
#include "shell/undo_history.h"

#include <QAction>
#include <QActionGroup>
#include <QFileDialog>
#include <QMenu>
#include <QMenuBar>
#include <QStackedWidget>

namespace fs = std::filesystem;

namespace clipscope {

void MainWindow::addActions()
{
    addLibraryActions();
    addSearchActions();
    addPlayerActions();
    addViewActions();
    addLessonActions();
    fillMenus();
}

void MainWindow::addLibraryActions()
{
    const QString group = tr("Library");
    const auto videoFolder = [this] {
        const std::optional<VideoRecord> video = chosenVideo();
        return video ? displayPath(video->path.parent_path()) : QString();
    };
    m_actions->add(QStringLiteral("library.sample"), group, tr("Open the &sample library"), {}, {},
        [this] { openSampleLibrary(); });
    m_actions->add(QStringLiteral("library.open"), group, tr("&Open a library"), {QKeySequence::Open}, {}, [this] {
        const QString folder = QFileDialog::getExistingDirectory(this, tr("Open a library"), displayPath(dataHome()));
        if (!folder.isEmpty())
            openLibrary(toPath(folder));
    });
    m_actions->add(QStringLiteral("library.new"), group, tr("&New library"), {QKeySequence::New}, {}, [this] {
        QString folder =
            QFileDialog::getSaveFileName(this, tr("New library"), displayPath(dataHome() / "videos.clipscope"),
                tr("Clipscope libraries (*.clipscope)"), nullptr, QFileDialog::DontConfirmOverwrite);
        if (folder.isEmpty())
            return;
        if (!folder.endsWith(QLatin1String(".clipscope")))
            folder += QLatin1String(".clipscope");
        m_session->create(toPath(folder));
    });
    m_actions->add(QStringLiteral("library.addFiles"), group, tr("Add &files"), {QKeySequence(Qt::CTRL | Qt::Key_I)},
        {}, [this, videoFolder] {
            std::vector<fs::path> paths;
            for (const QString& file : QFileDialog::getOpenFileNames(this, tr("Add videos"), videoFolder()))
                paths.push_back(toPath(file));
            importPaths(paths);
        });
    m_actions->add(QStringLiteral("library.addFolder"), group, tr("Add a fol&der"),
        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_I)}, {}, [this, videoFolder] {
            const QString folder = QFileDialog::getExistingDirectory(this, tr("Add a folder of videos"), videoFolder());
            if (!folder.isEmpty())
                importPaths({toPath(folder)});
        });
    m_actions->add(QStringLiteral("library.watched"), group, tr("&Watched folders"),
        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_W)}, {}, [this] {
            if (!m_session->library())
                return;
            auto* dialog = new WatchedFoldersDialog(*m_session, this);
            dialog->setAttribute(Qt::WA_DeleteOnClose);
            connect(dialog, &WatchedFoldersDialog::addAsked, this, &MainWindow::chooseWatchedFolder);
            dialog->show();
        });
    m_actions->add(QStringLiteral("library.diskUse"), group, tr("Dis&k use"), {}, {}, [this] {
        auto* dialog = new DiskUseDialog(m_jobs, m_session->library(), m_settings.recentLibraries, this);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->show();
    });
    m_actions->add(QStringLiteral("library.embed"), group, tr("&Embed now"), {}, {}, [this] { m_session->embed(); });
    m_actions->add(QStringLiteral("models.installStarter"), group, tr("&Install the Starter engine"), {}, {},
        [this] { m_session->installStarter(); });
    m_actions->add(QStringLiteral("library.showFailed"), group, tr("Show &failed files"), {}, {}, [this] {
        showPage(m_libraryPage);
        m_libraryPage->showFailed(true);
    });
    m_actions->add(QStringLiteral("library.retry"), group, tr("&Try failed files again"), {}, {},
        [this] { m_session->retryFailed(); });
    m_actions
        ->add(
            QStringLiteral("library.repair"), group, tr("Re&pair the library"), {}, {}, [this] { m_session->repair(); })
        ->setEnabled(false);
    m_actions->add(QStringLiteral("library.remove"), group, tr("&Remove from the library"), {QKeySequence::Delete},
        {&m_libraryPage->grid()}, [this] { m_session->remove(chosenVideos()); });
    m_actions->add(
        QStringLiteral("library.undo"), group, tr("&Undo"), {QKeySequence::Undo}, {}, [this] { m_undo->undo(); });
    m_actions->add(QStringLiteral("library.redo"), group, tr("Re&do"), {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z)},
        {}, [this] { m_undo->redo(); });
    m_actions->add(
        QStringLiteral("app.quit"), group, tr("&Quit"), {QKeySequence(Qt::CTRL | Qt::Key_Q)}, {}, [this] { close(); });
    m_actions->note(group, tr("Enter"), tr("Play the chosen video"));
}

void MainWindow::chooseWatchedFolder()
{
    const std::optional<VideoRecord> video = chosenVideo();
    const QString folder = QFileDialog::getExistingDirectory(
        this, tr("Watch a folder"), video ? displayPath(video->path.parent_path()) : QString());
    if (!folder.isEmpty())
        m_session->watch(toPath(folder));
}

void MainWindow::addSearchActions()
{
    const QString group = tr("Search");
    const QList<QWidget*> grids{&m_searchPage->grid(), &m_libraryPage->grid(), &m_moment->player()};
    m_actions->add(QStringLiteral("search.focus"), group, tr("Go to the &query"),
        {QKeySequence(Qt::Key_Slash), QKeySequence::Find}, {}, [this] {
            if (m_session->library()) {
                m_stack->setCurrentWidget(m_work);
                m_top->queryBar().focusWords();
            }
        });
    m_actions->add(QStringLiteral("search.clear"), group, tr("&Clear the query"),
        {QKeySequence(Qt::CTRL | Qt::Key_Backspace)}, {}, [this] { m_top->queryBar().clear(); });
    m_actions->add(QStringLiteral("search.more"), group, tr("&More like this"), {QKeySequence(Qt::Key_M)}, grids,
        [this] { useAsQuery(false); });
    m_actions->add(QStringLiteral("search.not"), group, tr("&Not this"), {QKeySequence(Qt::Key_N)}, grids,
        [this] { useAsQuery(true); });
    m_actions->add(QStringLiteral("search.then"), group, tr("&Then \u2026 (what follows it)"),
        {QKeySequence(Qt::Key_T)}, grids, [this] { m_top->queryBar().askThen(); });
    m_actions->add(QStringLiteral("search.inside"), group, tr("&Inside this hit"), {QKeySequence(Qt::Key_E)}, grids,
        [this] { lookInside(); });
    m_actions->add(QStringLiteral("search.copyCommand"), group, tr("Copy as co&mmand"),
        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C)}, {}, [this] { copyCommand(); });
    m_actions->note(group, tr("Enter"), tr("Search now; in the results: play from one second before the moment"));
    m_actions->note(group, tr("Down"), tr("From the query to the results"));
    m_actions->note(group, tr("-word  -\"two words\""), tr("In the query: what is to be avoided"));
    m_actions->note(group, tr("Esc"), tr("Player to results, results to query, stop the search, clear the query"));
    m_actions->note(group, tr("Arrows"), tr("Walk through the results"));

    const QString file = tr("Chosen video");
    m_actions->add(QStringLiteral("video.showInFolder"), file, tr("&Show in folder"),
        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E)}, {}, [this] {
            if (const auto video = chosenVideo())
                showInFolder(video->path);
        });
    m_actions->add(QStringLiteral("video.openElsewhere"), file, tr("Open in &another player"),
        {QKeySequence(Qt::CTRL | Qt::Key_Return)}, {}, [this] {
            if (const auto video = chosenVideo())
                openElsewhere(video->path);
        });
    m_actions->add(QStringLiteral("video.copyPath"), file, tr("Copy &path"), {QKeySequence::Copy}, grids, [this] {
        if (const auto video = chosenVideo())
            copyText(displayPath(video->path), tr("Path copied"));
    });
}

void MainWindow::addPlayerActions()
{
    const QString group = tr("Player");
    PlayerWidget& player = m_moment->player();
    const QList<QWidget*> scopes{&m_searchPage->grid(), &m_libraryPage->grid(), &player};
    m_actions->add(QStringLiteral("player.play"), group, tr("Play from the moment"), {}, {},
        [this] { m_moment->playFromMoment(); });
    m_actions->add(QStringLiteral("player.toggle"), group, tr("Play or pause"), {QKeySequence(Qt::Key_Space)}, scopes,
        [&player] { player.togglePlaying(); });
    m_actions->add(QStringLiteral("player.back"), group, tr("Backwards, again: faster"), {QKeySequence(Qt::Key_J)},
        scopes, [&player] { player.playBackwards(); });
    m_actions->add(QStringLiteral("player.stop"), group, tr("Pause"), {QKeySequence(Qt::Key_K)}, scopes,
        [&player] { player.stop(); });
    m_actions->add(QStringLiteral("player.forward"), group, tr("Forwards, again: faster"), {QKeySequence(Qt::Key_L)},
        scopes, [&player] { player.playFaster(); });
    m_actions->add(QStringLiteral("player.previous"), group, tr("Previous moment of this video"),
        {QKeySequence(Qt::Key_BracketLeft)}, scopes, [this] { m_moment->nextMoment(-1); });
    m_actions->add(QStringLiteral("player.next"), group, tr("Next moment of this video"),
        {QKeySequence(Qt::Key_BracketRight)}, scopes, [this] { m_moment->nextMoment(1); });
    m_actions->note(group, tr("Left  Right"), tr("One frame (in the player)"));
    m_actions->note(group, tr("Shift+Left  Shift+Right"), tr("One second"));
    m_actions->note(group, tr(",  ."), tr("Slower, faster"));
    m_actions->note(group, tr("Home  End"), tr("First frame, last frame"));
}

void MainWindow::addViewActions()
{
    const QString group = tr("Window");
    m_actions->add(QStringLiteral("view.welcome"), group, tr("S&tart page"), {}, {}, [this] { showWelcome(); });
    m_actions->add(QStringLiteral("view.jobs"), group, tr("&Jobs"), {QKeySequence(Qt::CTRL | Qt::Key_J)}, {},
        [this] { m_jobsPanel->setVisible(!m_jobsPanel->isVisible()); });
    auto* themes = new QActionGroup(this);
    const std::pair<ThemeChoice, QString> choices[] = {{ThemeChoice::System, tr("Theme of the s&ystem")},
        {ThemeChoice::Light, tr("L&ight theme")}, {ThemeChoice::Dark, tr("&Dark theme")}};
    for (const auto& [choice, text] : choices) {
        QAction* action =
            m_actions->add(QStringLiteral("theme.") + nameOf(choice), group, text, {}, {}, [this, chosen = choice] {
                m_settings.theme = chosen;
                m_theme->setChoice(chosen);
                saveSettings();
            });
        action->setCheckable(true);
        action->setChecked(choice == m_settings.theme);
        themes->addAction(action);
    }
    m_actions->add(
        QStringLiteral("app.settings"), group, tr("S&ettings"), {QKeySequence(Qt::CTRL | Qt::Key_Comma)}, {}, [this] {
            auto* dialog = new SettingsDialog(m_settings, *m_actions, this);
            dialog->setAttribute(Qt::WA_DeleteOnClose);
            connect(dialog, &SettingsDialog::workChanged, this, [this] {
                applyWorkSettings();
                saveSettings();
            });
            dialog->show();
        });
    m_actions->add(QStringLiteral("view.commands"), group, tr("&Commands"),
        {QKeySequence(Qt::CTRL | Qt::Key_K), QKeySequence(Qt::CTRL | Qt::Key_P)}, {}, [this] {
            auto* palette = new CommandPalette(*m_actions, this);
            palette->move(mapToGlobal(QPoint((width() - palette->width()) / 2, 80)));
            palette->show();
        });
    m_actions->add(QStringLiteral("help.keys"), group, tr("&Keys"), {QKeySequence(Qt::Key_F1)}, {}, [this] {
        auto* keys = new KeyListDialog(*m_actions, this);
        keys->setAttribute(Qt::WA_DeleteOnClose);
        keys->show();
    });
    m_actions->add(QStringLiteral("app.shortcuts"), group, tr("Sh&ortcuts"), {}, {}, [this] {
        auto* editor = new ShortcutEditor(*m_actions, this);
        editor->setAttribute(Qt::WA_DeleteOnClose);
        editor->show();
    });
    m_actions->add(QStringLiteral("help.about"), group, tr("&About Clipscope"), {}, {}, [this] {
        QStringList encoder{m_session->encoderTitle(), m_session->encoderComputation(), m_session->encoderNote()};
        encoder.removeAll(QString());
        auto* about = new AboutDialog(encoder.join(QStringLiteral(", ")), this);
        about->setAttribute(Qt::WA_DeleteOnClose);
        about->show();
    });
}

void MainWindow::addLessonActions()
{
    const QString group = tr("Lessons");
    m_actions->add(QStringLiteral("lessons.all"), group, tr("&Lessons"), {QKeySequence(Qt::CTRL | Qt::Key_L)}, {},
        [this] { m_lessons->isVisible() ? Q_EMIT m_lessons->closeAsked() : startLesson({}); });
    for (const Lesson& lesson : m_player->lessons())
        m_actions->add(QStringLiteral("lesson.") + lesson.id, group, tr("Lesson: %1").arg(lesson.title), {}, {},
            [this, id = lesson.id] { startLesson(id); });
}

void MainWindow::fillMenus()
{
    const auto fill = [this](const QString& title, std::initializer_list<const char*> ids, QStringList names = {},
                          const QStringList& last = {}) {
        for (const char* id : ids)
            names << QString::fromLatin1(id);
        m_actions->fillMenu(menuBar()->addMenu(title), names + last);
    };
    fill(tr("&Library"),
        {"library.open", "library.new", "library.sample", "-", "library.addFiles", "library.addFolder",
            "library.watched", "library.remove", "library.undo", "library.redo", "-", "library.embed",
            "library.showFailed", "library.retry", "library.repair", "models.installStarter", "-", "library.diskUse",
            "app.shortcuts", "app.settings", "-", "app.quit"});
    fill(tr("&Search"),
        {"search.focus", "search.clear", "-", "search.more", "search.not", "search.then", "search.inside", "-",
            "search.copyCommand"});
    fill(tr("&Play"),
        {"player.play", "player.toggle", "player.back", "player.stop", "player.forward", "-", "player.previous",
            "player.next", "-", "video.showInFolder", "video.openElsewhere", "video.copyPath"});
    fill(tr("&View"),
        {"view.back", "-", "page.run", "figure.export", "-", "view.welcome", "view.jobs", "-", "theme.system",
            "theme.light", "theme.dark", "-", "view.commands"},
        m_pages->actionIds());
    QStringList learning;
    for (const Lesson& lesson : m_player->lessons())
        learning << QStringLiteral("lesson.") + lesson.id;
    fill(tr("L&earn"), {"lessons.all", "-"}, {}, learning);
    fill(tr("&Help"), {"help.keys", "help.about"});
}

void MainWindow::videoMenu(const QPoint& globalPosition, bool hit)
{
    QMenu menu(this);
    QAction* play = menu.addAction(tr("Play"));
    QStringList ids{QStringLiteral("search.inside"), QStringLiteral("-"), QStringLiteral("video.showInFolder"),
        QStringLiteral("video.openElsewhere"), QStringLiteral("video.copyPath")};
    if (hit)
        ids = QStringList{QStringLiteral("search.more"), QStringLiteral("search.not")} + ids
            + QStringList{QStringLiteral("search.copyCommand")};
    ids << QStringLiteral("-") << QStringLiteral("library.remove");
    m_actions->fillMenu(&menu, ids);
    if (menu.exec(globalPosition) != play)
        return;
    if (hit && m_searchPage->currentHit())
        Q_EMIT m_searchPage->hitChosen(*m_searchPage->currentHit(), true);
    else if (const VideoRecord* video = m_libraryPage->currentVideo(); video && !hit)
        Q_EMIT m_libraryPage->videoChosen(*video, true);
}

} // namespace clipscope
