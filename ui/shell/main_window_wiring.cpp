// SPDX-License-Identifier: GPL-3.0-or-later
// How the parts of the window answer each other; see main_window.cpp for what it is made of.
#include "embedding/component_versions.h"
#include "inside/inside_page.h"
#include "jobs/job_bar.h"
#include "jobs/job_manager.h"
#include "jobs/job_report.h"
#include "jobs/jobs_panel.h"
#include "jobs/power_watch.h"
#include "library/library_page.h"
#include "library/library_session.h"
#include "models/display_text.h"
#include "models/library_model.h"
#include "player/moment_panel.h"
#include "player/player_widget.h"
#include "search/query_bar.h"
#include "search/query_command.h"
#include "search/result_grid.h"
#include "search/search_page.h"
#include "shell/action_registry.h"
#include "shell/main_window.h"
#include "shell/notice_bar.h"
#include "shell/page.h"
#include "shell/page_stack.h"
#include "shell/rail.h"
#include "shell/settings.h"
#include "shell/top_bar.h"
#include "shell/undo_history.h"
#include "shell/welcome_page.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QLocale>
#include <QStackedWidget>

#include <utility>

namespace fs = std::filesystem;

namespace clipscope {

namespace {
constexpr int kHits = 60;
constexpr double kNotWeight = 0.5; // a whole clip taken away would take most of the query with it
constexpr int kBrieflySec = 4;
constexpr int kOfferSec = 20;
} // namespace

void MainWindow::connectParts()
{
    connect(m_welcome, &WelcomePage::sampleAsked, this, [this] { openSampleLibrary(); });
    connect(m_welcome, &WelcomePage::lessonChosen, this, &MainWindow::startLesson);
    connect(m_welcome, &WelcomePage::openAsked, this,
        [this] { m_actions->action(QStringLiteral("library.open"))->trigger(); });
    connect(m_welcome, &WelcomePage::newAsked, this,
        [this] { m_actions->action(QStringLiteral("library.new"))->trigger(); });
    connect(m_welcome, &WelcomePage::libraryChosen, this, &MainWindow::openLibrary);

    connect(m_session, &LibrarySession::opened, this, &MainWindow::libraryOpened);
    connect(m_session, &LibrarySession::engineChanged, this, &MainWindow::engineChanged);
    connect(m_session, &LibrarySession::countsChanged, this, &MainWindow::showCounts);
    connect(m_session, &LibrarySession::watchedChanged, this, &MainWindow::showCounts);
    connect(m_session, &LibrarySession::problem, this, &MainWindow::notice);
    connect(m_session, &LibrarySession::jobFailed, this, &MainWindow::failureNotice);
    connect(m_session, &LibrarySession::folderImported, this, [this](const fs::path& folder, qint64 videos) {
        m_notice->show(
            tr("%1 imported from %2. Should new videos there join by themselves?")
                .arg(countedVideos(videos), fileName(folder)),
            tr("Watch this folder"), [this, folder] { m_session->watch(folder); }, kOfferSec);
    });
    connect(m_power, &PowerWatch::pausedWork, this, [this] {
        m_notice->show(tr("The computer runs on its battery: work in the background waits for mains."), tr("Go on now"),
            [this] { m_power->goOn(); });
    });
    connect(m_session, &LibrarySession::removed, this, [this](const RemovedVideos& removed) {
        const QString videos = countedVideos(qint64(removed.records.size()));
        const auto kept = std::make_shared<RemovedVideos>(removed);
        m_undo->push({tr("remove %1").arg(videos), [this, kept] { m_session->restore(*kept); },
            [this, kept] { m_session->removeAgain(*kept); }});
        m_notice->show(tr("%1 removed from the library. The files were not touched.").arg(videos), tr("Undo"),
            [this] { m_undo->undo(); });
        if (m_moment->hasVideo() && !m_library->videoById(m_moment->videoId()))
            m_moment->clear();
    });

    QueryBar& bar = m_top->queryBar();
    connect(&bar, &QueryBar::queryChanged, this, &MainWindow::runQuery);
    connect(&bar, &QueryBar::enterPressed, this, [this] {
        if (m_pages->currentWidget() == m_searchPage)
            m_searchPage->focusGrid();
        else
            m_libraryPage->grid().setFocus(Qt::ShortcutFocusReason);
    });
    connect(&bar, &QueryBar::escapePressed, this, [this, &bar] {
        if (m_searchPage->isSearching())
            m_searchPage->stop();
        else
            bar.clear();
    });
    connect(m_top, &TopBar::encoderClicked, this, [this] {
        m_notice->show(m_session->encoderNote().isEmpty()
                ? tr("Words are compared with names, captions and subtitles until the videos are embedded.")
                : m_session->encoderTitle() + QStringLiteral(": ") + m_session->encoderNote());
    });

    connect(m_searchPage, &SearchPage::answered, this,
        [this](const SearchResult& result) { m_moment->setSearch(m_searchPage->query(), result.hits); });
    connect(m_searchPage, &SearchPage::hitChosen, this, [this](const Hit& hit, bool playing) {
        const VideoRecord* video = m_library->videoById(hit.video);
        if (!video)
            return;
        m_moment->showHit(hit, *video, playing);
        if (playing)
            m_moment->player().setFocus(Qt::OtherFocusReason);
    });
    connect(m_searchPage, &SearchPage::noteChanged, m_top, &TopBar::setNote);
    connect(m_searchPage, &SearchPage::matchByChanged, this, [this] {
        m_settings.matchBy = QString::fromLatin1(m_searchPage->matchBy() == MatchBy::Both ? "both"
                : m_searchPage->matchBy() == MatchBy::Picture                             ? "picture"
                                                                                          : "names");
        runQuery();
    });
    connect(m_searchPage, &SearchPage::exampleChosen, &bar, &QueryBar::setWords);
    connect(m_searchPage, &SearchPage::menuAsked, this, [this](const QPoint& at) { videoMenu(at, true); });
    connect(m_searchPage, &SearchPage::leaveAsked, &bar, &QueryBar::focusWords);
    connect(m_searchPage, &SearchPage::failed, this, &MainWindow::failureNotice);

    connect(m_libraryPage, &LibraryPage::videoChosen, this, [this](const VideoRecord& video, bool playing) {
        m_moment->showVideo(video, playing);
        if (playing)
            m_moment->player().setFocus(Qt::OtherFocusReason);
    });
    connect(m_libraryPage, &LibraryPage::menuAsked, this, [this](const QPoint& at) { videoMenu(at, false); });
    connect(m_libraryPage, &LibraryPage::leaveAsked, &bar, &QueryBar::focusWords);
    connect(m_libraryPage, &LibraryPage::retryAsked, m_session, &LibrarySession::retryFailed);
    connect(m_libraryPage, &LibraryPage::reportAsked, this, &MainWindow::copyReport);
    connect(m_libraryPage, &LibraryPage::watchedAsked, this,
        [this] { m_actions->action(QStringLiteral("library.watched"))->trigger(); });
    connect(m_libraryPage, &LibraryPage::addFilesAsked, this,
        [this] { m_actions->action(QStringLiteral("library.addFiles"))->trigger(); });
    connect(m_libraryPage, &LibraryPage::addFolderAsked, this,
        [this] { m_actions->action(QStringLiteral("library.addFolder"))->trigger(); });

    connect(m_moment, &MomentPanel::moreLikeThis, this, [this] { useAsQuery(false); });
    connect(m_moment, &MomentPanel::notThis, this, [this] { useAsQuery(true); });
    connect(m_moment, &MomentPanel::insideAsked, this, &MainWindow::lookInside);
    connect(m_moment, &MomentPanel::copyCommandAsked, this, &MainWindow::copyCommand);
    connect(m_moment, &MomentPanel::leaveAsked, this, [this] {
        if (m_pages->currentWidget() == m_searchPage)
            m_searchPage->focusGrid();
        else
            m_libraryPage->grid().setFocus(Qt::ShortcutFocusReason);
    });
    connect(m_jobBar, &JobBar::panelAsked, this, [this] { m_jobsPanel->setVisible(!m_jobsPanel->isVisible()); });
    connect(m_jobsPanel, &JobsPanel::closeAsked, m_jobsPanel, &QWidget::hide);
    connect(m_jobsPanel, &JobsPanel::reportAsked, this, &MainWindow::copyReport);
    connect(&m_jobs, &JobManager::jobFinished, this, [this](JobId, JobState state) {
        if (state == JobState::Cancelled)
            m_welcome->setBusy({});
    });
    connect(&m_jobs, &JobManager::jobWaits, this, [this](JobId id, const QString& why) {
        if (!why.isEmpty())
            m_notice->show(why, tr("Try again"), [this, id] { m_jobs.setPaused(id, false); });
        else if (m_notice->text() == m_waitsShown)
            m_notice->hide();
        m_waitsShown = why;
    });
    connect(&m_jobs, &JobManager::idle, this, [this] {
        if (m_closing)
            close();
    });
}

void MainWindow::libraryOpened()
{
    const fs::path folder = m_session->library()->folder();
    setWindowTitle(tr("%1 \u2013 Clipscope").arg(m_session->name()));
    m_notice->hide();
    m_actions->action(QStringLiteral("library.repair"))->setEnabled(m_session->canRepair());
    m_undo->clear();
    m_moment->clear();
    m_top->queryBar().clear();
    m_engineShown.reset();
    m_searchedShown = -1;
    m_settings.addRecent(folder);
    saveSettings();
    showCounts();
    tellPages();
    showPage(m_libraryPage);
    // Where the user was when the program was closed; another library later begins at its videos.
    if (!std::exchange(m_pageRestored, true))
        m_pages->showId(m_settings.page);
    if (!m_pages->experiment())
        m_top->queryBar().focusWords();
}

void MainWindow::engineChanged()
{
    showEncoder();
    tellPages();
    const std::shared_ptr<SearchEngine> engine = m_session->engine();
    if (engine == m_engineShown && m_session->searchedVideos() == m_searchedShown)
        return;
    const bool repeat = m_engineShown != nullptr;
    m_engineShown = engine;
    m_searchedShown = m_session->searchedVideos();
    if (!engine) {
        m_searchPage->setSearchFunction({}, false);
        m_moment->setHeatFunction({});
        m_inside->setInsideFunction({});
        return;
    }
    m_searchPage->setSearchFunction(
        [engine](const Query& query, const JobContext& context) { return engine->search(query, context); }, repeat);
    m_moment->setHeatFunction([engine](const Query& query, VideoId video, const JobContext& context) {
        return engine->heatStrip(query, video, context);
    });
    m_inside->setInsideFunction(
        [engine](const Query& query, VideoId video, const std::string& aggregation, int neighbours,
            const JobContext& context) { return engine->inside(query, video, aggregation, neighbours, context); });
}

void MainWindow::showCounts()
{
    const QLocale locale;
    const int videos = m_library->rowCount();
    m_top->setLibrary(m_session->name(), countedVideos(videos));
    QStringList parts;
    parts << QStringLiteral("<b>%1</b>").arg(countedVideos(videos));
    if (videos > 0)
        parts << tr("%1 searchable by picture").arg(locale.toString(m_session->searchedVideos()));
    if (const int damaged = m_library->damagedCount(); damaged > 0)
        parts << tr("%1 damaged").arg(locale.toString(damaged));
    if (const int missing = m_library->missingCount(); missing > 0)
        parts << tr("%1 missing").arg(locale.toString(missing));
    if (const size_t watched = m_session->watched().size(); watched > 0)
        parts << tr("%1 watched").arg(counted(qint64(watched), tr("folder"), tr("folders")));
    m_libraryPage->setSummary(parts.join(QStringLiteral(" \u00b7 ")));
    m_libraryPage->setFailed(m_session->failedImports());
    for (const char* about : {"library.showFailed", "library.retry"})
        m_actions->action(QLatin1String(about))->setEnabled(!m_session->failedImports().empty());
    const std::shared_ptr<Encoder> encoder = m_session->encoder();
    m_searchPage->setIdleText(videos > 0 && encoder && !encoder->info().encodesAnyText
            ? tr("These vectors were imported: words can be compared with them only where a text came with a vector of "
                 "its own. Other words are looked for in names, captions and subtitles.")
            : videos > 0
            ? tr("Type what you look for.\nEnter plays the chosen moment, M finds more like it, N takes its like away.")
            : tr("This library has no videos yet.\nDrop files or a folder here."),
        m_session->isSample() && videos > 0);
    showEncoder();
    tellPages();
}

void MainWindow::showEncoder()
{
    const QString title = m_session->encoderTitle();
    const int videos = m_library->rowCount();
    QString text;
    switch (m_session->engineState()) {
    case LibrarySession::EngineState::None:
        break;
    case LibrarySession::EngineState::Loading:
        text = tr("loading %1 \u2026").arg(title);
        break;
    case LibrarySession::EngineState::NamesOnly:
        text = videos > 0 ? tr("searching %1 by name only").arg(countedVideos(videos)) : tr("nothing to search yet");
        break;
    case LibrarySession::EngineState::Ready:
        text = tr("searching %1 of %2 with %3")
                   .arg(QLocale().toString(m_session->searchedVideos()), countedVideos(videos), title);
        break;
    }
    const QString note = m_session->encoderNote();
    m_top->setEncoder(text, note.isEmpty() ? QString() : tr("%1: %2").arg(title, note));
}

void MainWindow::notice(const QString& text, const QString& action)
{
    m_welcome->setBusy({});
    m_actions->action(QStringLiteral("library.repair"))->setEnabled(m_session->canRepair());
    QAction* mend = m_actions->action(action);
    m_notice->show(text, mend ? mend->text().remove(QLatin1Char('&')) : QString(),
        mend ? std::function<void()>([mend] { mend->trigger(); }) : nullptr);
}

void MainWindow::failureNotice(const QString& text)
{
    m_welcome->setBusy({});
    m_notice->show(text, tr("Copy report"), [this, text] { copyReport(reportOf(text, {})); });
}

/// What the parts of the window know is put together here; looking at files is the worker's.
void MainWindow::copyReport(FailureReport report)
{
    const std::shared_ptr<VideoLibrary> library = m_session->library();
    if (library)
        report.library = library->folder();
    if (!m_session->encoderTitle().isEmpty())
        report.encoder = (m_session->encoderComputation().isEmpty()
                ? m_session->encoderTitle()
                : m_session->encoderTitle() + QStringLiteral(", ") + m_session->encoderComputation())
                             .toStdString();
    JobRequest request;
    request.title = tr("Making the report");
    request.topic = QStringLiteral("report");
    request.quiet = true;
    m_jobs.start(
        request,
        [library, report = std::move(report)](JobContext&) mutable {
            report.versions = componentVersions();
            report.versions.emplace_back("Qt", qVersion());
            for (FailureReport::Item& item : report.items) {
                if (const auto video = library ? library->videoByPath(item.path) : std::nullopt)
                    item.facts = video->facts();
            }
            return reportText(report);
        },
        this,
        [this](const std::string& text) {
            QGuiApplication::clipboard()->setText(QString::fromStdString(text));
            m_notice->show(
                tr("Report copied. It names the files and this computer's versions; its last lines say what it holds."),
                {}, {}, kOfferSec);
        },
        [this](const JobFailure& failure) { notice(failure.text(), {}); });
}

void MainWindow::runQuery()
{
    Query query = m_top->queryBar().query();
    query.top = kHits;
    if (!m_top->queryBar().isEmpty())
        showPage(m_searchPage);
    m_searchPage->search(std::move(query));
    if (m_top->queryBar().isEmpty())
        m_moment->setSearch({}, {});
}

void MainWindow::useAsQuery(bool negative)
{
    if (!m_moment->hasVideo())
        return;
    const auto [start, end] = m_moment->span();
    const QString label = fileName(m_moment->video().path) + QLatin1Char(' ') + timeText(start);
    QueryBar& bar = m_top->queryBar();
    if (negative)
        bar.addTerm(QueryTerm::clip(m_moment->videoId(), start, end, kNotWeight), label, true);
    else
        bar.replaceBy(QueryTerm::clip(m_moment->videoId(), start, end), label);
}

/// The chosen hit, or what is in the player where none is.
void MainWindow::lookInside()
{
    const std::optional<VideoRecord> video = chosenVideo();
    if (!video || m_pages->currentWidget() == m_inside)
        return;
    const bool playing = m_moment->videoId() == video->id;
    const double atSec = playing ? m_moment->momentSec() : 0;
    const bool hit = m_pages->currentWidget() == m_searchPage;
    m_inside->showHit(*video, hit ? m_searchPage->query() : Query(), atSec);
    showPage(m_inside);
}

void MainWindow::copyCommand()
{
    if (!m_session->library())
        return;
    if (Page* page = m_pages->experiment()) {
        Q_EMIT page->commandAsked();
        return;
    }
    bool complete = true;
    const QString command = searchCommand(m_session->library()->folder(), m_searchPage->query(), &complete);
    copyText(
        command, complete ? tr("Command copied") : tr("Command copied, without the pictures and clips of the query"));
}

void MainWindow::copyText(const QString& text, const QString& said)
{
    QGuiApplication::clipboard()->setText(text);
    m_notice->show(said + QStringLiteral(": ") + text, {}, {}, kBrieflySec);
}

std::optional<VideoRecord> MainWindow::chosenVideo() const
{
    if (m_pages->currentWidget() == m_searchPage) {
        if (const Hit* hit = m_searchPage->currentHit()) {
            if (const VideoRecord* video = m_library->videoById(hit->video))
                return *video;
        }
    } else if (const VideoRecord* video = m_libraryPage->currentVideo()) {
        return *video;
    }
    return m_moment->hasVideo() ? std::optional(m_moment->video()) : std::nullopt;
}

std::vector<VideoId> MainWindow::chosenVideos() const
{
    if (m_pages->currentWidget() == m_libraryPage) {
        if (std::vector<VideoId> ids = m_libraryPage->selectedVideos(); !ids.empty())
            return ids;
    }
    const std::optional<VideoRecord> video = chosenVideo();
    return video ? std::vector<VideoId>{video->id} : std::vector<VideoId>();
}

} // namespace clipscope
