// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/experiment_page.h"

#include "experiment/experiment_frame.h"
#include "experiment/export_dialog.h"
#include "experiment/run_comparison_dialog.h"
#include "experiment/run_list.h"
#include "experiment/run_shelf.h"
#include "jobs/job_manager.h"
#include "models/library_model.h"
#include "plots/figure_export.h"

#include <QItemSelectionModel>
#include <QVBoxLayout>

#include <numeric>

namespace clipscope {

ExperimentPage::ExperimentPage(const PageServices& services, const Kind& kind, QWidget* parent)
    : Page(parent)
    , m_jobs(services.jobs)
    , m_videos(services.videos)
    , m_runs(new RunsModel(kind.describe, this))
    , m_shelf(new RunShelf(kind.records, *m_runs, services.jobs, *this))
    , m_frame(new ExperimentFrame(kind.title, kind.runsTitle, m_runs))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_frame);
    setFocusProxy(&m_frame->runs());

    connect(m_frame, &ExperimentFrame::runAsked, this, [this] { run(); });
    connect(m_frame, &ExperimentFrame::stopAsked, this, [this] { m_jobs.cancel(m_job); });
    connect(m_frame, &ExperimentFrame::copyAsked, this, &Page::commandAsked);
    connect(m_frame, &ExperimentFrame::exportAsked, this, [this] { exportFigure(); });
    connect(m_frame, &ExperimentFrame::compareAsked, this, &ExperimentPage::compare);
    connect(m_frame, &ExperimentFrame::nextStepChosen, this,
        [this](int button) { takeNextStep(button == 0 ? m_step.firstAction : m_step.secondAction); });
    connect(&m_frame->runs(), &RunList::removeAsked, m_shelf,
        [this](const std::vector<int64_t>& ids) { m_shelf->remove(ids); });
    connect(
        &m_frame->runs(), &RunList::settingsAsked, this, [this](int row) { takeSettings(m_runs->run(row).record); });
    connect(m_shelf, &RunShelf::loaded, this, [this] { showRuns(); });
    connect(m_runs, &QAbstractItemModel::rowsInserted, this, &ExperimentPage::chooseNewest);
    connect(m_runs, &QAbstractItemModel::rowsRemoved, this, &ExperimentPage::chooseNewest);
    QItemSelectionModel* selection = m_frame->runs().selectionModel();
    connect(selection, &QItemSelectionModel::selectionChanged, this, [this] { showRuns(); });
    connect(selection, &QItemSelectionModel::currentChanged, this, [this] { showRuns(); });
    connect(&m_jobs, &JobManager::jobFinished, this, [this](JobId id, JobState state) {
        if (id != m_job || state == JobState::Done)
            return;
        m_job = 0; // stopped, or failed
        showRuns();
        showState();
        Q_EMIT factsChanged();
    });
}

void ExperimentPage::setLibrary(const LibraryInView& view)
{
    const bool other = view.library != m_view.library;
    m_view = view;
    if (other) {
        m_jobs.cancel(m_job);
        m_shelf->setLibrary(view.library);
        showRuns();
    }
    m_stale = true;
    if (isVisible()) {
        m_stale = false;
        look();
    }
}

void ExperimentPage::showEvent(QShowEvent* event)
{
    Page::showEvent(event);
    m_shelf->refresh(); // the command line may have added some
    if (m_stale) {
        m_stale = false;
        look();
    }
}

ExperimentPage::NextStep ExperimentPage::libraryStep() const
{
    NextStep step;
    const auto offer = [&](const QString& text, const QString& first, const char* action) {
        step = {
            text, first, QString::fromLatin1(action), tr("Open the sample library"), QStringLiteral("library.sample")};
    };
    if (m_videos.videos().empty())
        offer(tr("This library has no videos yet. Drop files or a folder here, or add them."), tr("Add a folder"),
            "library.addFolder");
    else if (m_view.loading)
        step.text = tr("The encoder is being loaded \u2026");
    else if (!m_view.encoder || m_view.embedded == 0)
        offer(tr("This library has no embeddings yet that can be used."), tr("Embed now"), "library.embed");
    return step;
}

void ExperimentPage::setNextStep(const NextStep& step)
{
    m_step = step;
    // What was measured before is shown whatever the library lacks now.
    m_frame->setNextStep(hasFigure() ? QString() : step.text, step.first, step.second);
    const bool ready = step.text.isEmpty() || step.firstAction == QLatin1String(kRun);
    m_frame->setRunnable(isRunning() || ready ? QString() : step.text);
    m_frame->setRunning(isRunning());
}

void ExperimentPage::takeNextStep(const QString& action)
{
    if (action == QLatin1String(kRun))
        run();
    else if (!action.isEmpty())
        takeStep(action);
}

void ExperimentPage::start(const JobRequest& request, std::function<RunRecord(const LibraryInView&, JobContext&)> work)
{
    if (isRunning() || !m_view.library || (needsEncoder() && !m_view.encoder))
        return;
    JobRequest asked = request;
    asked.onPartials = [this](const std::vector<std::any>& partials) { takePartials(partials); };
    m_job = m_jobs.start(
        asked,
        [work = std::move(work), view = m_view](JobContext& context) {
            StoredRun run;
            run.record = work(view, context);
            run.id = keepRun(view.library, run.record, context).value_or(0);
            return run;
        },
        this,
        [this, library = m_view.library](StoredRun run) {
            m_job = 0;
            if (library == m_view.library)
                finish(std::move(run));
        },
        [this](const JobFailure& failure) { Q_EMIT failed(failure.text()); });
    m_frame->runs().clearSelection();
    showRuns();
    showState();
    Q_EMIT factsChanged();
}

void ExperimentPage::finish(StoredRun run)
{
    if (run.id == 0) {
        run.id = --m_lastUnkept;
        Q_EMIT said(tr("The library cannot be written: this run is shown until the window is closed."));
    }
    const int64_t id = run.id;
    m_runs->put(std::move(run));
    m_frame->runs().setCurrentIndex(m_runs->index(m_runs->rowOf(id)));
    showRuns();
    showState();
    Q_EMIT factsChanged();
}

/// There is always a run to look at, where there is one.
void ExperimentPage::chooseNewest()
{
    if (!isRunning() && m_runs->rowCount() > 0 && chosenRows().empty())
        m_frame->runs().setCurrentIndex(m_runs->index(0));
    showState();
}

void ExperimentPage::compare()
{
    std::vector<int> rows = chosenRows();
    if (rows.size() < 2) {
        rows.resize(size_t(m_runs->rowCount()));
        std::iota(rows.begin(), rows.end(), 0);
    }
    std::vector<StoredRun> chosen;
    for (const int row : rows)
        if (m_runs->run(row).unreadable.empty())
            chosen.push_back(m_runs->run(row));
    auto* dialog = new RunComparisonDialog(std::move(chosen), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->show();
}

const StoredRun* ExperimentPage::currentRun() const
{
    const std::vector<int> rows = chosenRows();
    return rows.empty() ? nullptr : &m_runs->run(rows.front());
}

std::vector<int> ExperimentPage::chosenRows() const
{
    std::vector<int> rows;
    for (const int64_t id : m_frame->runs().chosenIds())
        rows.push_back(m_runs->rowOf(id));
    return rows;
}

QString ExperimentPage::shownRun() const
{
    const StoredRun* run = currentRun();
    return run ? QString::number(run->id) : QString();
}

QWidget* ExperimentPage::part(const QString& name) const
{
    return m_frame->part(name);
}

void ExperimentPage::load(int64_t run)
{
    m_shelf->load(run);
}

void ExperimentPage::exportFigure()
{
    const StoredRun* run = currentRun();
    if (!run) {
        Q_EMIT said(tr("There is no figure yet: run the experiment first."));
        return;
    }
    const FigureChoice choice = figureToSave();
    if (!choice.figure) {
        Q_EMIT said(tr("This figure has nothing to show yet."));
        return;
    }
    saveFigure(*choice.figure, provenanceOf(choice.title, run->record), choice.fileName, m_jobs, *this);
}

QByteArray ExperimentPage::layoutState() const
{
    return m_frame->saveState();
}

void ExperimentPage::restoreLayout(const QByteArray& state)
{
    m_frame->restoreState(state);
}

} // namespace clipscope
