// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/main_window.h"

#include "base/files.h"
#include "inside/inside_page.h"
#include "jobs/job_bar.h"
#include "jobs/job_manager.h"
#include "jobs/jobs_model.h"
#include "jobs/jobs_panel.h"
#include "jobs/power_watch.h"
#include "lessons/lesson_panel.h"
#include "lessons/lesson_player.h"
#include "lessons/lessons.h"
#include "lessons/spotlight.h"
#include "library/library_page.h"
#include "library/library_session.h"
#include "media/video_reader.h"
#include "models/display_text.h"
#include "models/library_model.h"
#include "models/search_results_model.h"
#include "models/thumbnail_cache.h"
#include "player/moment_panel.h"
#include "player/player_widget.h"
#include "retrieval/search_engine.h"
#include "search/query_bar.h"
#include "search/query_command.h"
#include "search/result_grid.h"
#include "search/search_page.h"
#include "shell/action_registry.h"
#include "shell/notice_bar.h"
#include "shell/page.h"
#include "shell/page_stack.h"
#include "shell/rail.h"
#include "shell/settings.h"
#include "shell/theme.h"
#include "shell/top_bar.h"
#include "shell/undo_history.h"
#include "shell/welcome_page.h"
#include "shell/window_stage.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QLocale>
#include <QMimeData>
#include <QSplitter>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>

namespace fs = std::filesystem;

/// The icons of a static library have to be asked for, outside every namespace.
static void initIcons()
{
    Q_INIT_RESOURCE(icons);
}

namespace clipscope {

namespace {
constexpr int kSayStoppingMs = 300; // most closings are over before
constexpr int kJobsHeight = 230;
constexpr int kJobsLeastHeight = 130;
constexpr int kPictureSide = 1024; // a dropped picture is no larger than any encoder needs

std::vector<fs::path> localPaths(const QMimeData& data)
{
    std::vector<fs::path> paths;
    for (const QUrl& url : data.urls()) {
        if (url.isLocalFile())
            paths.push_back(toPath(url.toLocalFile()));
    }
    return paths;
}

bool isPicture(const fs::path& path)
{
    static const QStringList endings{QStringLiteral(".png"), QStringLiteral(".jpg"), QStringLiteral(".jpeg"),
        QStringLiteral(".webp"), QStringLiteral(".bmp")};
    return endings.contains(displayPath(path.extension()).toLower());
}
} // namespace

MainWindow::MainWindow(JobManager& jobs, Settings& settings, const std::vector<PageEntry>& experiments, QWidget* parent)
    : QMainWindow(parent)
    , m_jobs(jobs)
    , m_settings(settings)
{
    initIcons();
    m_theme = new Theme(*qApp, this);
    m_theme->setChoice(settings.theme);
    m_thumbnails = new ThumbnailCache(jobs, this);
    m_library = new LibraryModel(*m_thumbnails, this);
    m_session = new LibrarySession(jobs, *m_thumbnails, *m_library, this);
    m_jobsModel = new JobsModel(jobs, this);
    m_actions = new ActionRegistry(this);
    m_undo = new UndoHistory(this);
    m_power = new PowerWatch(jobs, this);
    setWindowTitle(tr("Clipscope"));
    setWindowIcon(QIcon(QStringLiteral(":/icons/clipscope.svg")));
    setAcceptDrops(true);
    buildLayout(experiments);
    connectParts();
    connectPages();
    addActions();
    connectUndo();
    connectShortcuts();
    connectLessons();
    applyWorkSettings();
    m_searchPage->setMatchBy(
        parseMatchBy(QStringList{QStringLiteral("picture"), QStringLiteral("names")}.contains(settings.matchBy)
                ? settings.matchBy.toStdString()
                : "both"));
    resize(1480, 920);
    if (!settings.geometry.isEmpty())
        restoreGeometry(settings.geometry);
    if (!settings.splitter.isEmpty())
        m_splitter->restoreState(settings.splitter);
    m_pages->restoreLayouts(settings.pageLayouts);
    showWelcome();
}

MainWindow::~MainWindow() = default;

void MainWindow::buildLayout(const std::vector<PageEntry>& experiments)
{
    m_welcome = new WelcomePage;
    m_rail = new Rail;
    m_top = new TopBar;
    m_pages = new PageStack(*m_rail, *m_actions);
    m_libraryPage = new LibraryPage(*m_library);
    m_searchPage = new SearchPage(m_jobs, *m_thumbnails);
    m_moment = new MomentPanel(m_jobs, *m_thumbnails);
    m_notice = new NoticeBar;
    m_jobsPanel = new JobsPanel(m_jobs, *m_jobsModel);
    m_jobBar = new JobBar(m_jobs, *m_jobsModel);

    m_pages->add(QStringLiteral("library"), m_libraryPage, QStringLiteral("library"), tr("Library"), tr("The videos"));
    m_pages->add(QStringLiteral("search"), m_searchPage, QStringLiteral("search"), tr("Search"), tr("Moments found"));
    const PageServices services{m_jobs, *m_library, *m_thumbnails};
    m_pages->addExperiments(experiments, services);
    m_inside = new InsidePage(services);
    m_pages->addInner(QStringLiteral("inside"), m_inside);

    m_splitter = new QSplitter(Qt::Horizontal);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setHandleWidth(1);
    m_splitter->addWidget(m_pages);
    m_splitter->addWidget(m_moment);
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setSizes({900, 500});

    m_work = new QWidget;
    auto* right = new QVBoxLayout;
    right->setSpacing(0);
    right->addWidget(m_top);
    right->addWidget(m_splitter, 1);
    auto* work = new QHBoxLayout(m_work);
    work->setContentsMargins(0, 0, 0, 0);
    work->setSpacing(0);
    work->addWidget(m_rail);
    work->addLayout(right, 1);

    m_stack = new QStackedWidget;
    m_stack->addWidget(m_welcome);
    m_stack->addWidget(m_work);
    m_jobsPanel->setMinimumHeight(kJobsLeastHeight);
    m_jobsPanel->setMaximumHeight(kJobsHeight);
    m_jobsPanel->hide();

    auto* whole = new QWidget;
    auto* layout = new QVBoxLayout(whole);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_notice);
    m_stage = new WindowStage({*this, *m_session, m_jobs, *m_library, *m_pages, m_top->queryBar(), *m_searchPage,
                                  *m_inside, *m_moment, *m_jobBar},
        this);
    m_player = new LessonPlayer(lessons(), *m_stage, this);
    m_player->setProgress(m_settings.lessons);
    m_spotlight = new Spotlight(this);
    m_lessons = new LessonPanel(*m_player, *m_stage, *m_spotlight);
    m_lessons->hide();
    auto* middle = new QHBoxLayout;
    middle->setSpacing(0);
    middle->addWidget(m_stack, 1);
    middle->addWidget(m_lessons);
    layout->addLayout(middle, 1);
    layout->addWidget(m_jobsPanel);
    layout->addWidget(m_jobBar);
    setCentralWidget(whole);
    m_jobBar->setHints(tr("F1 keys \u00b7 Ctrl+K commands"));
}

void MainWindow::showPage(QWidget* page)
{
    m_stack->setCurrentWidget(m_work);
    m_pages->showPage(page);
}

void MainWindow::showWelcome()
{
    m_welcome->setRecent(m_settings.recentLibraries);
    m_welcome->setBusy({});
    m_stack->setCurrentWidget(m_welcome);
    m_welcome->setFocus();
}

void MainWindow::openLibrary(const fs::path& folder)
{
    std::error_code ignored;
    const fs::path absolute = fs::absolute(folder, ignored).lexically_normal();
    m_welcome->setBusy(tr("Opening %1").arg(displayPath(absolute)));
    m_session->open(absolute.filename().empty() ? absolute.parent_path() : absolute);
}

void MainWindow::openSampleLibrary(LibrarySession::Sample sample)
{
    m_welcome->setBusy(tr("Making the sample library. The first time takes a minute or two; progress is shown below."));
    m_session->openSample(sample);
}

void MainWindow::importPaths(const std::vector<fs::path>& paths)
{
    if (paths.empty())
        return;
    if (paths.size() == 1 && VideoLibrary::exists(paths.front())) {
        openLibrary(paths.front());
        return;
    }
    if (m_stack->currentWidget() == m_work && m_session->library()) {
        m_session->importPaths(paths);
        showPage(m_libraryPage);
        return;
    }
    m_welcome->setBusy(tr("Making a library of %1").arg(displayPath(paths.front())));
    m_session->createFor(paths);
}

void MainWindow::addPicture(const fs::path& file)
{
    JobRequest request;
    request.title = tr("Reading %1").arg(fileName(file));
    request.quiet = true;
    m_jobs.start(
        request, [file](JobContext&) { return readPicture(file, FrameFit::bounds(kPictureSide, kPictureSide)); }, this,
        [this, file](
            RgbImage image) { m_top->queryBar().addTerm(QueryTerm::image(std::move(image)), fileName(file), false); },
        [this](const JobFailure& failure) { failureNotice(failure.text()); });
}

void MainWindow::applyWorkSettings()
{
    m_session->setThreadLimit(m_settings.workThreads);
    m_jobs.setLowPriority(m_settings.lowPriority);
    m_power->setEnabled(m_settings.pauseOnBattery);
}

void MainWindow::saveSettings()
{
    JobRequest request;
    request.title = tr("Saving settings");
    request.topic = QStringLiteral("settings");
    request.quiet = true;
    m_jobs.start(
        request, [settings = m_settings](JobContext&) { settings.save(); }, this, [] {},
        [this](const JobFailure& failure) { failureNotice(failure.text()); });
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (!m_closing) {
        m_settings.geometry = saveGeometry();
        m_settings.splitter = m_splitter->saveState();
        m_settings.pageLayouts = m_pages->layouts();
        m_settings.page = m_pages->currentId();
        saveSettings();
        m_closing = true;
        // Settings are written by a job as well; all others are asked to stop.
        for (const JobView& job : m_jobs.jobs())
            m_jobs.cancel(job.id);
        m_session->stopWatching();
        m_searchPage->stop();
        m_moment->clear();
        m_thumbnails->reset(nullptr);
        m_stack->setEnabled(false);
        QTimer::singleShot(kSayStoppingMs, this, [this] {
            m_notice->show(tr("Stopping what is running. What is finished is kept, the rest goes on the next time."));
        });
    }
    if (m_jobs.isIdle())
        event->accept();
    else
        event->ignore();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasUrls() && !localPaths(*event->mimeData()).empty())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    const std::vector<fs::path> paths = localPaths(*event->mimeData());
    event->acceptProposedAction();
    const bool work = m_stack->currentWidget() == m_work;
    if (work && std::all_of(paths.begin(), paths.end(), isPicture)) {
        for (const fs::path& path : paths)
            addPicture(path);
        return;
    }
    importPaths(paths);
}

} // namespace clipscope
