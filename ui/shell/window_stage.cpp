// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/window_stage.h"

#include "experiment/cell_videos_view.h"
#include "inside/frame_list.h"
#include "inside/inside_page.h"
#include "inside/patch_panel.h"
#include "jobs/job_manager.h"
#include "models/display_text.h"
#include "models/library_model.h"
#include "models/search_results_model.h"
#include "search/query_bar.h"
#include "search/result_grid.h"
#include "search/search_page.h"
#include "shell/action_registry.h"
#include "shell/main_window.h"
#include "shell/page.h"
#include "shell/page_stack.h"

#include <QAction>
#include <QLocale>

#include <algorithm>

namespace clipscope {

namespace {

LibrarySession::Sample sampleOf(LessonStage::Library library)
{
    return library == LessonStage::Library::Sample ? LibrarySession::Sample::Mixed : LibrarySession::Sample::Activities;
}

} // namespace

WindowStage::WindowStage(const StageParts& parts, QObject* parent)
    : LessonStage(parent)
    , m_parts(parts)
{
    connect(&m_parts.session, &LibrarySession::opened, this, &LessonStage::changed);
    connect(&m_parts.session, &LibrarySession::engineChanged, this, &LessonStage::changed);
    connect(&m_parts.session, &LibrarySession::countsChanged, this, &LessonStage::changed);
    connect(&m_parts.jobs, &JobManager::jobAdded, this, &LessonStage::changed);
    connect(&m_parts.jobs, &JobManager::jobFinished, this, &LessonStage::changed);
    connect(&m_parts.search, &SearchPage::answered, this, &WindowStage::take);
    connect(&m_parts.search, &SearchPage::failed, this, [this] {
        m_asked.clear();
        m_lookWhenAnswered = false;
        Q_EMIT changed();
    });
    connect(&m_parts.inside, &InsidePage::settled, this, &LessonStage::changed);
    for (int i = 0; i < m_parts.pages.count(); ++i)
        if (auto* page = qobject_cast<Page*>(m_parts.pages.widget(i)))
            connect(page, &Page::factsChanged, this, &LessonStage::changed);
}

void WindowStage::trigger(const QString& action)
{
    if (QAction* found = m_parts.window.actions().action(action))
        found->trigger();
}

void WindowStage::openLibrary(Library library)
{
    m_parts.window.openSampleLibrary(sampleOf(library));
}

void WindowStage::showPage(const QString& id)
{
    trigger(QStringLiteral("view.") + id);
}

/// By pictures alone: what captions say would hide what embeddings do.
void WindowStage::search(const QString& words)
{
    m_lookWhenAnswered = false;
    m_parts.search.setMatchBy(MatchBy::Picture);
    m_parts.query.clear();
    m_asked = words;
    m_parts.query.setWords(words);
}

void WindowStage::lookInside(const QString& words)
{
    const bool known = m_asked.isEmpty() && m_parts.query.words() == words && m_parts.search.model().rowCount() > 0
        && m_parts.search.query().by == MatchBy::Picture;
    if (!known)
        search(words);
    m_lookWhenAnswered = true;
    if (known)
        look();
}

void WindowStage::take(const SearchResult& result)
{
    const std::vector<QueryTerm>& terms = m_parts.search.query().positives;
    if (!m_asked.isEmpty() && (terms.empty() || terms.front().words != m_asked.toStdString()))
        return; // an older one
    m_answer = result;
    m_asked.clear();
    // The page has not chosen its hit yet.
    if (m_lookWhenAnswered)
        QMetaObject::invokeMethod(this, &WindowStage::look, Qt::QueuedConnection);
    Q_EMIT changed();
}

void WindowStage::look()
{
    if (!std::exchange(m_lookWhenAnswered, false))
        return;
    SearchPage& search = m_parts.search;
    showPage(QStringLiteral("search"));
    search.grid().setCurrentIndex(search.model().index(0));
    trigger(QStringLiteral("search.inside"));
    Q_EMIT changed();
}

void WindowStage::setAggregation(const QString& spelling)
{
    m_parts.inside.setAggregation(spelling);
}

void WindowStage::setPatchDraw(double dropped, quint64 seed)
{
    m_parts.inside.setPatchDraw(dropped, seed);
}

void WindowStage::fillIn(const QString& page, const RunRecord& settings)
{
    if (Page* found = m_parts.pages.page(page))
        found->fillIn(settings);
}

void WindowStage::run(const QString& page)
{
    if (Page* found = m_parts.pages.page(page))
        found->run();
}

bool WindowStage::isOpen(Library library) const
{
    const LibrarySession& session = m_parts.session;
    return session.library() && session.library()->folder() == LibrarySession::sampleFolder(sampleOf(library))
        && session.engineState() == LibrarySession::EngineState::Ready && !isAtWork() && m_parts.videos.rowCount() > 0
        && session.searchedVideos() >= m_parts.videos.rowCount();
}

bool WindowStage::isAtWork() const
{
    const std::vector<JobView> jobs = m_parts.jobs.jobs();
    return std::ranges::any_of(jobs, [](const JobView& job) { return !isFinal(job.state); });
}

bool WindowStage::isAnswered() const
{
    return m_asked.isEmpty() && !m_parts.search.isSearching();
}

bool WindowStage::isInside() const
{
    return !m_lookWhenAnswered && m_parts.pages.currentWidget() == &m_parts.inside && m_parts.inside.isSettled()
        && !m_parts.inside.inside().timesSec.empty();
}

bool WindowStage::isRunning(const QString& page) const
{
    const Page* found = m_parts.pages.page(page);
    return found && found->isAtWork();
}

QString WindowStage::newestRun(const QString& page) const
{
    const Page* found = m_parts.pages.page(page);
    return found ? found->shownRun() : QString();
}

void WindowStage::addSearchFacts(LessonFacts& facts) const
{
    if (m_answer.hits.empty())
        return;
    const QLocale locale;
    facts[QStringLiteral("search.frames")] = locale.toString(qlonglong(m_answer.frames));
    facts[QStringLiteral("search.hits")] = locale.toString(qlonglong(m_answer.hits.size()));
    facts[QStringLiteral("search.best.score")] = scoreText(m_answer.hits.front().score);
    facts[QStringLiteral("search.last.score")] = scoreText(m_answer.hits.back().score);
    facts[QStringLiteral("search.time")] = tr("%1 ms").arg(qMax(1, int(m_answer.seconds * 1000 + .5)));
}

LessonFacts WindowStage::facts() const
{
    LessonFacts facts;
    const QLocale locale;
    const LibrarySession& session = m_parts.session;
    if (session.library() && session.encoder()) {
        facts[QStringLiteral("library.embedded")] = locale.toString(session.searchedVideos());
        facts[QStringLiteral("library.encoder")] = session.encoderTitle();
        facts[QStringLiteral("library.dimensions")] = locale.toString(session.encoder()->info().jointDim);
    }
    addSearchFacts(facts);
    for (int i = 0; i < m_parts.pages.count(); ++i)
        if (const auto* page = qobject_cast<Page*>(m_parts.pages.widget(i)))
            facts.merge(page->facts());
    return facts;
}

QWidget* WindowStage::part(const QString& name) const
{
    const std::pair<const char*, QWidget*> parts[] = {{"query", &m_parts.query}, {"results", &m_parts.search.grid()},
        {"moment", &m_parts.moment}, {"jobs", &m_parts.jobBar}};
    for (const auto& [known, widget] : parts)
        if (name == QLatin1String(known))
            return widget;
    const Page* page = m_parts.pages.page(name.section(QLatin1Char('.'), 0, 0));
    return page ? page->part(name.section(QLatin1Char('.'), 1)) : nullptr;
}

} // namespace clipscope
