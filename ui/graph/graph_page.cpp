// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_page.h"

#include "base/error.h"
#include "experiment/experiment_frame.h"
#include "experiment/figures_view.h"
#include "graph/graph_layout.h"
#include "graph/graph_results.h"
#include "graph/graph_split.h"
#include "graph/graph_trace.h"
#include "graph/graph_view.h"
#include "graph/node_panel.h"
#include "graph/proposal_bar.h"
#include "jobs/job_manager.h"
#include "models/display_text.h"
#include "shell/action_registry.h"
#include "shell/elided_label.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace clipscope {

namespace {

const QString kFolderStep = QStringLiteral("graph.folder");
constexpr uint64_t kPlacingSeed = 1; // a graph looks the same at each start
const QStringList kShownFirst = {QStringLiteral("FASTRAIN"), QStringLiteral("learned")};

/// The study as the command line runs it, with its trace.
RunRecord runStudy(
    const Graph& graph, const GraphSettings& settings, const FeatureProbe& probe, const JobContext& context)
{
    JobContext studying = context;
    studying.seed = settings.seed;
    RunRecord record;
    if (settings.experiment == GraphExperiment::Proposals) {
        LabelProposalOptions options = settings.proposals;
        options.featureProbe = probe;
        record = traceProposals(graph, options, studying);
    } else if (settings.experiment == GraphExperiment::SelfTraining) {
        SelfTrainingStudyOptions options = settings.training;
        options.featureProbe = probe;
        record = traceSelfTraining(graph, options, studying);
    } else {
        if (settings.isolationLabels == 0 && !graph.publicSplit)
            throw Error(ErrorKind::Input, "has no split that papers report", graph.name, "Choose a drawn split.");
        const GraphSplit split = settings.isolationLabels > 0
            ? drawSplit(graph, settings.isolationLabels, settings.isolationValidation, settings.seed)
            : *graph.publicSplit;
        record = traceGeeni(graph, split, settings.isolation, studying);
    }
    addGraphSettings(record, settings);
    return record;
}

} // namespace

GraphPage::GraphPage(
    const PageServices& services, LibraryGraphFunction libraryGraph, FeatureProbe probe, QWidget* parent)
    : ExperimentPage(services,
        {{"fastrain", "geeni", "proposals"}, tr("Few labels and wrong ones, with the nodes in sight"), tr("Graph runs"),
            graphLines},
        parent)
    , m_jobs(services.jobs)
    , m_libraryGraph(std::move(libraryGraph))
    , m_probe(std::move(probe))
    , m_form(new GraphForm)
    , m_view(new GraphView(services.jobs))
    , m_stages(new StageBar)
    , m_headline(new ElidedLabel(Qt::ElideRight))
    , m_method(new QComboBox)
    , m_colour(new QComboBox)
    , m_size(new QCheckBox(tr("Size: confidence")))
    , m_listTitle(new ElidedLabel(Qt::ElideRight))
    , m_rows(new FiguresModel(this))
    , m_list(new FiguresView(m_rows, tr("Doubtful nodes")))
    , m_decisions(new ProposalBar)
    , m_node(new NodePanel(services.thumbnails, services.videos))
    , m_numbers(new FiguresModel(this))
    , m_details(new FiguresModel(this))
    , m_costs(new FiguresModel(this))
    , m_detailsView(new FiguresView(m_details, tr("Stages, detectors or confidences")))
    , m_costsView(new FiguresView(m_costs, tr("What an answer costs")))
{
    m_listTitle->setObjectName(QStringLiteral("strong"));
    auto* listed = new QWidget;
    auto* column = new QVBoxLayout(listed);
    column->setContentsMargins(0, 0, 8, 0);
    column->addWidget(m_listTitle);
    column->addWidget(m_list, 1);
    column->addWidget(m_decisions);
    auto* nodes = new QSplitter(Qt::Horizontal);
    nodes->setChildrenCollapsible(false);
    nodes->setHandleWidth(1);
    nodes->addWidget(listed);
    nodes->addWidget(m_node);
    nodes->setSizes({580, 390});

    frame().setSettings(m_form);
    frame().setFigure(buildFigure());
    frame().addBelow(nodes, tr("Nodes"));
    frame().addBelow(new FiguresView(m_numbers, tr("Accuracy and cost")), tr("Numbers"));
    frame().addBelow(m_detailsView, tr("Stages"));
    frame().addBelow(m_costsView, tr("Cost"));
    frame().shareHeight(.68);
    frame().orderTabs();
    wire();
    showRuns();
    showState();
}

QWidget* GraphPage::buildFigure()
{
    m_headline->setObjectName(QStringLiteral("muted"));
    m_method->setAccessibleName(tr("Method"));
    m_method->setToolTip(tr("Which method's stages, or which detector's error nodes, are shown"));
    m_method->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_colour->setAccessibleName(tr("Colour"));
    m_colour->addItem(tr("Colour: label"));
    m_colour->addItem(tr("Colour: prediction"));
    m_colour->addItem(tr("Colour: confidence"));
    m_colour->setCurrentIndex(int(NodeColour::Prediction));
    m_size->setToolTip(tr("The surer the answer, the larger the node"));
    auto* head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(m_headline, 1);
    head->addWidget(m_method);
    head->addWidget(m_colour);
    head->addWidget(m_size);
    auto* figure = new QWidget;
    auto* layout = new QVBoxLayout(figure);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addLayout(head);
    layout->addWidget(m_stages);
    layout->addWidget(m_view, 1);
    return figure;
}

void GraphPage::wire()
{
    connect(m_form, &GraphForm::changed, this, [this] {
        if (!currentRun() && !isRunning())
            showRuns(); // the words are those of the experiment that is chosen
        showState();
    });
    connect(m_form, &GraphForm::graphChanged, this, &GraphPage::loadGraph);
    connect(m_method, &QComboBox::currentIndexChanged, this, [this] {
        m_wish = m_method->currentText();
        showTrace();
    });
    connect(m_stages, &StageBar::stageChosen, this, [this] {
        m_stageChosen = true;
        showStage();
    });
    connect(m_colour, &QComboBox::currentIndexChanged, this, &GraphPage::showPicture);
    connect(m_size, &QCheckBox::toggled, this, &GraphPage::showPicture);
    connect(m_view, &GraphView::nodeChosen, this, &GraphPage::showNode);
    connect(m_view, &GraphView::nodeOpened, this, [this](int node) {
        if (size_t(node) < m_loaded.videos.size())
            Q_EMIT videoAsked(m_loaded.videos[size_t(node)]);
        else
            m_node->neighbours().setFocus(Qt::OtherFocusReason);
    });
    const auto choose = [this](int node) {
        m_view->choose(node);
        showNode(node);
    };
    connect(m_list->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        [this, choose](const QModelIndex& row) {
            if (!m_linking && row.isValid() && size_t(row.row()) < m_listed.size())
                choose(m_listed[size_t(row.row())]);
        });
    connect(m_list, &QAbstractItemView::activated, this, [this] { m_view->setFocus(Qt::OtherFocusReason); });
    connect(m_node, &NodePanel::nodeAsked, this, choose);
    connect(m_node, &NodePanel::videoAsked, this, &Page::videoAsked);
    wireProposals();
    m_view->setDescribe([this](int node) { return m_shown.graph() ? m_shown.nodeLine(node) : QString(); });
}

/// The library may have other videos or labels now; a graph of files stays what it is.
void GraphPage::look()
{
    if (m_form->settings().graph.ofLibrary || !m_loaded.graph)
        loadGraph();
    showState();
}

bool GraphPage::hasFigure() const
{
    return ExperimentPage::hasFigure() || m_loaded.graph;
}

void GraphPage::loadGraph()
{
    const GraphChoice choice = m_form->settings().graph;
    m_read = choice;
    m_problem.clear();
    m_reading = choice.ofLibrary ? libraryStep().text.isEmpty() : !choice.files.path.empty();
    if (!m_reading)
        return dropGraph({});
    JobRequest request;
    request.title = tr("Reading a graph");
    request.topic = QStringLiteral("graph.read");
    request.quiet = true;
    m_jobs.start(
        request,
        [choice, view = view(), libraryGraph = m_libraryGraph](JobContext& context) {
            if (!choice.ofLibrary)
                return loadedGraph(readGraph(choice.files), {});
            auto [graph, videos] = libraryGraph(*view.library, view.key, choice.neighbours, context);
            return loadedGraph(std::move(graph), std::move(videos));
        },
        this,
        [this, library = view().library](LoadedGraph graph) {
            if (library == view().library)
                takeGraph(std::move(graph));
        },
        [this](const JobFailure& failure) { dropGraph(failure.text()); });
    showState();
}

void GraphPage::dropGraph(const QString& why)
{
    m_reading = m_runsOnceRead = false;
    m_problem = why;
    m_loaded = {};
    m_places.reset();
    m_jobs.cancel(m_placing);
    m_placing = 0;
    showRuns();
    showState();
}

void GraphPage::takeGraph(LoadedGraph graph)
{
    m_reading = false;
    m_problem.clear();
    // Other labels alone: everything stays where it is.
    const bool sameEdges = m_loaded.edges && m_places && *m_loaded.edges == *graph.edges;
    if (sameEdges)
        graph.edges = m_loaded.edges;
    m_loaded = std::move(graph);
    m_form->setGraph(*m_loaded.graph);
    if (!sameEdges) {
        m_places.reset();
        placeNodes();
    }
    showRuns();
    showState();
    if (std::exchange(m_runsOnceRead, false))
        run();
    Q_EMIT factsChanged();
}

void GraphPage::placeNodes()
{
    JobRequest request;
    request.title = tr("Placing the nodes of %1").arg(QString::fromStdString(m_loaded.graph->name));
    request.topic = QStringLiteral("graph.places");
    request.onPartials = [this](const std::vector<std::any>& partials) {
        if (const auto* step = std::any_cast<GraphLayoutStep>(&partials.back()))
            takePlaces(step->places);
    };
    m_placing = m_jobs.start(
        request,
        [graph = m_loaded.graph](JobContext& context) {
            JobContext placing = context;
            placing.seed = kPlacingSeed;
            return layOutGraph(graph->adjacency, {}, placing);
        },
        this,
        [this](std::vector<GraphPlace> places) {
            m_placing = 0;
            takePlaces(std::make_shared<const std::vector<GraphPlace>>(std::move(places)));
        },
        [this](const JobFailure& failure) {
            m_placing = 0;
            Q_EMIT failed(failure.text());
        });
}

void GraphPage::takePlaces(std::shared_ptr<const std::vector<GraphPlace>> places)
{
    if (!m_loaded.graph || places->size() != size_t(m_loaded.graph->nodes()))
        return;
    m_places = std::move(places);
    if (!m_view->picture())
        return showPicture();
    // Nothing else has changed: this comes ten times a second.
    auto picture = std::make_shared<GraphPicture>(*m_view->picture());
    picture->places = m_places;
    m_view->setPicture(std::move(picture));
}

void GraphPage::showState()
{
    const GraphSettings settings = m_form->settings();
    const QString choose = tr("Choose a graph's folder");
    NextStep step;
    if (settings.graph.ofLibrary)
        step = libraryStep();
    else if (settings.graph.files.path.empty())
        step = {m_form->problem(), choose, kFolderStep, {}, {}};
    if (step.text.isEmpty() && !m_problem.isEmpty())
        step = {m_problem, choose, kFolderStep, {}, {}};
    if (step.text.isEmpty() && (m_reading || !m_loaded.graph))
        step.text = tr("The graph is being read \u2026");
    if (step.text.isEmpty())
        step.text = m_form->problem();
    if (step.text.isEmpty())
        step = {m_shown.headline(), tr("Run"), QString::fromLatin1(kRun), {}, {}};
    setNextStep(step);
    m_headline->setWhole(headline());
}

QString GraphPage::headline() const
{
    if (!m_loaded.graph)
        return m_problem;
    QString out = m_shown.headline();
    if (!m_note.isEmpty())
        out += QStringLiteral(" \u00b7 ") + m_note;
    return out;
}

void GraphPage::takeStep(const QString& action)
{
    if (action == kFolderStep)
        m_form->askFolder();
    else
        ExperimentPage::takeStep(action);
}

void GraphPage::addActions(ActionRegistry& actions)
{
    const QString group = tr("Graph");
    actions.add(kFolderStep, group, tr("Choose a &graph's folder"), {}, {}, [this] { m_form->askFolder(); });
    actions.add(QStringLiteral("graph.play"), group, tr("&Play the stages"), {}, {},
        [this] { m_stages->setPlaying(!m_stages->isPlaying()); });
    actions.add(QStringLiteral("graph.fit"), group, tr("Show the &whole graph"), {}, {}, [this] { m_view->fit(); });
    addProposalActions(actions);
    actions.note(group, tr("Left  Right"), tr("In the stages: from stage to stage; Space plays them"));
    actions.note(group, tr("Arrows"), tr("In the graph: move it; with Shift from node to node, Enter opens one"));
    actions.note(group, tr("+  -  0"), tr("In the graph: larger, smaller, the whole of it"));
}

void GraphPage::run()
{
    m_runsOnceRead = m_reading;
    if (isRunning() || m_reading || !m_loaded.graph || !m_form->problem().isEmpty())
        return;
    const GraphSettings settings = m_form->settings();
    m_live.reset();
    m_cells.clear();
    m_stageChosen = false;
    JobRequest request;
    const QString name = QString::fromStdString(m_loaded.graph->name);
    request.lane = Lane::Model;
    request.unit = tr("trainings");
    if (settings.experiment == GraphExperiment::Proposals) {
        request.title = tr("Spreading the labels of %1").arg(name);
    } else if (settings.experiment == GraphExperiment::Isolation) {
        request.title = tr("Silent errors on %1").arg(name);
        request.unit = tr("repetitions");
    } else {
        request.title = tr("Self-training on %1").arg(name);
    }
    start(request, [graph = m_loaded.graph, settings, probe = m_probe](const LibraryInView&, JobContext& context) {
        return runStudy(*graph, settings, probe, context);
    });
}

void GraphPage::takePartials(const std::vector<std::any>& partials)
{
    for (const std::any& partial : partials) {
        if (const auto* trace = std::any_cast<GraphTrace>(&partial))
            m_live = std::make_shared<const GraphTrace>(*trace);
        if (const auto* cell = std::any_cast<SelfTrainingStudyCell>(&partial))
            m_cells.push_back(*cell);
    }
    showRuns();
}

void GraphPage::takeSettings(const RunRecord& record)
{
    m_form->setSettings(graphSettingsOf(record, m_form->settings().graph));
}

void GraphPage::showRuns()
{
    const StoredRun* run = currentRun();
    m_trace.reset();
    m_note.clear();
    if (run) {
        const Json& arrays = run->record.arrays;
        if (arrays.empty())
            load(run->id);
        else if (m_loaded.graph
            && run->record.dataHash
                != (experimentOf(run->record) == GraphExperiment::Proposals ? m_loaded.hashWithoutLabels : m_loaded.hash))
            m_note = tr("the chosen run is of another graph: a double click on the run opens it");
        else if (m_loaded.graph && !arrays.contains("trace"))
            m_note = tr("the chosen run came from the command line, which keeps no single nodes");
        else if (m_loaded.graph)
            m_trace = traceOfRun(*run);
    } else if (isRunning()) {
        m_trace = m_live;
    }
    {
        const QSignalBlocker silent(m_method);
        m_method->clear();
        if (m_trace)
            for (const TracedMethod& method : m_trace->methods)
                m_method->addItem(QString::fromStdString(method.name));
        int choice = m_method->findText(m_wish);
        for (const QString& name : kShownFirst)
            choice = choice < 0 ? m_method->findText(name) : choice;
        m_method->setCurrentIndex(std::max(choice, m_method->count() > 0 ? 0 : -1));
    }
    m_method->setVisible(m_method->count() > 0 && m_trace->proposed.empty());
    m_stages->setVisible(m_method->count() > 0 && m_trace->proposed.empty());
    m_colour->setVisible(m_method->count() > 0);
    m_size->setVisible(m_method->count() > 0);
    frame().explain().setExplanation(
        run ? explainGraph(run->record) : explainGraphAhead(m_form->settings().experiment));
    QStringList labels;
    if (m_loaded.graph)
        for (const std::string& label : m_loaded.graph->classes)
            labels << QString::fromStdString(label);
    m_decisions->setLabels(labels);
    m_decisions->setVisible(m_trace && !m_trace->proposed.empty());
    showNumbers();
    showTrace();
}

/// Reading it takes a while: the last one is kept.
std::shared_ptr<const GraphTrace> GraphPage::traceOfRun(const StoredRun& run)
{
    if (m_tracedRun != run.id || m_tracedIn != view().library) {
        auto trace =
            traceOf(run.record.arrays.at("trace"), m_loaded.graph->nodes(), int(m_loaded.graph->classes.size()));
        m_traced = trace ? std::make_shared<const GraphTrace>(std::move(*trace)) : nullptr;
        m_tracedRun = run.id;
        m_tracedIn = view().library;
    }
    return m_traced;
}

void GraphPage::showNumbers()
{
    const StoredRun* run = currentRun();
    FiguresModel::Table live;
    if (!run && isRunning() && !m_cells.empty()) {
        // What is measured so far.
        const std::vector<std::string> methods = m_form->settings().training.methods;
        live.columns = {tr("Method"), tr("Accuracy so far"), tr("Splits")};
        std::map<int, std::pair<double, int>> sums;
        for (const SelfTrainingStudyCell& cell : m_cells) {
            sums[cell.method].first += cell.stages.back().accuracy;
            ++sums[cell.method].second;
        }
        for (const auto& [method, sum] : sums)
            if (size_t(method) < methods.size())
                live.rows.push_back({{QString::fromStdString(methods[size_t(method)])},
                    {percentText(sum.first / sum.second), sum.first / sum.second}, {QString::number(sum.second)}});
    }
    m_numbers->setTable(run ? graphNumbers(run->record) : live);
    m_details->setTable(run ? graphDetails(run->record) : FiguresModel::Table());
    m_costs->setTable(run ? graphCosts(run->record) : FiguresModel::Table());
    const QString details[] = {tr("Stages"), tr("Detectors"), tr("Confidence")};
    frame().setBelowName(m_detailsView, details[int(run ? experimentOf(run->record) : m_form->settings().experiment)]);
    frame().setBelowShown(m_costsView, m_costs->rowCount() > 0);
}

/// Another method, or another run: its last stage is what it came to, and of silent nodes the surest errors alone are
/// seen best; unless the user looks at another one.
void GraphPage::showTrace()
{
    const GraphReading reading(m_loaded, m_trace, m_method->currentIndex(), 0);
    {
        const QSignalBlocker silent(m_stages);
        m_stages->setCards(reading.cards());
        if (!m_stageChosen)
            m_stages->setCurrent(std::min(m_stages->count() - 1, reading.isIsolation() ? 1 : m_stages->count()));
    }
    showStage();
}

void GraphPage::showStage()
{
    m_shown = GraphReading(m_loaded, m_trace, m_method->currentIndex(), m_stages->current());
    GraphReading::Nodes nodes = m_shown.isProposal() ? m_shown.proposals(rejected()) : m_shown.doubtful();
    m_listTitle->setWhole(nodes.title.isEmpty() ? tr("Doubtful nodes: after a run") : nodes.title);
    m_linking = true;
    m_listed = std::move(nodes.nodes);
    m_rows->setTable(std::move(nodes.table));
    m_linking = false;
    m_headline->setWhole(headline());
    showPicture();
    showNode(m_view->chosen());
    goOn();
    countProposals();
}

void GraphPage::showPicture()
{
    if (!m_loaded.graph)
        return m_view->setPicture(nullptr);
    m_view->setPicture(std::make_shared<const GraphPicture>(
        m_shown.picture(m_places, NodeColour(m_colour->currentIndex()), m_size->isChecked())));
}

/// The same node in the graph, in the list and in its panel.
void GraphPage::showNode(int node)
{
    m_node->setNode(m_shown, node, m_loaded.videos);
    m_linking = true;
    const auto row = std::find(m_listed.begin(), m_listed.end(), node);
    if (node >= 0 && row != m_listed.end()) {
        const QModelIndex index = m_rows->index(int(row - m_listed.begin()), 0);
        if (m_list->currentIndex().row() != index.row()) // several rows may be chosen
            m_list->setCurrentIndex(index);
        m_list->scrollTo(index);
    } else {
        m_list->selectionModel()->clear();
    }
    m_linking = false;
}

ExperimentPage::FigureChoice GraphPage::figureToSave()
{
    if (!m_places)
        return {};
    return {m_view, m_shown.headline(), QStringLiteral("graph")};
}

QString GraphPage::command() const
{
    return view().library && m_form->problem().isEmpty()
        ? graphCommand(view().library->folder(), view().key.model, m_form->settings())
        : QString();
}

std::map<QString, QString> GraphPage::facts() const
{
    const StoredRun* run = currentRun();
    std::map<QString, QString> out = run ? graphFacts(run->record) : std::map<QString, QString>();
    out.merge(m_shown.facts());
    return out;
}

PageEntry graphPage(LibraryGraphFunction libraryGraph, FeatureProbe probe)
{
    return {QStringLiteral("graph"), QStringLiteral("graph"), GraphPage::tr("Graph"),
        GraphPage::tr("Few labels and wrong ones on a graph"),
        [libraryGraph = std::move(libraryGraph), probe = std::move(probe)](
            const PageServices& services) { return new GraphPage(services, libraryGraph, probe); }};
}

} // namespace clipscope
