// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/retrieval_page.h"

#include "experiment/cell_videos_view.h"
#include "experiment/experiment_frame.h"
#include "experiment/figures_view.h"
#include "jobs/job.h"
#include "models/display_text.h"
#include "models/library_model.h"
#include "models/video_list_model.h"
#include "plots/plot_widget.h"
#include "retrieval/study_settings.h"
#include "shell/action_registry.h"
#include "shell/elided_label.h"

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

} // namespace

RetrievalPage::RetrievalPage(const PageServices& services, QWidget* parent)
    : ExperimentPage(services,
        {"study-retrieval", tr("More frames, and how they become one vector"), tr("Retrieval studies"), studyLines},
        parent)
    , m_form(new StudyForm)
    , m_plot(new PlotWidget)
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
    frame().setFigure(m_plot);
    frame().addHeadButton(m_twins);
    frame().addBelow(new FiguresView(m_findings, tr("Findings")), tr("Findings"));
    frame().addBelow(queries, tr("Queries"));
    frame().addBelow(new FiguresView(m_ranks, tr("Ranks of the right video")), tr("Ranks"));
    frame().addBelow(new FiguresView(m_numbers, tr("Numbers of each combination")), tr("Numbers"));

    frame().orderTabs();

    connect(m_form, &StudyForm::changed, this, [this] { showState(); });
    connect(m_twins, &QPushButton::toggled, this, [this] { showRuns(); });
    connect(m_plot, &PlotWidget::pointChosen, this, &RetrievalPage::openPoint);
    connect(m_queries, &CellVideosView::playAsked, this, &Page::videoAsked);
    connect(m_queries, &CellVideosView::leaveAsked, this, [this] { m_plot->setFocus(Qt::OtherFocusReason); });
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
    if (step.text.isEmpty() && !m_form->problem().isEmpty()) {
        step.text = m_form->problem();
    } else if (step.text.isEmpty()) {
        const RetrievalStudyOptions options = m_form->options();
        const size_t combinations =
            options.frames.size() * options.clips.size() * options.aggregations.size() * options.freeze.size();
        step = {tr("A run measures %1 on the library's captions and shows what more frames are worth.")
                    .arg(counted(qint64(combinations), tr("combination"), tr("combinations"))),
            tr("Run"), QString::fromLatin1(kRun), {}, {}};
    }
    setNextStep(step);
}

void RetrievalPage::addActions(ActionRegistry& actions)
{
    const QString group = tr("Retrieval");
    actions.note(group, tr("Left  Right"), tr("In the plot: from point to point; Enter shows its queries"));
}

void RetrievalPage::run()
{
    if (isRunning() || !m_form->problem().isEmpty())
        return;
    const RetrievalStudyOptions options = m_form->options();
    m_live = {};
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
    for (const std::any& partial : partials)
        if (const auto* cell = std::any_cast<RetrievalStudyCell>(&partial))
            m_live.add(*cell);
    showRuns();
}

void RetrievalPage::takeSettings(const RunRecord& record)
{
    m_form->setOptions(studyOptionsOf(record));
}

void RetrievalPage::showRuns()
{
    std::vector<NamedStudy> named;
    if (isRunning())
        named.push_back({tr("running"), m_live});
    for (const int row : chosenRows())
        named.push_back(
            {runs().index(row).data(Qt::AccessibleTextRole).toString(), studyResultsOf(runs().run(row).record)});
    const StoredRun* run = currentRun();
    m_shown = run ? studyResultsOf(run->record) : m_live;
    const bool twins =
        std::any_of(named.begin(), named.end(), [](const NamedStudy& study) { return study.results.twins > 0; });
    m_twins->setVisible(twins);
    m_drawn = studyPlot(named, twins && m_twins->isChecked());
    m_plot->setContent(m_drawn.content);
    m_findings->setTable(studyFindings(m_shown, twins && m_twins->isChecked()));
    m_numbers->setTable(studyNumbers(m_shown));
    frame().explain().setExplanation(run ? explainStudy(run->record, m_shown) : explainStudyAhead());
    const auto best = std::max_element(m_shown.rows.begin(), m_shown.rows.end(),
        [](const StudyResults::Row& a, const StudyResults::Row& b) { return a.r1 < b.r1; });
    showRow(best == m_shown.rows.end() ? -1 : int(best - m_shown.rows.begin()));
    if (run && run->record.arrays.empty())
        load(run->id);
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
    return {m_plot, m_plot->content().title, QStringLiteral("retrieval")};
}

QString RetrievalPage::command() const
{
    return view().library && m_form->problem().isEmpty()
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
