// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_form.h"

#include "models/display_text.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

#include <algorithm>
#include <limits>

namespace clipscope {

namespace {

constexpr int kMostEpochs = 1'000'000, kMostSeeds = 10'000, kMostNeighbours = 1000, kMostMembers = 1000;
constexpr int kMost = 1'000'000;
constexpr std::array kMethods = {kFeatureProbeName, "GCN", "Li", "M3S", "CaGCN-st", "CaGCN-st-3", "FASTRAIN"};
constexpr std::array kParts = {
    "FASTRAIN-SPF", "FASTRAIN-DS", "FASTRAIN-DR", "FASTRAIN-PGP", "FASTRAIN-EVEN", "FASTRAIN+ES", "CaGCN-st+EVEN"};
constexpr std::array kDetectors = {ErrorDetector::Learned, ErrorDetector::Entropy, ErrorDetector::Disagreement,
    ErrorDetector::Oracle, ErrorDetector::Random};
constexpr std::array kDiversities = {
    Diversity::Seed, Diversity::Bagging, Diversity::Features, Diversity::Edges, Diversity::Shape, Diversity::Mixed};

QSpinBox* number(int low, int high)
{
    auto* box = new QSpinBox;
    box->setRange(low, high);
    return box;
}

/// Boxes in two columns.
QWidget* gridOf(const std::vector<QWidget*>& boxes)
{
    auto* whole = new QWidget;
    auto* grid = new QGridLayout(whole);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(2);
    for (int i = 0; i < int(boxes.size()); ++i)
        grid->addWidget(boxes[size_t(i)], i / 2, i % 2);
    return whole;
}

} // namespace

GraphForm::GraphForm(QWidget* parent)
    : QWidget(parent)
    , m_form(new QFormLayout(this))
{
    m_form->setContentsMargins(0, 0, 0, 0);
    m_form->setVerticalSpacing(6);
    m_form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    m_form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    buildGraph();
    m_experiment = new QComboBox;
    m_experiment->addItem(tr("few labels"));
    m_experiment->addItem(tr("silent errors"));
    m_experiment->addItem(tr("spread labels"));
    m_experiment->setToolTip(
        tr("Few labels: self-training, where sure answers become labels (FASTRAIN-GNN and its rivals)\n"
           "Silent errors: an ensemble whose probable errors send no messages (GEENI)\n"
           "Spread labels: labels for the library's other videos, to be accepted or not"));
    add(tr("Experiment"), m_experiment, m_ofAll);
    buildTraining();
    buildIsolation();
    m_network = new QComboBox;
    for (const GnnKind kind : {GnnKind::Gcn, GnnKind::Sage, GnnKind::Gat})
        m_network->addItem(QString::fromLatin1(toString(kind)), int(kind));
    m_epochs = number(1, kMostEpochs);
    m_seeds = number(1, kMostSeeds);
    m_seeds->setToolTip(tr("Repetitions: random splits, the same for every method; or ensembles"));
    m_seed = number(0, std::numeric_limits<int>::max());
    m_seed->setToolTip(tr("The same seed draws and trains the same"));
    add(tr("Network"), m_network, m_ofStudies);
    add(tr("Epochs"), m_epochs, m_ofAll);
    add(tr("Seeds"), m_seeds, m_ofStudies);
    add(tr("Seed"), m_seed, m_ofAll);
    setSettings({});

    const auto tell = [this] {
        if (m_quiet)
            return;
        showParts();
        Q_EMIT changed();
    };
    for (QComboBox* box : findChildren<QComboBox*>())
        connect(box, &QComboBox::currentIndexChanged, this, tell);
    for (QSpinBox* box : findChildren<QSpinBox*>())
        connect(box, &QSpinBox::valueChanged, this, tell);
    for (QCheckBox* box : findChildren<QCheckBox*>())
        connect(box, &QCheckBox::toggled, this, tell);
    connect(m_threshold, &QDoubleSpinBox::valueChanged, this, tell);
    connect(m_shares, &QLineEdit::textChanged, this, tell);
    const auto other = [this] {
        if (!m_quiet)
            Q_EMIT graphChanged();
    };
    connect(m_source, &QComboBox::currentIndexChanged, this, other);
    connect(m_neighbours, &QSpinBox::valueChanged, this, other);
    for (QLineEdit* field : {m_path, m_dataset, m_column})
        connect(field, &QLineEdit::editingFinished, this, other);
}

void GraphForm::add(const QString& text, QWidget* field, std::vector<QWidget*>& group)
{
    auto* label = new QLabel(text);
    label->setBuddy(field);
    m_form->addRow(label, field);
    field->setAccessibleName(text);
    group.insert(group.end(), {label, field});
}

/// Below its name: it needs the whole width.
void GraphForm::addWide(const QString& text, QWidget* field, std::vector<QWidget*>& group)
{
    auto* label = new QLabel(text);
    m_form->addRow(label);
    m_form->addRow(field);
    field->setAccessibleName(text);
    group.insert(group.end(), {label, field});
}

void GraphForm::buildGraph()
{
    m_source = new QComboBox;
    m_source->addItem(tr("this library"));
    m_source->addItem(tr("a folder"));
    m_source->setToolTip(
        tr("This library: each embedded video is joined to those that look most like it, and its label is its class\n"
           "A folder: Planetoid, gnn-benchmark (npz), MUSAE or geom-gcn files"));
    m_path = new QLineEdit;
    m_path->setPlaceholderText(tr("folder or file"));
    m_path->setAccessibleName(tr("Folder or file of the graph"));
    auto* browse = new QPushButton(QStringLiteral("\u2026"));
    browse->setAccessibleName(tr("Choose a folder"));
    browse->setObjectName(QStringLiteral("small"));
    browse->setToolTip(tr("Choose the folder of a graph"));
    auto* path = new QWidget;
    auto* row = new QHBoxLayout(path);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    row->addWidget(m_path, 1);
    row->addWidget(browse);
    m_dataset = new QLineEdit;
    m_dataset->setPlaceholderText(tr("cora, if several"));
    m_column = new QLineEdit;
    m_column->setPlaceholderText(tr("MUSAE: its name"));
    m_neighbours = number(1, kMostNeighbours);
    m_neighbours->setToolTip(tr("Videos that each one is joined to"));
    add(tr("Graph"), m_source, m_ofAll);
    add(tr("Folder"), path, m_ofFiles);
    add(tr("Data set"), m_dataset, m_ofFiles);
    add(tr("Label column"), m_column, m_ofFiles);
    add(tr("Neighbours"), m_neighbours, m_ofLibrary);
    connect(browse, &QPushButton::clicked, this, &GraphForm::askFolder);
}

void GraphForm::askFolder()
{
    const QString folder = QFileDialog::getExistingDirectory(window(), tr("Folder of a graph"), m_path->text());
    if (folder.isEmpty())
        return;
    m_source->setCurrentIndex(1);
    m_path->setText(folder);
    Q_EMIT graphChanged();
}

void GraphForm::buildTraining()
{
    m_labels = number(1, kMost);
    m_labels->setToolTip(tr("Labelled nodes of each class; all others are tested on"));
    std::vector<QWidget*> boxes;
    for (const char* method : kMethods) {
        m_methods.emplace_back(new QCheckBox(QString::fromLatin1(method)), method);
        boxes.push_back(m_methods.back().first);
    }
    boxes.front()->setToolTip(tr("The linear probe on the nodes' features, without the graph"));
    m_ablation = new QCheckBox(tr("parts"));
    m_ablation->setToolTip(
        tr("FASTRAIN without each of its parts (SPF, DS, DR, PGP, EVEN), with an early end (ES), and "
           "CaGCN-st with new labels drawn evenly"));
    boxes.push_back(m_ablation);
    m_stages = number(1, 100);
    m_threshold = new QDoubleSpinBox;
    m_threshold->setRange(0, 1);
    m_threshold->setSingleStep(.05);
    m_threshold->setToolTip(tr("Confidence above which an answer becomes a label"));
    add(tr("Labels a class"), m_labels, m_ofTraining);
    addWide(tr("Methods"), gridOf(boxes), m_ofTraining);
    add(tr("Stages"), m_stages, m_ofTraining);
    add(tr("Threshold"), m_threshold, m_ofTraining);
}

void GraphForm::buildIsolation()
{
    m_split = new QComboBox;
    m_split->addItem(tr("the papers'"));
    m_split->addItem(tr("drawn"));
    m_isolationLabels = number(1, kMost);
    m_isolationLabels->setValue(20);
    m_validation = number(0, kMost * 100);
    m_validation->setToolTip(tr("Nodes that members are chosen by and the learned detector learns from"));
    m_members = number(1, kMostMembers);
    m_members->setToolTip(tr("Networks that answer together"));
    m_diversity = new QComboBox;
    m_diversity->setToolTip(tr("What the members differ in"));
    for (const Diversity diversity : kDiversities)
        m_diversity->addItem(QString::fromLatin1(toString(diversity)), int(diversity));
    std::vector<QWidget*> boxes;
    for (const ErrorDetector detector : kDetectors) {
        m_detectors.emplace_back(new QCheckBox(QString::fromLatin1(toString(detector))), detector);
        boxes.push_back(m_detectors.back().first);
    }
    m_shares = new QLineEdit;
    m_shares->setToolTip(tr("q: shares of the nodes not trained on that fall silent, in percent"));
    add(tr("Split"), m_split, m_ofIsolation);
    add(tr("Labels a class"), m_isolationLabels, m_ofDrawn);
    add(tr("Validation"), m_validation, m_ofDrawn);
    add(tr("Members"), m_members, m_ofEnsembles);
    add(tr("Diversity"), m_diversity, m_ofIsolation);
    addWide(tr("Detectors"), gridOf(boxes), m_ofIsolation);
    m_prunes = new QCheckBox(tr("edges and units"));
    m_prunes->setToolTip(tr("Cheaper ensembles too: fewer edges, smaller networks, and what rivals reach for their cost"));
    m_edgesBy = new QComboBox;
    m_edgesBy->setToolTip(tr("Edges go first whose ends are least alike in this"));
    for (const EdgeMeasure measure : {EdgeMeasure::Features, EdgeMeasure::Answers})
        m_edgesBy->addItem(QString::fromLatin1(toString(measure)), int(measure));
    add(tr("Silent %"), m_shares, m_ofIsolation);
    add(tr("Prune"), m_prunes, m_ofIsolation);
    add(tr("Edges by"), m_edgesBy, m_ofPruning);
}

void GraphForm::showParts()
{
    const bool files = m_source->currentIndex() == 1;
    const auto experiment = GraphExperiment(m_experiment->currentIndex());
    const bool isolates = experiment == GraphExperiment::Isolation;
    const auto show = [](const std::vector<QWidget*>& fields, bool visible) {
        for (QWidget* field : fields)
            field->setVisible(visible);
    };
    show(m_ofFiles, files);
    show(m_ofLibrary, !files);
    show(m_ofTraining, experiment == GraphExperiment::SelfTraining);
    show(m_ofIsolation, isolates);
    show(m_ofEnsembles, experiment != GraphExperiment::SelfTraining);
    show(m_ofStudies, experiment != GraphExperiment::Proposals);
    show(m_ofPruning, isolates && m_prunes->isChecked());
    show(m_ofDrawn, isolates && m_split->currentIndex() == 1);
}

void GraphForm::setGraph(const Graph& graph)
{
    m_hasPublicSplit = graph.publicSplit.has_value();
    if (!m_hasPublicSplit && m_split->currentIndex() == 0) {
        m_split->setCurrentIndex(1); // there is only one way
        m_drawnForNow = true;
    } else if (m_hasPublicSplit && m_drawnForNow) {
        m_split->setCurrentIndex(0);
        m_drawnForNow = false;
    }
    m_labelled = int(std::ranges::count_if(graph.labels, [](int label) { return label >= 0; }));
    m_classes = std::max(int(graph.classes.size()), 1);
    fitDraw();
}

/// What would leave nothing to test on gives way to a quarter each: few libraries have Cora's size.
void GraphForm::fitDraw()
{
    const int labels = m_isolationLabels->value(), validation = m_validation->value();
    if (m_labelled == 0 || int64_t(labels) * m_classes + validation < m_labelled)
        return;
    m_isolationLabels->setValue(std::min(labels, std::max(1, m_labelled / (4 * m_classes))));
    m_validation->setValue(std::min(validation, m_labelled / 4));
}

GraphSettings GraphForm::settings() const
{
    GraphSettings out;
    out.experiment = GraphExperiment(m_experiment->currentIndex());
    out.graph.ofLibrary = m_source->currentIndex() == 0;
    out.graph.files = {toPath(m_path->text().trimmed()), m_dataset->text().trimmed().toStdString(),
        m_column->text().trimmed().toStdString()};
    out.graph.neighbours = m_neighbours->value();
    out.seed = uint64_t(m_seed->value());
    const auto kind = GnnKind(m_network->currentData().toInt());
    SelfTrainingStudyOptions& training = out.training;
    training.methods.clear();
    for (const auto& [box, name] : m_methods)
        if (box->isChecked())
            training.methods.push_back(name);
    if (m_ablation->isChecked())
        training.methods.insert(training.methods.end(), kParts.begin(), kParts.end());
    training.labelsPerClass = m_labels->value();
    training.seeds = m_seeds->value();
    training.training.kind = kind;
    training.training.epochs = m_epochs->value();
    training.training.stages = m_stages->value();
    training.training.threshold = m_threshold->value();
    GeeniStudyOptions& isolation = out.isolation;
    isolation.detectors.clear();
    for (const auto& [box, detector] : m_detectors)
        if (box->isChecked())
            isolation.detectors.push_back(detector);
    isolation.shares = parsePercents(m_shares->text());
    isolation.seeds = m_seeds->value();
    isolation.ensemble.members = m_members->value();
    isolation.ensemble.diversity = Diversity(m_diversity->currentData().toInt());
    isolation.ensemble.shape.kind = kind;
    isolation.ensemble.training.epochs = m_epochs->value();
    isolation.approximates = m_prunes->isChecked();
    isolation.front.edges = EdgeMeasure(m_edgesBy->currentData().toInt());
    out.proposals.members = m_members->value();
    out.proposals.training.epochs = m_epochs->value();
    out.isolationLabels = m_split->currentIndex() == 1 ? m_isolationLabels->value() : 0;
    out.isolationValidation = m_validation->value();
    return out;
}

void GraphForm::setSettings(const GraphSettings& settings)
{
    const GraphChoice before = this->settings().graph;
    m_quiet = true;
    const bool trains = settings.experiment == GraphExperiment::SelfTraining;
    const bool proposes = settings.experiment == GraphExperiment::Proposals;
    m_experiment->setCurrentIndex(int(settings.experiment));
    m_source->setCurrentIndex(settings.graph.ofLibrary ? 0 : 1);
    if (!settings.graph.ofLibrary) {
        m_path->setText(displayPath(settings.graph.files.path));
        m_dataset->setText(QString::fromStdString(settings.graph.files.dataset));
        m_column->setText(QString::fromStdString(settings.graph.files.labelColumn));
    }
    m_neighbours->setValue(settings.graph.neighbours);
    m_seed->setValue(int(std::min<uint64_t>(settings.seed, uint64_t(m_seed->maximum()))));
    const SelfTrainingStudyOptions& training = settings.training;
    const auto has = [&](const std::string& name) {
        return std::find(training.methods.begin(), training.methods.end(), name) != training.methods.end();
    };
    for (const auto& [box, name] : m_methods)
        box->setChecked(has(name));
    m_ablation->setChecked(std::any_of(kParts.begin(), kParts.end(), has));
    m_labels->setValue(training.labelsPerClass);
    m_stages->setValue(training.training.stages);
    m_threshold->setValue(training.training.threshold);
    const GeeniStudyOptions& isolation = settings.isolation;
    for (const auto& [box, detector] : m_detectors)
        box->setChecked(
            std::find(isolation.detectors.begin(), isolation.detectors.end(), detector) != isolation.detectors.end());
    m_shares->setText(percentsText(isolation.shares));
    m_prunes->setChecked(isolation.approximates);
    m_edgesBy->setCurrentIndex(m_edgesBy->findData(int(isolation.front.edges)));
    m_members->setValue(proposes ? settings.proposals.members : isolation.ensemble.members);
    m_diversity->setCurrentIndex(m_diversity->findData(int(isolation.ensemble.diversity)));
    m_drawnForNow = settings.isolationLabels == 0 && !m_hasPublicSplit;
    m_split->setCurrentIndex(settings.isolationLabels > 0 || m_drawnForNow ? 1 : 0);
    if (settings.isolationLabels > 0)
        m_isolationLabels->setValue(settings.isolationLabels);
    m_validation->setValue(settings.isolationValidation);
    if (m_drawnForNow)
        fitDraw();
    m_network->setCurrentIndex(
        m_network->findData(int(trains ? training.training.kind : isolation.ensemble.shape.kind)));
    m_epochs->setValue(proposes ? settings.proposals.training.epochs
            : trains            ? training.training.epochs
                                : isolation.ensemble.training.epochs);
    m_seeds->setValue(trains ? training.seeds : isolation.seeds);
    m_quiet = false;
    showParts();
    Q_EMIT changed();
    if (!(this->settings().graph == before))
        Q_EMIT graphChanged();
}

QString GraphForm::problem() const
{
    const GraphSettings now = settings();
    if (!now.graph.ofLibrary && now.graph.files.path.empty())
        return tr("Which graph? Choose its folder.");
    if (now.experiment == GraphExperiment::Proposals)
        return now.graph.ofLibrary ? QString() : tr("Labels are spread over this library's videos: choose it as the graph.");
    if (now.experiment == GraphExperiment::SelfTraining)
        return now.training.methods.empty() ? tr("A method must be chosen.") : QString();
    if (now.isolation.detectors.empty())
        return tr("A detector must be chosen.");
    if (now.isolation.shares.empty())
        return tr("Silent % are numbers above 0 and up to 100 with commas between them: 5, 10, 20");
    const auto learned =
        std::find(now.isolation.detectors.begin(), now.isolation.detectors.end(), ErrorDetector::Learned);
    if (learned != now.isolation.detectors.end() && now.isolationLabels > 0 && now.isolationValidation == 0)
        return tr("The learned detector learns from validation nodes: give it some.");
    return {};
}

} // namespace clipscope
