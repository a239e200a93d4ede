// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/probe_page.h"

#include "base/random.h"
#include "experiment/cell_videos_view.h"
#include "experiment/experiment_frame.h"
#include "experiment/export_dialog.h"
#include "experiment/figures_view.h"
#include "experiment/run_comparison_dialog.h"
#include "experiment/run_list.h"
#include "experiment/run_shelf.h"
#include "jobs/job_manager.h"
#include "models/display_text.h"
#include "models/library_model.h"
#include "models/video_list_model.h"
#include "plots/confusion_matrix.h"
#include "plots/figure_export.h"
#include "plots/plot_widget.h"
#include "probe/probe_views.h"
#include "shell/action_registry.h"
#include "shell/elided_label.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>
#include <numeric>

namespace clipscope {

namespace {
const QString kRunStep = QStringLiteral("probe.run");
const QString kSplitStep = QStringLiteral("probe.split");
const QString kSampleStep = QStringLiteral("library.sample");
} // namespace

ProbePage::ProbePage(const PageServices& services, ProbeFunction function, QWidget* parent)
    : Page(parent)
    , m_jobs(services.jobs)
    , m_videos(services.videos)
    , m_function(std::move(function))
    , m_runs(new RunsModel(probeLines, this))
    , m_shelf(new RunShelf("probe", *m_runs, services.jobs, *this))
    , m_frame(new ExperimentFrame(tr("Few labelled videos against none at all"), tr("Probe runs"), m_runs))
    , m_form(new ProbeForm)
    , m_plot(new PlotWidget)
    , m_matrix(new ConfusionMatrix)
    , m_matrixTitle(new ElidedLabel(Qt::ElideRight))
    , m_cellVideos(new CellVideosView(new VideoListModel(services.thumbnails, this)))
    , m_cellTitle(new ElidedLabel(Qt::ElideRight))
    , m_labels(new FiguresModel(this))
    , m_numbers(new FiguresModel(this))
    , m_labelsView(new FiguresView(m_labels, tr("Accuracy of each label")))
    , m_numbersView(new FiguresView(m_numbers, tr("Accuracy by labelled videos")))
    , m_top5(new QPushButton(tr("Top-5")))
{
    m_matrixTitle->setObjectName(QStringLiteral("muted"));
    m_cellTitle->setObjectName(QStringLiteral("strong"));
    m_top5->setCheckable(true);
    m_top5->setToolTip(tr("Count a video as recognised when its label is among the five best"));
    auto* matrixPart = new QWidget;
    auto* matrixLayout = new QVBoxLayout(matrixPart);
    matrixLayout->setContentsMargins(0, 0, 8, 0);
    matrixLayout->addWidget(m_matrixTitle);
    matrixLayout->addWidget(m_matrix, 1);
    auto* videosPart = new QWidget;
    auto* videosLayout = new QVBoxLayout(videosPart);
    videosLayout->setContentsMargins(8, 0, 0, 0);
    videosLayout->addWidget(m_cellTitle);
    videosLayout->addWidget(m_cellVideos, 1);
    auto* confusions = new QSplitter(Qt::Horizontal);
    confusions->setChildrenCollapsible(false);
    confusions->setHandleWidth(1);
    confusions->addWidget(matrixPart);
    confusions->addWidget(videosPart);
    confusions->setSizes({420, 420});

    m_frame->setSettings(m_form);
    m_frame->setFigure(m_plot);
    m_frame->addHeadButton(m_top5);
    m_frame->addBelow(confusions, tr("Confusions"));
    m_frame->addBelow(m_labelsView, tr("Each label"));
    m_frame->addBelow(m_numbersView, tr("Numbers"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_frame);
    setFocusProxy(&m_frame->runs());
    m_frame->orderTabs();
    setTabOrder(m_matrix, m_cellVideos);

    connect(m_form, &ProbeForm::changed, this, &ProbePage::showState);
    connect(m_form, &ProbeForm::splitAsked, this, &ProbePage::drawSplit);
    connect(m_frame, &ExperimentFrame::runAsked, this, &ProbePage::run);
    connect(m_frame, &ExperimentFrame::stopAsked, this, [this] { m_jobs.cancel(m_job); });
    connect(m_frame, &ExperimentFrame::copyAsked, this, &ProbePage::commandAsked);
    connect(m_frame, &ExperimentFrame::exportAsked, this, &ProbePage::exportFigure);
    connect(m_frame, &ExperimentFrame::compareAsked, this, &ProbePage::compare);
    connect(&m_frame->runs(), &RunList::removeAsked, m_shelf,
        qOverload<const std::vector<int64_t>&>(&RunShelf::remove));
    connect(&m_frame->runs(), &RunList::settingsAsked, this, &ProbePage::takeSettings);
    connect(m_shelf, &RunShelf::loaded, this, &ProbePage::showRuns);
    connect(m_runs, &QAbstractItemModel::rowsInserted, this, &ProbePage::chooseNewest);
    connect(m_runs, &QAbstractItemModel::rowsRemoved, this, &ProbePage::chooseNewest);
    connect(m_frame, &ExperimentFrame::nextStepChosen, this, &ProbePage::takeNextStep);
    connect(m_frame->runs().selectionModel(), &QItemSelectionModel::selectionChanged, this, &ProbePage::showRuns);
    connect(m_frame->runs().selectionModel(), &QItemSelectionModel::currentChanged, this, &ProbePage::showRuns);
    connect(m_top5, &QPushButton::toggled, this, &ProbePage::showRuns);
    connect(m_plot, &PlotWidget::pointChosen, this, &ProbePage::openPoint);
    connect(m_matrix, &ConfusionMatrix::cellChosen, this, &ProbePage::showCell);
    connect(m_matrix, &ConfusionMatrix::opened, this, [this] { m_cellVideos->setFocus(Qt::OtherFocusReason); });
    connect(m_cellVideos, &CellVideosView::leaveAsked, this, [this] { m_matrix->setFocus(Qt::OtherFocusReason); });
    connect(m_cellVideos, &CellVideosView::playAsked, this, &ProbePage::videoAsked);
    connect(&m_jobs, &JobManager::jobFinished, this, [this](JobId id, JobState state) {
        if (id != m_job || state == JobState::Done)
            return;
        m_job = 0; // stopped, or failed
        showRuns();
        showState();
    });
    showRuns();
    look();
}

void ProbePage::setLibrary(const LibraryInView& view)
{
    const bool other = view.library != m_view.library;
    m_view = view;
    if (other) {
        m_jobs.cancel(m_job);
        m_measured.clear();
        m_shelf->setLibrary(view.library);
        showRuns();
    }
    m_stale = true;
    if (isVisible())
        look();
}

void ProbePage::showEvent(QShowEvent* event)
{
    Page::showEvent(event);
    m_shelf->refresh(); // the command line may have added some
    if (m_stale)
        look();
}

/// The labels are counted when somebody can see it.
void ProbePage::look()
{
    m_stale = false;
    m_counts = countLabels(m_videos.videos());
    m_form->setCounts(m_counts);
    showState();
}

void ProbePage::showState()
{
    QString step, first, second, why;
    m_stepFirst.clear();
    m_stepSecond.clear();
    const auto offer = [&](const QString& text, const QString& name, const QString& action, bool sample) {
        step = text;
        first = name;
        m_stepFirst = action;
        if (sample) {
            second = tr("Open the sample library");
            m_stepSecond = kSampleStep;
        }
    };
    if (m_counts.videos == 0)
        offer(tr("This library has no videos yet. Drop files or a folder here, or add them."), tr("Add a folder"),
            QStringLiteral("library.addFolder"), true);
    else if (m_view.loading)
        step = tr("The encoder is being loaded \u2026");
    else if (!m_view.encoder || m_view.embedded == 0)
        offer(tr("A probe learns from embeddings, and this library has none that can be used yet."), tr("Embed now"),
            QStringLiteral("library.embed"), true);
    else if (m_counts.labelled == 0)
        offer(tr("No video has a label yet. Choose videos in the library and press a key from 1 to 9, or import the "
                 "folder again with a file of labels (columns path, label, split)."),
            tr("Label videos"), QStringLiteral("view.library"), true);
    else if (m_counts.usable < 2 && m_counts.unsplit > 0)
        offer(tr("%1 have labels but no split. Half of each label can be drawn for training, the other half for "
                 "testing; the split is kept in the library and can be undone.")
                  .arg(countedVideos(m_counts.unsplit)),
            tr("Draw a split"), kSplitStep, false);
    else if (m_counts.usable < 2)
        offer(tr("A probe needs two labels, each with videos in the splits train and test; %1 of %2 labels have them. "
                 "Label more videos.")
                  .arg(m_counts.usable)
                  .arg(m_counts.labels),
            tr("Label videos"), QStringLiteral("view.library"), true);
    if (!step.isEmpty())
        why = step;
    else
        why = m_form->problem();
    if (!why.isEmpty() && step.isEmpty())
        step = why; // a setting is wrong: nothing to press
    else if (step.isEmpty())
        offer(tr("%1 with %2 are ready. A run fits %3 for each number of labelled videos and shows when they match "
                 "the words.")
                  .arg(countedVideos(m_counts.labelled), counted(m_counts.labels, tr("label"), tr("labels")),
                      counted(m_form->settings().probe.seeds, tr("probe"), tr("probes"))),
            tr("Run"), kRunStep, false);
    // What was measured before is shown whatever the library lacks now.
    const bool figure = m_runs->rowCount() > 0 || m_job != 0;
    m_frame->setNextStep(figure ? QString() : step, first, second);
    m_frame->setRunnable(m_job != 0 ? QString() : why);
    m_frame->setRunning(m_job != 0);
}

void ProbePage::takeNextStep(int button)
{
    const QString action = button == 0 ? m_stepFirst : m_stepSecond;
    if (action == kRunStep)
        run();
    else if (action == kSplitStep)
        drawSplit();
    else if (!action.isEmpty())
        Q_EMIT actionAsked(action);
}

void ProbePage::addActions(ActionRegistry& actions)
{
    const QString group = tr("Probe");
    actions.add(
        kSplitStep, group, tr("Draw a &split for labelled videos without one"), {}, {}, [this] { drawSplit(); });
    actions.note(group, tr("Left  Right"), tr("In the plot: from point to point; Enter shows its confusions"));
    actions.note(group, tr("Arrows"), tr("In the matrix: from cell to cell; Enter goes to its videos"));
}

void ProbePage::run()
{
    if (m_job != 0 || !m_view.library || !m_view.encoder || m_counts.usable < 2 || !m_form->problem().isEmpty())
        return;
    const ProbeSettings settings = m_form->settings();
    m_live = {};
    JobRequest request;
    request.title = tr("Probe, %1").arg(counted(settings.probe.seeds, tr("draw"), tr("draws")));
    request.lane = Lane::Model;
    request.unit = tr("fits");
    request.onPartials = [this](const std::vector<std::any>& partials) { showPartials(partials); };
    m_job = m_jobs.start(
        request,
        [function = m_function, view = m_view, settings](JobContext& context) {
            StoredRun run;
            run.record = function(*view.library, *view.encoder, view.key, settings, context);
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
}

void ProbePage::showPartials(const std::vector<std::any>& partials)
{
    for (const std::any& partial : partials)
        if (const auto* point = std::any_cast<ShotCurvePoint>(&partial))
            m_live.curve.push_back(*point);
    showRuns();
}

void ProbePage::finish(StoredRun run)
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
}

/// There is always a run to look at, where there is one.
void ProbePage::chooseNewest()
{
    if (m_job == 0 && m_runs->rowCount() > 0 && chosenRows().empty())
        m_frame->runs().setCurrentIndex(m_runs->index(0));
    showState();
}

void ProbePage::takeSettings(int row)
{
    m_form->setSettings(probeSettingsOf(m_runs->run(row).record));
}

void ProbePage::compare()
{
    std::vector<int> rows = chosenRows();
    if (rows.size() < 2) {
        rows.resize(size_t(m_runs->rowCount()));
        std::iota(rows.begin(), rows.end(), 0);
    }
    std::vector<StoredRun> runs;
    for (const int row : rows)
        if (m_runs->run(row).unreadable.empty())
            runs.push_back(m_runs->run(row));
    auto* dialog = new RunComparisonDialog(std::move(runs), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->show();
}

const StoredRun* ProbePage::currentRun() const
{
    const std::vector<int> rows = chosenRows();
    return rows.empty() ? nullptr : &m_runs->run(rows.front());
}

/// The current one first.
std::vector<int> ProbePage::chosenRows() const
{
    std::vector<int> rows;
    for (const int64_t id : m_frame->runs().chosenIds())
        rows.push_back(m_runs->rowOf(id));
    return rows;
}

void ProbePage::showRuns()
{
    std::vector<NamedResults> named;
    if (m_job != 0)
        named.push_back({tr("running"), m_live});
    const std::vector<int> rows = chosenRows();
    for (const int row : rows) {
        const QModelIndex index = m_runs->index(row);
        named.push_back({index.data(Qt::AccessibleTextRole).toString(), probeResultsOf(m_runs->run(row).record)});
    }
    m_plot->setContent(probePlot(named, m_top5->isChecked()));
    const StoredRun* run = currentRun();
    m_shown = run ? probeResultsOf(run->record) : m_live;
    m_confusionShots = m_shown.votesShots;
    const FigureTable numbers = probeNumbers(m_shown);
    m_numbers->setTable(numbers.columns, numbers.rows);
    m_frame->explain().setExplanation(
        run ? explainProbe(run->record, m_shown) : explainProbeAhead(m_counts.usable >= 2));
    showConfusions();
    if (run && run->record.arrays.empty())
        m_shelf->load(run->id);
    else if (m_matrix->row() < 0 && !m_shown.tested.empty())
        m_matrix->choose(largestConfusion(m_shown).first, largestConfusion(m_shown).second);
}

void ProbePage::showConfusions()
{
    const StoredRun* run = currentRun();
    const ProbeResults* results = &m_shown;
    if (run && m_confusionShots != m_shown.votesShots) {
        if (const auto found = m_measured.find({run->id, m_confusionShots}); found != m_measured.end())
            results = &found->second;
    }
    if (results != &m_shown)
        m_shown.tested = results->tested;
    m_matrix->setCells(m_shown.classes, m_shown.confusions());
    m_matrixTitle->setWhole(m_shown.tested.empty()
            ? tr("What is taken for what: after a run")
            : tr("Rows: what the videos show; columns: what %1 labelled videos a label take them for")
                  .arg(m_confusionShots == 0 ? tr("all") : QString::number(m_confusionShots)));
    const FigureTable labels = probeLabels(m_shown);
    m_labels->setTable(labels.columns, labels.rows);
    if (m_matrix->row() >= 0)
        showCell(m_matrix->row(), m_matrix->column());
    else
        showCell(-1, -1);
}

void ProbePage::showCell(int row, int column)
{
    std::vector<std::pair<int, VideoListModel::Row>> found;
    if (row >= 0 && column >= 0) {
        for (const ProbeResults::Tested& tested : m_shown.tested) {
            const int votes = tested.label == row ? tested.taken[size_t(column)] : 0;
            if (votes == 0)
                continue;
            const int draws = std::accumulate(tested.taken.begin(), tested.taken.end(), 0);
            const VideoRecord* video = m_videos.videoById(tested.video);
            if (video)
                found.push_back(
                    {votes, {*video, tr("in %1 of %2").arg(votes).arg(counted(draws, tr("draw"), tr("draws")))}});
        }
        std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
        m_cellTitle->setWhole(m_shown.tested.empty() ? QString() : m_matrix->cellText(row, column));
    } else {
        m_cellTitle->setWhole(m_shown.tested.empty() ? QString() : tr("Click a cell: its videos are shown here"));
    }
    std::vector<VideoListModel::Row> rows;
    for (auto& [votes, video] : found)
        rows.push_back(std::move(video));
    m_cellVideos->list().setRows(std::move(rows));
}

void ProbePage::openPoint(int curve, int point)
{
    if (m_job != 0 || curve != 0 || !currentRun())
        return;
    const int place = probePointAt(m_shown, point).first;
    if (place >= 0)
        measureConfusions(m_shown.curve[size_t(place)].shots);
}

/// A run keeps what its last point took for what; of another point it is measured again, with the same draws and the
/// penalty that was chosen there.
void ProbePage::measureConfusions(int shots)
{
    const StoredRun* run = currentRun();
    const auto point = std::find_if(
        m_shown.curve.begin(), m_shown.curve.end(), [shots](const ShotCurvePoint& p) { return p.shots == shots; });
    if (!run || point == m_shown.curve.end())
        return;
    if (shots == m_shown.votesShots) {
        showRuns();
        return;
    }
    m_confusionShots = shots;
    if (m_measured.contains({run->id, shots})) {
        showConfusions();
        return;
    }
    if (!m_view.encoder)
        return;
    ProbeSettings settings = probeSettingsOf(run->record);
    settings.probe.shots = {shots};
    settings.probe.c = point->c;
    m_matrixTitle->setWhole(tr("Measuring what %1 labelled videos a label take for what \u2026")
                                .arg(shots == 0 ? tr("all") : QString::number(shots)));
    JobRequest request;
    request.title = tr("Confusions");
    request.lane = Lane::Model;
    request.topic = QStringLiteral("probe.confusions");
    request.quiet = true;
    m_jobs.start(
        request,
        [function = m_function, view = m_view, settings](
            JobContext& context) { return function(*view.library, *view.encoder, view.key, settings, context); },
        this,
        [this, id = run->id, shots, hash = run->record.dataHash](const RunRecord& record) {
            const ProbeResults results = probeResultsOf(record);
            if (record.dataHash != hash) {
                Q_EMIT said(tr("The labels have changed since this run: run again to see what is taken for what now."));
                showRuns();
                return;
            }
            m_measured[{id, shots}] = results;
            if (const StoredRun* current = currentRun(); current && current->id == id && m_confusionShots == shots)
                showConfusions();
        },
        [this](const JobFailure& failure) {
            Q_EMIT failed(failure.text());
            showRuns();
        });
}

/// Half of each label's videos that have no split, drawn by the form's seed.
void ProbePage::drawSplit()
{
    std::map<std::string, std::vector<VideoId>> ofLabel;
    for (const VideoRecord& video : m_videos.videos())
        if (!video.label.empty() && video.split.empty())
            ofLabel[video.label].push_back(video.id);
    VideoMarks marks;
    for (auto& [label, ids] : ofLabel) {
        Random random(deriveSeed(m_form->settings().seed, "split " + label));
        random.shuffle(ids);
        for (size_t i = 0; i < ids.size(); ++i)
            marks.push_back({ids[i], {}, i % 2 == 0 ? "train" : "test"});
    }
    if (!marks.empty())
        Q_EMIT marksAsked(marks, tr("split %1").arg(countedVideos(qint64(marks.size()))));
}

void ProbePage::exportFigure()
{
    const StoredRun* run = currentRun();
    if (!run) {
        Q_EMIT said(tr("There is no figure yet: run the probe first."));
        return;
    }
    const bool matrix = m_matrix->hasFocus();
    Figure& figure = matrix ? static_cast<Figure&>(*m_matrix) : *m_plot;
    const QString title = matrix ? tr("What a linear probe takes for what") : m_plot->content().title;
    saveFigure(figure, provenanceOf(title, run->record),
        matrix ? QStringLiteral("confusions") : QStringLiteral("probe"), m_jobs, *this);
}

QString ProbePage::command() const
{
    return m_view.library && m_form->problem().isEmpty()
        ? probeCommand(m_view.library->folder(), m_view.key.model, m_form->settings())
        : QString();
}

QByteArray ProbePage::layoutState() const
{
    return m_frame->saveState();
}

void ProbePage::restoreLayout(const QByteArray& state)
{
    m_frame->restoreState(state);
}

PageEntry probePage(ProbeFunction function)
{
    return {QStringLiteral("probe"), QStringLiteral("probe"), ProbePage::tr("Probe"),
        ProbePage::tr("A few labelled videos against none"),
        [function = std::move(function)](const PageServices& services) { return new ProbePage(services, function); }};
}

} // namespace clipscope
