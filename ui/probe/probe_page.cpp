// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/probe_page.h"

#include "aggregation/shipped_aggregator.h"
#include "base/random.h"
#include "experiment/cell_videos_view.h"
#include "experiment/experiment_frame.h"
#include "experiment/figures_view.h"
#include "jobs/job_manager.h"
#include "models/display_text.h"
#include "models/library_model.h"
#include "models/video_list_model.h"
#include "plots/confusion_matrix.h"
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
const QString kSplitStep = QStringLiteral("probe.split");
} // namespace

ProbePage::ProbePage(const PageServices& services, ProbeFunction function, QWidget* parent)
    : ExperimentPage(
        services, {{"probe"}, tr("Few labelled videos against none at all"), tr("Probe runs"), probeLines}, parent)
    , m_jobs(services.jobs)
    , m_function(std::move(function))
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

    frame().setSettings(m_form);
    frame().setFigure(m_plot);
    frame().addHeadButton(m_top5);
    frame().addBelow(confusions, tr("Confusions"));
    frame().addBelow(m_labelsView, tr("Each label"));
    frame().addBelow(m_numbersView, tr("Numbers"));
    frame().orderTabs();
    setTabOrder(m_matrix, m_cellVideos);

    connect(m_form, &ProbeForm::changed, this, [this] { showState(); });
    connect(m_form, &ProbeForm::splitAsked, this, &ProbePage::drawSplit);
    connect(m_top5, &QPushButton::toggled, this, [this] { showRuns(); });
    connect(m_plot, &PlotWidget::pointChosen, this, &ProbePage::openPoint);
    connect(m_matrix, &ConfusionMatrix::cellChosen, this, &ProbePage::showCell);
    connect(m_matrix, &ConfusionMatrix::opened, this, [this] { m_cellVideos->setFocus(Qt::OtherFocusReason); });
    connect(m_cellVideos, &CellVideosView::leaveAsked, this, [this] { m_matrix->setFocus(Qt::OtherFocusReason); });
    connect(m_cellVideos, &CellVideosView::playAsked, this, &ProbePage::videoAsked);
    showRuns();
    look();
}

/// The labels are counted when somebody can see it.
void ProbePage::look()
{
    m_counts = countLabels(videos().videos());
    m_form->setCounts(m_counts);
    m_form->setHasTransformer(!shippedAggregator(view().key.model).empty());
    if (!currentRun())
        frame().explain().setExplanation(explainProbeAhead(m_counts.usable >= 2));
    showState();
}

/// What a probe needs besides embeddings; an empty text: it is there.
ProbePage::NextStep ProbePage::labelStep() const
{
    const QString labelling = QStringLiteral("view.library");
    const auto sampled = [&](const QString& text) {
        return NextStep{
            text, tr("Label videos"), labelling, tr("Open the sample library"), QStringLiteral("library.sample")};
    };
    if (m_counts.labelled == 0)
        return sampled(
            tr("No video has a label yet. Choose videos in the library and press a key from 1 to 9, or import "
               "the folder again with a file of labels (columns path, label, split)."));
    if (m_counts.usable < 2 && m_counts.unsplit > 0)
        return {tr("%1 have labels but no split. Half of each label can be drawn for training, the other half for "
                   "testing; the split is kept in the library and can be undone.")
                    .arg(countedVideos(m_counts.unsplit)),
            tr("Draw a split"), kSplitStep, {}, {}};
    if (m_counts.usable < 2)
        return sampled(
            tr("A probe needs two labels, each with videos in the splits train and test; %1 of %2 labels have "
               "them. Label more videos.")
                .arg(m_counts.usable)
                .arg(m_counts.labels));
    return {};
}

void ProbePage::showState()
{
    NextStep step = libraryStep();
    if (step.text.isEmpty())
        step = labelStep();
    if (step.text.isEmpty())
        step.text = m_form->problem(); // a setting is wrong: nothing to press
    if (step.text.isEmpty())
        step = {
            tr("%1 with %2 are ready. A run fits %3 for each number of labelled videos and shows when they match the "
               "words.")
                .arg(countedVideos(m_counts.labelled), counted(m_counts.labels, tr("label"), tr("labels")),
                    counted(m_form->settings().probe.seeds, tr("probe"), tr("probes"))),
            tr("Run"), QString::fromLatin1(kRun), {}, {}};
    setNextStep(step);
}

void ProbePage::takeStep(const QString& action)
{
    if (action == kSplitStep)
        drawSplit();
    else
        ExperimentPage::takeStep(action);
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
    if (isRunning() || m_counts.usable < 2 || !m_form->problem().isEmpty())
        return;
    const ProbeSettings settings = m_form->settings();
    m_live = {};
    JobRequest request;
    request.title = tr("Probe, %1").arg(counted(settings.probe.seeds, tr("draw"), tr("draws")));
    request.lane = Lane::Model;
    request.unit = tr("fits");
    start(request, [function = m_function, settings](const LibraryInView& view, JobContext& context) {
        return function(*view.library, *view.encoder, view.key, settings, context);
    });
}

void ProbePage::takePartials(const std::vector<std::any>& partials)
{
    for (const std::any& partial : partials)
        if (const auto* point = std::any_cast<ShotCurvePoint>(&partial))
            m_live.add(*point);
    showRuns();
}

void ProbePage::takeSettings(const RunRecord& record)
{
    m_form->setSettings(probeSettingsOf(record));
}

void ProbePage::showRuns()
{
    if (m_measuredIn != view().library) {
        m_measuredIn = view().library;
        m_measured.clear();
    }
    std::vector<NamedResults> named;
    if (isRunning())
        named.push_back({tr("running"), m_live});
    const std::vector<int> rows = chosenRows();
    for (const int row : rows) {
        const QModelIndex index = runs().index(row);
        named.push_back({index.data(Qt::AccessibleTextRole).toString(), probeResultsOf(runs().run(row).record)});
    }
    m_plot->setContent(probePlot(named, m_top5->isChecked()));
    const StoredRun* run = currentRun();
    m_shown = run ? probeResultsOf(run->record) : m_live;
    m_confusionShots = m_shown.votesShots;
    m_numbers->setTable(probeNumbers(m_shown));
    frame().explain().setExplanation(
        run ? explainProbe(run->record, m_shown) : explainProbeAhead(m_counts.usable >= 2));
    showConfusions();
    if (run && run->record.arrays.empty())
        load(run->id);
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
            : tr("Rows: label \u00b7 columns: taken for \u00b7 %1 labelled")
                  .arg(m_confusionShots == 0 ? tr("all") : QString::number(m_confusionShots)));
    m_labels->setTable(probeLabels(m_shown));
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
            const VideoRecord* video = videos().videoById(tested.video);
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
    if (isRunning() || curve != 0 || m_shown.curve.empty() || !currentRun())
        return; // only the linear probe's, which comes first, has confusions
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
    if (!view().encoder)
        return;
    ProbeSettings settings = probeSettingsOf(run->record);
    settings.probe.shots = {shots};
    settings.probe.methods = {ProbeMethod::Linear};
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
        [function = m_function, view = view(), settings](
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
    for (const VideoRecord& video : videos().videos())
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

ProbePage::FigureChoice ProbePage::figureToSave()
{
    if (m_matrix->hasFocus())
        return {m_matrix, tr("What a linear probe takes for what"), QStringLiteral("confusions")};
    return {m_plot, m_plot->content().title, QStringLiteral("probe")};
}

QString ProbePage::command() const
{
    return view().library && m_form->problem().isEmpty()
        ? probeCommand(view().library->folder(), view().key.model, m_form->settings())
        : QString();
}

std::map<QString, QString> ProbePage::facts() const
{
    return probeFacts(m_shown);
}

PageEntry probePage(ProbeFunction function)
{
    return {QStringLiteral("probe"), QStringLiteral("probe"), ProbePage::tr("Probe"),
        ProbePage::tr("A few labelled videos against none"),
        [function = std::move(function)](const PageServices& services) { return new ProbePage(services, function); }};
}

} // namespace clipscope
