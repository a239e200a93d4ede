// SPDX-License-Identifier: GPL-3.0-or-later
// How the window serves its pages, and what can be undone; see main_window.cpp for what it is made of.
#include "inside/inside_page.h"
#include "jobs/job_bar.h"
#include "lessons/lesson_panel.h"
#include "lessons/lesson_player.h"
#include "library/label_keys.h"
#include "library/library_page.h"
#include "library/library_session.h"
#include "models/library_model.h"
#include "player/moment_panel.h"
#include "player/player_widget.h"
#include "search/search_page.h"
#include "shell/action_registry.h"
#include "shell/main_window.h"
#include "shell/notice_bar.h"
#include "shell/page.h"
#include "shell/page_stack.h"
#include "shell/settings.h"
#include "shell/undo_history.h"
#include "shell/welcome_page.h"

#include <QAction>
#include <QLayout>
#include <QSplitter>

namespace clipscope {

namespace {
constexpr int kBrieflySec = 4;
constexpr int kMomentFrom = 1420; ///< width of the window in which a lesson leaves room for it
} // namespace

void MainWindow::connectPages()
{
    connect(m_pages, &PageStack::chosen, this, [this](QWidget* page) {
        if (m_session->library())
            showPage(page);
    });
    // A page of experiments has the whole room; its videos are played beside the library.
    connect(m_pages, &QStackedWidget::currentChanged, this, [this] {
        if (m_pages->experiment())
            m_moment->player().stop();
        showMoment();
    });
    connect(m_inside, &InsidePage::leaveAsked, this, [this] {
        m_pages->back();
        if (m_pages->currentWidget() == m_searchPage)
            m_searchPage->focusGrid();
    });
    connect(m_pages, &PageStack::videoAsked, this, [this](VideoId id) {
        const VideoRecord* video = m_library->videoById(id);
        if (!video)
            return;
        showPage(m_libraryPage);
        m_libraryPage->choose(id);
        m_moment->showVideo(*video, true);
        m_moment->player().setFocus(Qt::OtherFocusReason);
    });
    connect(m_pages, &PageStack::copyAsked, this,
        [this](const QString& command) { copyText(command, tr("Command copied")); });
    connect(
        m_pages, &PageStack::said, this, [this](const QString& text) { m_notice->show(text, {}, {}, kBrieflySec); });
    connect(m_pages, &PageStack::failed, this, &MainWindow::failureNotice);
    connect(m_pages, &PageStack::marksAsked, m_session, &LibrarySession::mark);
    connect(m_libraryPage, &LibraryPage::marksAsked, m_session, &LibrarySession::mark);
    auto* keys = new LabelKeys(m_jobs, *m_library, this);
    m_libraryPage->addLabelKeys(*keys, *m_actions);
    connect(m_session, &LibrarySession::opened, keys, [this, keys] { keys->setLibrary(m_session->library()); });
    connect(keys, &LabelKeys::failed, this, &MainWindow::failureNotice);
}

/// Once every action is there.
void MainWindow::connectShortcuts()
{
    m_actions->applyShortcuts(m_settings.shortcuts);
    connect(m_actions, &ActionRegistry::shortcutsChanged, this, [this] {
        m_settings.shortcuts = m_actions->changedShortcuts();
        saveSettings();
    });
}

void MainWindow::connectUndo()
{
    connect(m_jobBar, &JobBar::undoAsked, m_undo, &UndoHistory::undo);
    const auto tell = [this] {
        m_jobBar->setUndo(m_undo->undoText());
        const auto show = [this](const char* id, const QString& word, const QString& act) {
            QAction* action = m_actions->action(QLatin1String(id));
            action->setEnabled(!act.isEmpty());
            action->setText(act.isEmpty() ? word : word + QLatin1Char(' ') + act);
        };
        show("library.undo", tr("&Undo"), m_undo->undoText());
        show("library.redo", tr("Re&do"), m_undo->redoText());
    };
    connect(m_undo, &UndoHistory::changed, this, [this, tell] {
        m_notice->hide();
        tell();
    });
    connect(m_session, &LibrarySession::marked, this,
        [this](const VideoMarks& before, const VideoMarks& after, const QString& what) {
            m_undo->push(
                {what, [this, before] { m_session->mark(before, {}); }, [this, after] { m_session->mark(after, {}); }});
        });
    connect(m_pages, &PageStack::acted, m_undo, &UndoHistory::push);
    tell();
}

/// Beside a lesson there is room for it in a wide window only.
void MainWindow::showMoment()
{
    m_moment->setVisible(!m_pages->experiment() && (m_lessons->isHidden() || width() >= kMomentFrom));
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    showMoment();
}

void MainWindow::connectLessons()
{
    connect(m_lessons, &LessonPanel::closeAsked, this, [this] {
        m_lessons->hide();
        showMoment();
    });
    connect(m_player, &LessonPlayer::progressed, this, [this] {
        m_settings.lessons = m_player->progress();
        saveSettings();
        tellLessons();
    });
    tellLessons();
}

void MainWindow::tellLessons()
{
    std::vector<WelcomePage::LessonEntry> entries;
    for (const Lesson& lesson : m_player->lessons())
        entries.push_back({lesson.id, lesson.title, lesson.summary, m_player->isFinished(lesson.id)});
    m_welcome->setLessons(entries);
}

void MainWindow::startLesson(const QString& id)
{
    if (width() < kMomentFrom) {
        // First, and told to every layout at once: the window need not grow.
        m_moment->hide();
        for (QWidget* part = m_splitter; part != this; part = part->parentWidget()) {
            part->updateGeometry();
            if (QLayout* layout = part->parentWidget()->layout())
                layout->activate();
        }
    }
    m_lessons->show();
    if (id.isEmpty())
        m_player->leave();
    else
        m_player->start(id);
}

void MainWindow::tellPages()
{
    LibraryInView view;
    view.library = m_session->library();
    view.encoder = m_session->encoder();
    view.key = m_session->embeddingKey();
    view.embedded = m_session->searchedVideos();
    view.loading = m_session->engineState() == LibrarySession::EngineState::Loading;
    m_pages->tellLibrary(view);
}

} // namespace clipscope
