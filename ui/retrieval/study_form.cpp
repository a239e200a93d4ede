// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/study_form.h"

#include "aggregation/part_means.h"
#include "models/display_text.h"
#include "retrieval/study_settings.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>
#include <limits>
#include <map>

namespace clipscope {

namespace {

constexpr int kMostSeeds = 100;
const QString kAllFrozen = QStringLiteral("all");
const std::string kParts = "parts"; ///< and the number of parts after a colon

std::vector<std::string> wordsOf(QString text)
{
    std::vector<std::string> out;
    for (const QString& word :
        text.replace(QLatin1Char(','), QLatin1Char(' ')).split(QLatin1Char(' '), Qt::SkipEmptyParts))
        out.push_back(word.toStdString());
    return out;
}

/// The numbers N of all "parts:N" among `aggregations`.
std::vector<int> partCountsOf(const std::vector<std::string>& aggregations)
{
    std::vector<int> out;
    for (const std::string& spelling : aggregations) {
        const QString words = QString::fromStdString(spelling);
        if (words.section(QLatin1Char(':'), 0, 0).toStdString() != kParts)
            continue;
        const QString number = words.section(QLatin1Char(':'), 1);
        out.push_back(number.isEmpty() ? PartMeans::kUsualParts : number.toInt());
    }
    return out;
}

} // namespace

StudyForm::StudyForm(QWidget* parent)
    : QWidget(parent)
    , m_form(new QFormLayout(this))
    , m_frames(new QLineEdit)
    , m_clips(new QLineEdit)
    , m_mean(new QCheckBox(tr("mean")))
    , m_query(new QCheckBox(tr("query-scored")))
    , m_parts(new QCheckBox(tr("parts")))
    , m_partCounts(new QLineEdit)
    , m_transformer(new QCheckBox(tr("Transformer")))
    , m_freeze(new QLineEdit)
    , m_dropout(new QLineEdit)
    , m_pictures(new QSpinBox)
    , m_seeds(new QSpinBox)
    , m_seed(new QSpinBox)
    , m_test(new QComboBox)
    , m_splits(new QLabel)
{
    m_frames->setToolTip(tr("F: frames a clip; their mean is the clip's embedding"));
    m_clips->setToolTip(tr("K: clips a video; their embeddings are aggregated. F times K frames are seen in all"));
    m_query->setToolTip(tr("Frames count by how well they fit the query"));
    m_parts->setToolTip(tr("The means of equal parts of the clips side by side: what came first counts"));
    m_partCounts->setToolTip(tr("How many parts; several numbers are compared"));
    m_partCounts->setAccessibleName(tr("Parts of a video"));
    m_transformer->setToolTip(tr("Trained anew on the split train, once a seed"));
    m_freeze->setToolTip(tr("\u201call\u201d: the model as it is. Anything else trains the model's towers, which takes "
                            "minutes a seed: none, patch, token, first:3, picture, text, or several joined by +"));
    m_dropout->setToolTip(tr("Shares of patches left out while the towers are trained"));
    m_pictures->setRange(1, 100'000'000);
    m_pictures->setSingleStep(10'000);
    m_pictures->setGroupSeparatorShown(true);
    m_pictures->setToolTip(tr("How many each training of the towers sees, whatever F: equal cost"));
    m_seeds->setRange(1, kMostSeeds);
    m_seeds->setToolTip(tr("How often what learns is trained; the same seeds in every combination"));
    m_seed->setRange(0, std::numeric_limits<int>::max());
    m_seed->setToolTip(tr("The same seed trains the same"));
    m_test->setToolTip(tr("Whose captions are searched for among whose videos"));
    // However many splits a library has and whatever they are called, the form fits its column.
    m_test->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_splits->setObjectName(QStringLiteral("muted"));
    m_splits->setWordWrap(true);
    auto* aggregations = new QWidget;
    auto* column = new QVBoxLayout(aggregations);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    auto* parts = new QHBoxLayout;
    parts->setSpacing(8);
    parts->addWidget(m_parts);
    parts->addWidget(m_partCounts, 1);
    column->addWidget(m_mean);
    column->addWidget(m_query);
    column->addLayout(parts);
    column->addWidget(m_transformer);
    for (QCheckBox* box : {m_mean, m_query, m_parts, m_transformer})
        connect(box, &QCheckBox::toggled, this, &StudyForm::changed);
    connect(m_parts, &QCheckBox::toggled, m_partCounts, &QLineEdit::setVisible);

    m_form->setContentsMargins(0, 0, 0, 0);
    m_form->setVerticalSpacing(6);
    m_form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    m_form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    const auto add = [this](const QString& text, QWidget* field) {
        m_form->addRow(text, field);
        field->setAccessibleName(text);
    };
    add(tr("Frames a clip"), m_frames);
    add(tr("Clips"), m_clips);
    add(tr("Aggregation"), aggregations);
    add(tr("Frozen"), m_freeze);
    add(tr("Patch dropout"), m_dropout);
    add(tr("Pictures"), m_pictures);
    add(tr("Seeds"), m_seeds);
    add(tr("Seed"), m_seed);
    add(tr("Tested on"), m_test);
    m_form->addRow(m_splits);
    RetrievalStudyOptions first;
    first.frames = {1, 2};
    first.clips = {1, 2, 4};
    first.aggregations = {"mean", "query"};
    setVideos({});
    setOptions(first);

    for (QLineEdit* field : {m_frames, m_clips, m_partCounts, m_freeze, m_dropout})
        connect(field, &QLineEdit::textChanged, this, &StudyForm::changed);
    for (QSpinBox* field : {m_pictures, m_seeds, m_seed})
        connect(field, &QSpinBox::valueChanged, this, &StudyForm::changed);
    connect(m_test, &QComboBox::currentIndexChanged, this, &StudyForm::changed);
    connect(m_freeze, &QLineEdit::textChanged, this, &StudyForm::showTraining);
}

/// Patch dropout and its cost are for towers that are trained.
void StudyForm::showTraining()
{
    const std::vector<std::string> freeze = wordsOf(m_freeze->text());
    const bool trains =
        std::any_of(freeze.begin(), freeze.end(), [](const std::string& words) { return words != "all"; });
    for (QWidget* field : {static_cast<QWidget*>(m_dropout), static_cast<QWidget*>(m_pictures)}) {
        field->setVisible(trains);
        m_form->labelForField(field)->setVisible(trains);
    }
}

RetrievalStudyOptions StudyForm::options() const
{
    RetrievalStudyOptions out;
    out.frames = parseCounts(m_frames->text());
    out.clips = parseCounts(m_clips->text());
    out.aggregations.clear();
    if (m_mean->isChecked())
        out.aggregations.emplace_back("mean");
    if (m_query->isChecked())
        out.aggregations.insert(out.aggregations.end(), m_queries.begin(), m_queries.end());
    if (m_parts->isChecked())
        for (const int count : parseCounts(m_partCounts->text()))
            out.aggregations.push_back(kParts + ':' + std::to_string(count));
    if (m_transformer->isChecked())
        out.aggregations.emplace_back("transformer");
    out.freeze = wordsOf(m_freeze->text());
    out.patchDropout = parseShares(m_dropout->text());
    out.pictures = m_pictures->value();
    out.seeds = m_seeds->value();
    out.seed = uint64_t(m_seed->value());
    out.testSplit = m_test->currentData().toString().toStdString();
    return out;
}

void StudyForm::setOptions(const RetrievalStudyOptions& options)
{
    m_frames->setText(countsText(options.frames));
    m_clips->setText(countsText(options.clips));
    const auto has = [&](const char* name) {
        return std::find(options.aggregations.begin(), options.aggregations.end(), name) != options.aggregations.end();
    };
    m_mean->setChecked(has("mean"));
    m_queries.clear();
    QStringList temperatures;
    for (const std::string& spelling : options.aggregations)
        if (const std::string name = spelling.substr(0, spelling.find(':')); name == "query") {
            m_queries.push_back(spelling);
            temperatures << QString::fromStdString(spelling);
        }
    m_query->setChecked(!m_queries.empty());
    if (m_queries.empty())
        m_queries = {"query"};
    m_query->setText(m_queries == std::vector<std::string>{"query"}
            ? tr("query-scored")
            : tr("query-scored (%1)").arg(temperatures.join(QStringLiteral(", "))));
    const std::vector<int> parts = partCountsOf(options.aggregations);
    m_parts->setChecked(!parts.empty());
    m_partCounts->setVisible(!parts.empty());
    m_partCounts->setText(countsText(parts.empty() ? std::vector<int>{PartMeans::kUsualParts} : parts));
    m_transformer->setChecked(has("transformer"));
    QStringList freeze;
    for (const std::string& words : options.freeze)
        freeze << QString::fromStdString(words);
    m_freeze->setText(freeze.join(QStringLiteral(", ")));
    m_dropout->setText(sharesText(options.patchDropout));
    m_pictures->setValue(int(std::min<int64_t>(options.pictures, m_pictures->maximum())));
    m_seeds->setValue(options.seeds);
    m_seed->setValue(int(std::min<uint64_t>(options.seed, uint64_t(m_seed->maximum()))));
    const int split = m_test->findData(QString::fromStdString(options.testSplit));
    if (split >= 0)
        m_test->setCurrentIndex(split);
    showTraining();
}

void StudyForm::setVideos(const std::vector<VideoRecord>& videos)
{
    std::map<std::string, int> splits;
    for (const VideoRecord& video : videos)
        if (!video.split.empty())
            ++splits[video.split];
    m_train = splits.contains("train") ? splits.at("train") : 0;
    // Where there was no split to choose, none was chosen.
    const QString before = m_test->count() > 1 ? m_test->currentData().toString() : QStringLiteral("test");
    const QSignalBlocker silent(m_test);
    m_test->clear();
    m_test->addItem(tr("every video"), QString());
    QStringList counts;
    for (const auto& [name, count] : splits) {
        m_test->addItem(tr("split %1").arg(QString::fromStdString(name)), QString::fromStdString(name));
        counts << QStringLiteral("%1 %2").arg(count).arg(QString::fromStdString(name));
    }
    m_test->setCurrentIndex(std::max(0, m_test->findData(before)));
    m_splits->setText(
        splits.empty() ? tr("No video has a split.") : tr("Split: %1").arg(counts.join(QStringLiteral(" \u00b7 "))));
}

QString StudyForm::problem() const
{
    const RetrievalStudyOptions now = options();
    if (now.frames.empty())
        return tr("Frames a clip are numbers with commas between them: 1, 2, 4");
    if (now.clips.empty())
        return tr("Clips are numbers with commas between them: 1, 2, 4");
    if (m_parts->isChecked()) {
        const std::vector<int> parts = parseCounts(m_partCounts->text());
        if (parts.empty() || *std::max_element(parts.begin(), parts.end()) > PartMeans::kMostParts)
            return tr("Parts are numbers up to %1 with commas between them: 2, 4").arg(PartMeans::kMostParts);
    }
    if (now.aggregations.empty())
        return tr("An aggregation must be chosen.");
    if (now.patchDropout.empty())
        return tr("Patch dropout is a share, or several: 0, 0.5");
    if (now.freeze.empty())
        return tr("Frozen is \u201call\u201d, or what stands still while the towers are trained");
    const bool learns = m_transformer->isChecked() || m_freeze->text().trimmed() != kAllFrozen;
    if (learns && m_train == 0)
        return tr("There is no split \u201ctrain\u201d to train on: import a splits.json, or a CSV file with a split "
                  "column, or leave the Transformer out.");
    return {};
}

} // namespace clipscope
