// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/failure_report.h"
#include "library/library_session.h"
#include "retrieval/query.h"

#include <QMainWindow>

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

class QSplitter;
class QStackedWidget;

namespace clipscope {

class ActionRegistry;
class InsidePage;
class JobBar;
class JobManager;
class JobsModel;
class JobsPanel;
class LessonPanel;
class LessonPlayer;
class LibraryModel;
class LibraryPage;
class MomentPanel;
class NoticeBar;
struct PageEntry;
class PageStack;
class PowerWatch;
class QueryBar;
class Rail;
class SearchEngine;
class SearchPage;
struct Settings;
class Spotlight;
class Theme;
class ThumbnailCache;
class TopBar;
class UndoHistory;
class WelcomePage;
class WindowStage;

/// The window: rail, top bar, pages, the moment at the right, jobs at the bottom. Parts know nothing of each other;
/// their signals are wired here.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    /// `experiments`: pages behind Library and Search.
    MainWindow(JobManager& jobs, Settings& settings, const std::vector<PageEntry>& experiments = {},
        QWidget* parent = nullptr);
    ~MainWindow() override;

    void showWelcome();
    void openLibrary(const std::filesystem::path& folder);
    void openSampleLibrary(LibrarySession::Sample sample = LibrarySession::Sample::Mixed);
    void startLesson(const QString& id); ///< empty: the list of lessons
    /// Into the open library, or into a new one named after the folder.
    void importPaths(const std::vector<std::filesystem::path>& paths);

    ActionRegistry& actions() { return *m_actions; }
    LibrarySession& session() { return *m_session; }

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void showPage(QWidget* page);
    void buildLayout(const std::vector<PageEntry>& experiments);
    void connectParts();
    void connectPages();
    void connectUndo();
    void connectLessons();
    void showMoment();
    void tellLessons();
    void connectShortcuts();
    void addActions();
    void addLibraryActions();
    void addSearchActions();
    void addPlayerActions();
    void addViewActions();
    void addLessonActions();
    void fillMenus();

    void libraryOpened();
    void engineChanged();
    void tellPages();
    void showCounts();
    void showEncoder();
    void notice(const QString& text, const QString& action);
    void failureNotice(const QString& text); ///< with a report to copy
    void copyReport(FailureReport report);
    void chooseWatchedFolder();
    void applyWorkSettings();
    void runQuery();
    void useAsQuery(bool negative);
    void lookInside();
    void addPicture(const std::filesystem::path& file);
    void copyCommand();
    void videoMenu(const QPoint& globalPosition, bool hit);
    /// What file actions act on: the chosen hit's or card's video.
    std::optional<VideoRecord> chosenVideo() const;
    std::vector<VideoId> chosenVideos() const;
    void copyText(const QString& text, const QString& said);
    void saveSettings();

    JobManager& m_jobs;
    Settings& m_settings;
    Theme* m_theme = nullptr;
    ThumbnailCache* m_thumbnails = nullptr;
    LibraryModel* m_library = nullptr;
    LibrarySession* m_session = nullptr;
    JobsModel* m_jobsModel = nullptr;
    ActionRegistry* m_actions = nullptr;
    UndoHistory* m_undo = nullptr;
    PowerWatch* m_power = nullptr;

    QStackedWidget* m_stack = nullptr; ///< welcome page | work
    WelcomePage* m_welcome = nullptr;
    QWidget* m_work = nullptr;
    Rail* m_rail = nullptr;
    TopBar* m_top = nullptr;
    QSplitter* m_splitter = nullptr;
    PageStack* m_pages = nullptr;
    LibraryPage* m_libraryPage = nullptr;
    SearchPage* m_searchPage = nullptr;
    InsidePage* m_inside = nullptr;
    MomentPanel* m_moment = nullptr;
    NoticeBar* m_notice = nullptr;
    JobsPanel* m_jobsPanel = nullptr;
    JobBar* m_jobBar = nullptr;
    WindowStage* m_stage = nullptr;
    LessonPlayer* m_player = nullptr;
    Spotlight* m_spotlight = nullptr;
    LessonPanel* m_lessons = nullptr;

    std::shared_ptr<SearchEngine> m_engineShown;
    qint64 m_searchedShown = -1;
    QString m_waitsShown; ///< what the notice says of a job that waits for space
    bool m_closing = false;
    bool m_pageRestored = false;
};

} // namespace clipscope
