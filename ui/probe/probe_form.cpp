// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/probe_form.h"

#include "models/display_text.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>

#include <limits>
#include <map>

namespace clipscope {

namespace {
constexpr int kMostDraws = 1000;
constexpr int kTemplateLines = 2;
enum CChoice { ByValidation, Fixed };
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
    , m_aggregation(new QLineEdit)
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
    m_aggregation->setToolTip(tr("How the frames of a video become one vector: mean"));
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
    connect(m_aggregation, &QLineEdit::textChanged, this, &ProbeForm::changed);
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
    settings.aggregation = m_aggregation->text().trimmed().toStdString();
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
    m_aggregation->setText(QString::fromStdString(settings.aggregation));
    m_cChoice->setCurrentIndex(settings.probe.c ? Fixed : ByValidation);
    m_c->setVisible(settings.probe.c.has_value());
    if (settings.probe.c)
        m_c->setValue(*settings.probe.c);
    QStringList lines;
    for (const std::string& words : settings.templates)
        lines << QString::fromStdString(words);
    m_templates->setPlainText(lines.join(QLatin1Char('\n')));
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
    if (now.aggregation.empty())
        return tr("An aggregation is needed, for instance: mean");
    return {};
}

} // namespace clipscope
