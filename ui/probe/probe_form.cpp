// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/probe_form.h"

#include "aggregation/part_means.h"
#include "models/display_text.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>
#include <limits>
#include <map>

namespace clipscope {

namespace {
constexpr int kMostDraws = 1000;
constexpr int kTemplateLines = 2;
enum CChoice { ByValidation, Fixed };
// As the command line spells them.
const QString kMean = QStringLiteral("mean");
const QString kParts = QStringLiteral("parts");
const QString kTransformer = QStringLiteral("transformer");
const QString kOfFile = QStringLiteral("transformer:");

QString inParts(int parts)
{
    return QStringLiteral("%1:%2").arg(kParts).arg(parts);
}
} // namespace

LabelCounts countLabels(const std::vector<VideoRecord>& videos)
{
    struct Splits {
        int train = 0;
        int test = 0;
    };
    std::map<std::string, Splits> labels;
    LabelCounts counts;
    counts.videos = int(videos.size());
    for (const VideoRecord& video : videos) {
        if (video.label.empty())
            continue;
        Splits& of = labels[video.label];
        ++counts.labelled;
        counts.train += video.split == "train";
        counts.validation += video.split == "val";
        counts.test += video.split == "test";
        counts.unsplit += video.split.empty();
        of.train += video.split == "train";
        of.test += video.split == "test";
    }
    counts.labels = int(labels.size());
    for (const auto& [label, of] : labels)
        counts.usable += of.train > 0 && of.test > 0;
    return counts;
}

ProbeForm::ProbeForm(QWidget* parent)
    : QWidget(parent)
    , m_shots(new QLineEdit)
    , m_seeds(new QSpinBox)
    , m_seed(new QSpinBox)
    , m_aggregation(new QComboBox)
    , m_parts(new QSpinBox)
    , m_linear(new QCheckBox(tr("linear")))
    , m_tipAdapter(new QCheckBox(tr("Tip-Adapter")))
    , m_lpPlusPlus(new QCheckBox(tr("LP++")))
    , m_cChoice(new QComboBox)
    , m_c(new QDoubleSpinBox)
    , m_templates(new QPlainTextEdit)
    , m_counts(new QLabel)
    , m_split(new QPushButton(tr("Draw a split")))
{
    m_shots->setToolTip(tr("Labelled videos a label, at most: numbers, and \u201call\u201d"));
    m_seeds->setRange(1, kMostDraws);
    m_seeds->setToolTip(tr("How often the labelled videos are drawn anew"));
    m_seed->setRange(0, std::numeric_limits<int>::max());
    m_seed->setToolTip(tr("The same seed draws the same videos"));
    m_aggregation->setToolTip(
        tr("How the frames of a video become one vector: their mean, the means of equal parts of the video side by "
           "side, so that what came first counts, or by a trained Transformer: the one that comes with the model, or "
           "a file of `clipscope-cli train aggregator`"));
    m_aggregation->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_parts->setRange(1, PartMeans::kMostParts);
    m_parts->setValue(PartMeans::kUsualParts);
    m_parts->setSuffix(tr(" equal parts"));
    m_parts->setToolTip(tr("So many parts of each video, of which the means stand side by side"));
    m_parts->setAccessibleName(tr("Parts of a video"));
    m_linear->setToolTip(tr("Logistic regression with an L2 penalty on the labelled videos alone"));
    m_tipAdapter->setToolTip(tr("Trains nothing: labelled videos vote beside the words, in the space of the words"));
    m_lpPlusPlus->setToolTip(tr("Learns how much the words count for each label beside a linear probe; the slowest"));
    auto* methods = new QWidget;
    auto* column = new QVBoxLayout(methods);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    for (QCheckBox* box : {m_linear, m_tipAdapter, m_lpPlusPlus}) {
        column->addWidget(box);
        connect(box, &QCheckBox::toggled, this, &ProbeForm::changed);
    }
    m_cChoice->addItem(tr("by validation"));
    m_cChoice->addItem(tr("fixed"));
    m_cChoice->setToolTip(tr("Weight of the data against the penalty: chosen by the videos of the split val (10 where "
                             "there are none), or fixed"));
    m_c->setDecimals(3);
    m_c->setRange(.001, 1e6);
    m_c->setValue(10);
    m_c->setAccessibleName(tr("C"));
    m_c->hide();
    m_templates->setTabChangesFocus(true);
    m_templates->setFixedHeight(m_templates->fontMetrics().lineSpacing() * kTemplateLines + 16);
    m_templates->setToolTip(tr("The words for a label, LABEL in its place; one a line, their mean counts"));
    m_counts->setObjectName(QStringLiteral("muted"));
    m_counts->setWordWrap(true);
    m_split->setObjectName(QStringLiteral("small"));
    m_split->setToolTip(tr("Half of each label's videos that have no split become training videos, half test videos"));

    auto* form = new QFormLayout(this);
    form->setContentsMargins(0, 0, 0, 0);
    form->setVerticalSpacing(6);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    const auto add = [form](const QString& text, QWidget* field) {
        form->addRow(text, field);
        field->setAccessibleName(text);
    };
    add(tr("Shots"), m_shots);
    add(tr("Draws"), m_seeds);
    add(tr("Seed"), m_seed);
    add(tr("Aggregation"), m_aggregation);
    form->addRow(QString(), m_parts);
    add(tr("Methods"), methods);
    add(tr("C"), m_cChoice);
    form->addRow(QString(), m_c);
    add(tr("Prompts"), m_templates);
    form->addRow(m_counts);
    form->addRow(QString(), m_split);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setSettings(ProbeSettings());
    setCounts({});

    connect(m_shots, &QLineEdit::textChanged, this, &ProbeForm::changed);
    connect(m_seeds, &QSpinBox::valueChanged, this, &ProbeForm::changed);
    connect(m_seed, &QSpinBox::valueChanged, this, &ProbeForm::changed);
    connect(m_aggregation, &QComboBox::activated, this, &ProbeForm::takeAggregation);
    connect(m_parts, &QSpinBox::valueChanged, this, [this](int parts) {
        m_chosenAggregation = inParts(parts);
        Q_EMIT changed();
    });
    connect(m_cChoice, &QComboBox::currentIndexChanged, this, [this](int choice) {
        m_c->setVisible(choice == Fixed);
        Q_EMIT changed();
    });
    connect(m_c, &QDoubleSpinBox::valueChanged, this, &ProbeForm::changed);
    connect(m_templates, &QPlainTextEdit::textChanged, this, &ProbeForm::changed);
    connect(m_split, &QPushButton::clicked, this, &ProbeForm::splitAsked);
}

ProbeSettings ProbeForm::settings() const
{
    ProbeSettings settings;
    settings.probe.shots = parseShots(m_shots->text());
    settings.probe.seeds = m_seeds->value();
    settings.seed = uint64_t(m_seed->value());
    settings.aggregation = m_chosenAggregation.toStdString();
    settings.probe.methods.clear();
    if (m_linear->isChecked())
        settings.probe.methods.push_back(ProbeMethod::Linear);
    if (m_tipAdapter->isChecked())
        settings.probe.methods.push_back(ProbeMethod::TipAdapter);
    if (m_lpPlusPlus->isChecked())
        settings.probe.methods.push_back(ProbeMethod::LpPlusPlus);
    if (m_cChoice->currentIndex() == Fixed)
        settings.probe.c = m_c->value();
    settings.templates.clear();
    for (const QString& line : m_templates->toPlainText().split(QLatin1Char('\n')))
        if (!line.trimmed().isEmpty())
            settings.templates.push_back(line.trimmed().toStdString());
    return settings;
}

void ProbeForm::setSettings(const ProbeSettings& settings)
{
    m_shots->setText(shotsText(settings.probe.shots));
    m_seeds->setValue(settings.probe.seeds);
    m_seed->setValue(int(std::min<uint64_t>(settings.seed, uint64_t(m_seed->maximum()))));
    offerAggregations(QString::fromStdString(settings.aggregation));
    const std::vector<ProbeMethod>& methods = settings.probe.methods;
    const auto has = [&](ProbeMethod method) {
        return std::find(methods.begin(), methods.end(), method) != methods.end();
    };
    m_linear->setChecked(has(ProbeMethod::Linear));
    m_tipAdapter->setChecked(has(ProbeMethod::TipAdapter));
    m_lpPlusPlus->setChecked(has(ProbeMethod::LpPlusPlus));
    m_cChoice->setCurrentIndex(settings.probe.c ? Fixed : ByValidation);
    m_c->setVisible(settings.probe.c.has_value());
    if (settings.probe.c)
        m_c->setValue(*settings.probe.c);
    QStringList lines;
    for (const std::string& words : settings.templates)
        lines << QString::fromStdString(words);
    m_templates->setPlainText(lines.join(QLatin1Char('\n')));
}

/// The mean, the means of parts, the model's own Transformer, and whatever file was chosen.
void ProbeForm::offerAggregations(const QString& chosen)
{
    m_chosenAggregation = chosen;
    const bool parts = chosen.section(QLatin1Char(':'), 0, 0) == kParts;
    const QString item = parts ? kParts : chosen;
    const QSignalBlocker silent(m_aggregation);
    m_aggregation->clear();
    m_aggregation->addItem(kMean, kMean);
    m_aggregation->addItem(kParts, kParts);
    if (m_hasTransformer || chosen == kTransformer)
        m_aggregation->addItem(kTransformer, kTransformer);
    if (m_aggregation->findData(item) < 0) {
        const QString file = chosen.startsWith(kOfFile) ? chosen.mid(kOfFile.size()) : QString();
        m_aggregation->addItem(
            file.isEmpty() ? chosen : tr("%1 of %2").arg(kTransformer, fileName(toPath(file))), chosen);
        m_aggregation->setItemData(m_aggregation->count() - 1, chosen, Qt::ToolTipRole);
    }
    m_aggregation->addItem(tr("transformer of a file \u2026"));
    m_aggregation->setCurrentIndex(m_aggregation->findData(item));
    m_parts->setVisible(parts);
    if (parts) {
        const QSignalBlocker quiet(m_parts);
        const QString number = chosen.section(QLatin1Char(':'), 1);
        m_parts->setValue(number.isEmpty() ? PartMeans::kUsualParts : number.toInt());
    }
}

void ProbeForm::takeAggregation(int item)
{
    QString chosen = m_aggregation->itemData(item).toString();
    if (chosen == kParts) {
        chosen = inParts(m_parts->value());
    } else if (chosen.isEmpty()) {
        const QString file =
            QFileDialog::getOpenFileName(this, tr("A trained aggregation"), {}, tr("Aggregation (*.safetensors)"));
        chosen = file.isEmpty() ? m_chosenAggregation : kOfFile + file;
    }
    offerAggregations(chosen);
    Q_EMIT changed();
}

void ProbeForm::setHasTransformer(bool has)
{
    m_hasTransformer = has;
    offerAggregations(m_chosenAggregation);
}

void ProbeForm::setCounts(const LabelCounts& counts)
{
    QString text =
        tr("Split: %1 train \u00b7 %2 val \u00b7 %3 test").arg(counts.train).arg(counts.validation).arg(counts.test);
    if (counts.unsplit > 0)
        text += QLatin1Char('\n') + tr("%1 labelled without a split").arg(counts.unsplit);
    m_counts->setText(text);
    m_split->setVisible(counts.unsplit > 0);
}

QString ProbeForm::problem() const
{
    const ProbeSettings now = settings();
    if (now.probe.shots.empty())
        return tr("Shots are numbers with commas between them, and \u201call\u201d: 1, 2, 4, all");
    if (now.templates.empty())
        return tr("A prompt is needed, for instance: a video of LABEL");
    for (const std::string& words : now.templates)
        if (words.find("LABEL") == std::string::npos)
            return tr("Every prompt has LABEL where the label goes: a video of LABEL");
    if (now.aggregation == kTransformer.toStdString() && !m_hasTransformer)
        return tr("This model comes without a Transformer aggregation of its own: choose the mean, or a file.");
    if (now.probe.methods.empty())
        return tr("A method must be chosen.");
    return {};
}

} // namespace clipscope
