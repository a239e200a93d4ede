// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/retrieval_page.h"

#include "experiment/cell_videos_view.h"
#include "experiment/experiment_frame.h"
#include "experiment/figure_stack.h"
#include "experiment/figures_view.h"
#include "jobs/job.h"
#include "models/display_text.h"
#include "models/library_model.h"
#include "models/video_list_model.h"
#include "plots/plot_panels.h"
#include "plots/plot_widget.h"
#include "retrieval/study_explanations.h"
#include "retrieval/study_settings.h"
#include "shell/action_registry.h"
#include "shell/elided_label.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>

namespace clipscope {

namespace {

constexpr size_t kMostCards = 500;

bool trainsTowers(const std::string& freeze)
{
    return freeze != "all";
}

bool trainsAnyTowers(const RetrievalStudyOptions& options)
{
    return std::ranges::any_of(options.freeze, trainsTowers);
}

/// Offers the rows by these names; what was chosen before stays chosen, where it is still there.
void offerRows(QComboBox& box, const std::vector<int>& rows, auto&& nameOf)
{
    const QString before = box.currentText();
    const QSignalBlocker silent(&box);
    box.clear();
    for (const int row : rows)
        box.addItem(nameOf(row), row);
    box.setCurrentIndex(std::max(0, box.findText(before)));
}

} // namespace

RetrievalPage::RetrievalPage(const PageServices& services, QWidget* parent)
    : ExperimentPage(services,
        {{"study-retrieval"}, tr("More frames, and how they become one vector"), tr("Retrieval studies"), studyLines},
        parent)
    , m_form(new StudyForm)
    , m_figures(new FigureStack)
    , m_plot(new PlotWidget)
    , m_panels{new PlotPanels, new PlotPanels, new PlotPanels, new PlotPanels}
    , m_seenAs(new QComboBox)
    , m_towers(new QComboBox)
    , m_queries(new CellVideosView(new VideoListModel(services.thumbnails, this)))
    , m_queriesTitle(new ElidedLabel(Qt::ElideRight))
    , m_ranks(new FiguresModel(this))
    , m_findings(new FiguresModel(this))
    , m_numbers(new FiguresModel(this))
    , m_twins(new QPushButton(tr("Twins")))
{
    m_queriesTitle->setObjectName(QStringLiteral("strong"));
    m_twins->setCheckable(true);
    m_twins->setToolTip(tr("Only videos that have a twin: the same things, with direction or order turned round"));
    m_twins->hide();
    auto* queries = new QWidget;
    auto* column = new QVBoxLayout(queries);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_queriesTitle);
    column->addWidget(m_queries, 1);
    frame().setSettings(m_form);
    m_figures->addFigure(m_plot, tr("Frames"), tr("R@1 over the frames seen of a video"));
    const auto add = [this](FigureNumber number, const QString& name, const QString& tip) {
        PlotPanels& shown = panels(number);
        m_figures->addFigure(&shown, name, tip);
        connect(&shown, &PlotPanels::pointChosen, this, [this](int panel, int curve, int point) {
            if (const int row = m_figure.rowOf(panel, curve, point); row >= 0 && !isRunning())
                showRow(row);
        });
    };
    add(SameFrames, tr("F\u00d7K"), tr("As many frames in several ways: few a clip and many clips, or the reverse"));
    add(Dropout, tr("Patch dropout"), tr("R@1 and seconds an epoch against the share of dropped patches"));
    add(Cost, tr("Cost"), tr("Trained parameters, pictures a second and R@1 of each training"));
    add(Training, tr("Training"), tr("Loss, R@1 and pictures a second while the towers are trained"));
    m_seenAs->setAccessibleName(tr("Seen as"));
    m_seenAs->setToolTip(tr("Frames a clip, clips and aggregation with which the videos are seen"));
    m_towers->setAccessibleName(tr("Trained how"));
    m_towers->setToolTip(tr("What was frozen, and the patch dropout, while the towers were trained"));
    m_figures->addControl(m_seenAs);
    m_figures->addControl(m_towers);
    frame().setFigure(m_figures);
    frame().addHeadButton(m_twins);
    frame().addBelow(new FiguresView(m_findings, tr("Findings")), tr("Findings"));
    frame().addBelow(queries, tr("Queries"));
    frame().addBelow(new FiguresView(m_ranks, tr("Ranks of the right video")), tr("Ranks"));
    frame().addBelow(new FiguresView(m_numbers, tr("Numbers of each combination")), tr("Numbers"));

    frame().orderTabs();

    connect(m_form, &StudyForm::changed, this, [this] { showState(); });
    connect(m_twins, &QPushButton::toggled, this, [this] { showRuns(); });
    connect(m_plot, &PlotWidget::pointChosen, this, &RetrievalPage::openPoint);
    connect(m_figures, &FigureStack::currentChanged, this, &RetrievalPage::showFigure);
    connect(m_seenAs, &QComboBox::currentIndexChanged, this, &RetrievalPage::showFigure);
    connect(m_towers, &QComboBox::currentIndexChanged, this, &RetrievalPage::showFigure);
    connect(m_queries, &CellVideosView::playAsked, this, &Page::videoAsked);
    connect(m_queries, &CellVideosView::leaveAsked, this, [this] { m_figures->focusFigure(); });
    showRuns();
    showState();
}

void RetrievalPage::look()
{
    m_form->setVideos(videos().videos());
    showState();
}

void RetrievalPage::showState()
{
    NextStep step = libraryStep();
    if (step.text.isEmpty() && !problem().isEmpty()) {
        step.text = problem();
    } else if (step.text.isEmpty()) {
        const RetrievalStudyOptions options = m_form->options();
        size_t models = 0; // where all is frozen no patch is dropped
        for (const std::string& freeze : options.freeze)
            models += trainsTowers(freeze) ? options.patchDropout.size() : 1;
        const size_t combinations = options.frames.size() * options.clips.size() * options.aggregations.size() * models;
        step = {tr("A run measures %1 on the library's captions and shows what more frames are worth.")
                    .arg(counted(qint64(combinations), tr("combination"), tr("combinations"))),
            tr("Run"), QString::fromLatin1(kRun), {}, {}};
    }
    setNextStep(step);
}

/// What is wrong with the settings, or with them and this model; empty: nothing.
QString RetrievalPage::problem() const
{
    const QString problem = m_form->problem();
    if (problem.isEmpty() && view().encoder && !view().encoder->info().encodesAnyText
        && trainsAnyTowers(m_form->options()))
        return tr(
            "These vectors were imported: the model that made them is not here, and its towers cannot be trained. "
            "Leave \u201call\u201d under Frozen.");
    return problem;
}

void RetrievalPage::addActions(ActionRegistry& actions)
{
    const QString group = tr("Retrieval");
    actions.note(group, tr("Left  Right"), tr("In the plot: from point to point; Enter shows its queries"));
}

void RetrievalPage::run()
{
    if (isRunning() || !problem().isEmpty())
        return;
    const RetrievalStudyOptions options = m_form->options();
    m_live = {};
    if (trainsAnyTowers(options))
        m_figures->setCurrent(Training); // long before the first number there is something to see
    JobRequest request;
    request.title = tr("Retrieval study");
    request.lane = Lane::Model;
    request.unit = tr("steps");
    start(request, [options](const LibraryInView& view, JobContext& context) {
        const std::filesystem::path work = studyFolder(*view.library, view.key, options);
        RunRecord record = studyRetrieval(*view.library, *view.encoder, view.key, options, work, context);
        std::error_code ignored;
        std::filesystem::remove_all(work, ignored);
        return record;
    });
}

void RetrievalPage::takePartials(const std::vector<std::any>& partials)
{
    for (const std::any& partial : partials) {
        if (const auto* cell = std::any_cast<RetrievalStudyCell>(&partial))
            m_live.add(*cell);
        if (const auto* training = std::any_cast<RetrievalStudyTraining>(&partial))
            m_live.add(*training);
    }
    showRuns();
}

void RetrievalPage::takeSettings(const RunRecord& record)
{
    m_form->setOptions(studyOptionsOf(record));
}

void RetrievalPage::showRuns()
{
    m_named.clear();
    if (isRunning())
        m_named.push_back({tr("running"), m_live});
    for (const int row : chosenRows())
        m_named.push_back(
            {runs().index(row).data(Qt::AccessibleTextRole).toString(), studyResultsOf(runs().run(row).record)});
    const StoredRun* run = currentRun();
    m_shown = run ? studyResultsOf(run->record) : m_live;
    showFigure();
    m_findings->setTable(studyFindings(m_shown, showsTwins()));
    m_numbers->setTable(studyNumbers(m_shown));
    const auto best = std::max_element(m_shown.rows.begin(), m_shown.rows.end(),
        [](const StudyResults::Row& a, const StudyResults::Row& b) { return a.r1 < b.r1; });
    showRow(best == m_shown.rows.end() ? -1 : int(best - m_shown.rows.begin()));
    if (run && run->record.arrays.empty())
        load(run->id);
}

/// Whether there are twins to be shown alone, and they are asked for.
bool RetrievalPage::showsTwins() const
{
    return m_twins->isChecked() && m_figures->current() == Frames && haveTwins();
}

bool RetrievalPage::haveTwins() const
{
    return std::any_of(m_named.begin(), m_named.end(), [](const NamedStudy& study) { return study.results.twins > 0; });
}

/// Only the figure that is seen is drawn.
void RetrievalPage::showFigure()
{
    const auto number = FigureNumber(m_figures->current());
    m_twins->setVisible(number == Frames && haveTwins());
    offerRows(*m_seenAs, seenRows(m_shown), [this](int row) { return m_shown.rows[size_t(row)].seenName(); });
    std::vector<int> towers = towerRows(m_shown);
    if (number == Training && isRunning() && !currentRun())
        towers.clear(); // what is trained now
    else if (number == Training)
        std::erase_if(towers, [this](int row) { return !m_shown.rows[size_t(row)].trainsTowers(); });
    offerRows(*m_towers, towers, [this](int row) { return m_shown.rows[size_t(row)].towersName(); });
    m_seenAs->setVisible((number == Dropout || number == Cost) && m_seenAs->count() > 1);
    m_towers->setVisible((number == SameFrames || number == Training) && m_towers->count() > 1);
    if (number == Frames) {
        m_drawn = studyPlot(m_named, showsTwins());
        m_plot->setContent(m_drawn.content);
    } else {
        m_figure = figureOf(number);
        if (isRunning() && !currentRun() && !m_figure.missing.isEmpty())
            m_figure.missing = tr("Nothing is measured yet.");
        m_figures->setMissing(number, m_figure.missing);
        panels(number).setContents(m_figure.panels);
    }
    explain(number);
}

StudyFigure RetrievalPage::figureOf(FigureNumber number) const
{
    const int seen = m_seenAs->count() > 0 ? m_seenAs->currentData().toInt() : -1;
    const int towers = m_towers->count() > 0 ? m_towers->currentData().toInt() : -1;
    switch (number) {
    case SameFrames:
        return sameFramesFigure(m_shown, towers);
    case Dropout:
        return dropoutFigure(m_shown, seen);
    case Cost:
        return costFigure(m_shown, seen);
    default:
        return trainingFigure(m_shown, towers);
    }
}

void RetrievalPage::explain(FigureNumber number)
{
    const StoredRun* run = currentRun();
    Explanation explanation = run ? explainStudy(run->record, m_shown) : explainStudyAhead();
    switch (number) {
    case Frames:
        break;
    case SameFrames:
        explainSameFrames(explanation);
        break;
    case Dropout:
        explainDropout(explanation);
        break;
    case Cost:
        explainCost(explanation);
        break;
    case Training:
        explainTraining(explanation);
        break;
    }
    frame().explain().setExplanation(explanation);
}

void RetrievalPage::openPoint(int curve, int point)
{
    if (isRunning() || curve < 0 || size_t(curve) >= m_drawn.rows.size()
        || size_t(point) >= m_drawn.rows[size_t(curve)].size())
        return;
    if (const int row = m_drawn.rows[size_t(curve)][size_t(point)]; row >= 0)
        showRow(row);
}

/// The queries of one combination, the worst first: those are what there is to learn from.
void RetrievalPage::showRow(int row)
{
    m_row = row;
    m_ranks->setTable(studyRanks(m_shown, row));
    std::vector<VideoListModel::Row> cards;
    if (row >= 0) {
        const std::vector<double> means = m_shown.meanRanks(row);
        std::vector<size_t> order(std::min(means.size(), size_t(m_shown.queryVideos.size())));
        std::iota(order.begin(), order.end(), size_t(0));
        std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return means[a] > means[b]; });
        std::map<QString, const VideoRecord*> byPath;
        for (const VideoRecord& video : videos().videos())
            byPath[displayPath(video.path)] = &video;
        const QLocale locale;
        const size_t seeds = m_shown.rows[size_t(row)].ranks.size();
        for (const size_t query : order) {
            const auto found = byPath.find(m_shown.queryVideos[qsizetype(query)]);
            if (found == byPath.end() || cards.size() == kMostCards)
                continue;
            const QString rank = locale.toString(means[query], 'f', seeds > 1 ? 1 : 0);
            cards.push_back({*found->second, tr("rank %1").arg(rank)});
        }
    }
    QString title;
    if (row >= 0) {
        title = tr("%1: where each caption found its video, the worst first").arg(m_shown.rows[size_t(row)].name());
        if (const size_t seeds = m_shown.rows[size_t(row)].ranks.size(); seeds > 1)
            title += tr("; mean of %1 seeds").arg(seeds);
    }
    m_queriesTitle->setWhole(title);
    m_queries->list().setRows(std::move(cards));
}

ExperimentPage::FigureChoice RetrievalPage::figureToSave()
{
    const auto number = FigureNumber(m_figures->current());
    if (number == Frames)
        return {m_plot, m_plot->content().title, QStringLiteral("retrieval")};
    if (!m_figure.missing.isEmpty())
        return {};
    const char* const names[] = {
        "retrieval-same-frames", "retrieval-patch-dropout", "retrieval-cost", "retrieval-training"};
    return {&panels(number), m_figure.panels.front().title, QLatin1String(names[number - SameFrames])};
}

QString RetrievalPage::command() const
{
    return view().library && problem().isEmpty()
        ? studyCommand(view().library->folder(), view().key.model, m_form->options())
        : QString();
}

std::map<QString, QString> RetrievalPage::facts() const
{
    return studyFacts(m_shown);
}

PageEntry retrievalPage()
{
    return {QStringLiteral("retrieval"), QStringLiteral("retrieval"), RetrievalPage::tr("Retrieval"),
        RetrievalPage::tr("More frames, and how they become one vector"),
        [](const PageServices& services) { return new RetrievalPage(services); }};
}

} // namespace clipscope
