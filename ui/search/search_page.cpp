// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/search_page.h"

#include "jobs/job_manager.h"
#include "models/display_text.h"
#include "models/search_results_model.h"
#include "models/thumbnail_cache.h"
#include "search/cut_off_slider.h"
#include "search/result_grid.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace clipscope {

namespace {
constexpr int kLeastSummary = 160; ///< beside a lesson there is little room
}

SearchPage::SearchPage(JobManager& jobs, ThumbnailCache& thumbnails, QWidget* parent)
    : QWidget(parent)
    , m_jobs(jobs)
    , m_model(new SearchResultsModel(thumbnails, this))
    , m_grid(new ResultGrid)
    , m_summary(new QLabel)
    , m_cutOff(new CutOffSlider)
    , m_cutOffPart(new QWidget)
    , m_by(new QButtonGroup(this))
    , m_stack(new QStackedWidget)
    , m_empty(new QLabel)
    , m_examples(new QWidget)
{
    m_grid->setModel(m_model);
    m_summary->setTextFormat(Qt::RichText);
    m_summary->setMinimumWidth(kLeastSummary);
    m_summary->setWordWrap(true);
    auto* head = new QHBoxLayout;
    head->addWidget(m_summary, 1);
    auto* cutOffLabel = new QLabel(tr("cut-off"));
    cutOffLabel->setObjectName(QStringLiteral("muted"));
    auto* cutOffLayout = new QHBoxLayout(m_cutOffPart);
    cutOffLayout->setContentsMargins(0, 0, 8, 0);
    cutOffLayout->addWidget(cutOffLabel);
    cutOffLayout->addWidget(m_cutOff);
    head->addWidget(m_cutOffPart);
    const std::pair<MatchBy, QString> choices[] = {
        {MatchBy::Both, tr("Both")}, {MatchBy::Picture, tr("Picture")}, {MatchBy::Names, tr("Names")}};
    const QString tips[] = {tr("Rank by picture and by words in names, captions and subtitles"),
        tr("Compare pictures with the query, nothing else"), tr("Look for the words in names, captions and subtitles")};
    for (const auto& [by, text] : choices) {
        auto* button = new QPushButton(text);
        button->setCheckable(true);
        button->setToolTip(tips[int(by)]);
        m_by->addButton(button, int(by));
        head->addWidget(button);
    }
    m_by->button(int(MatchBy::Both))->setChecked(true);

    m_empty->setObjectName(QStringLiteral("muted"));
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    auto* examples = new QHBoxLayout(m_examples);
    examples->setContentsMargins(0, 8, 0, 0);
    examples->addStretch();
    for (const QString& words : {tr("a red ball bounces"), tr("a blue star spins"), tr("a green box hides")}) {
        auto* chip = new QPushButton(words);
        chip->setAccessibleName(tr("Search for: %1").arg(words));
        connect(chip, &QPushButton::clicked, this, [this, words] { Q_EMIT exampleChosen(words); });
        examples->addWidget(chip);
    }
    examples->addStretch();
    auto* emptyPage = new QWidget;
    auto* emptyLayout = new QVBoxLayout(emptyPage);
    emptyLayout->addStretch();
    emptyLayout->addWidget(m_empty);
    emptyLayout->addWidget(m_examples);
    emptyLayout->addStretch();
    m_stack->addWidget(emptyPage);
    m_stack->addWidget(m_grid);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 12, 4, 0);
    layout->setSpacing(12);
    head->setContentsMargins(0, 0, 12, 0);
    layout->addLayout(head);
    layout->addWidget(m_stack, 1);

    connect(m_cutOff, &CutOffSlider::moved, this, &SearchPage::cutOff);
    connect(m_by, &QButtonGroup::idClicked, this, &SearchPage::matchByChanged);
    connect(m_grid, &ResultGrid::playAsked, this, [this](const QModelIndex& index) {
        if (const Hit* hit = m_model->hit(index.row()))
            Q_EMIT hitChosen(*hit, true);
    });
    connect(m_grid->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) {
        if (const Hit* hit = m_model->hit(index.row()); hit && !m_restoring)
            Q_EMIT hitChosen(*hit, false);
    });
    connect(m_grid, &ResultGrid::leaveAsked, this, &SearchPage::leaveAsked);
    connect(m_grid, &QWidget::customContextMenuRequested, this, [this](const QPoint& position) {
        if (m_grid->indexAt(position).isValid())
            Q_EMIT menuAsked(m_grid->viewport()->mapToGlobal(position));
    });
    showEmpty();
}

void SearchPage::setSearchFunction(SearchFunction search, bool repeat)
{
    m_search = std::move(search);
    if (!repeat) {
        m_model->setHits({});
        m_hasAnswer = false;
    }
    if (!m_query.positives.empty() || !m_query.negatives.empty())
        start(repeat && m_hasAnswer);
    else
        showEmpty();
}

void SearchPage::setIdleText(const QString& text, bool withExamples)
{
    m_idleText = text;
    m_withExamples = withExamples;
    if (!m_hasAnswer)
        showEmpty();
}

void SearchPage::search(Query query)
{
    query.by = matchBy();
    m_query = std::move(query);
    start(false);
}

void SearchPage::start(bool repeated)
{
    if ((m_query.positives.empty() && m_query.negatives.empty()) || !m_search) {
        stop();
        m_hasAnswer = false;
        m_focusWhenAnswered = false;
        m_model->setHits({});
        Q_EMIT noteChanged({});
        showEmpty();
        return;
    }
    // A repeat that overtakes a new query is still its first answer.
    m_repeated = repeated && (m_job == 0 || m_repeated);
    JobRequest request;
    request.title = tr("Search");
    request.lane = Lane::Query;
    request.topic = QStringLiteral("search");
    request.quiet = true;
    m_job = m_jobs.start(
        request, [search = m_search, query = m_query](JobContext& context) { return search(query, context); }, this,
        [this](const SearchResult& result) { take(result); },
        [this](const JobFailure& failure) {
            m_job = 0;
            m_focusWhenAnswered = false;
            Q_EMIT failed(failure.text());
        });
}

void SearchPage::stop()
{
    if (m_job != 0)
        m_jobs.cancel(std::exchange(m_job, 0));
}

MatchBy SearchPage::matchBy() const
{
    return MatchBy(m_by->checkedId());
}

void SearchPage::setMatchBy(MatchBy by)
{
    m_by->button(int(by))->setChecked(true);
}

const Hit* SearchPage::currentHit() const
{
    return m_model->hit(m_grid->currentIndex().row());
}

void SearchPage::focusGrid()
{
    if (m_job != 0 && !m_repeated) {
        m_focusWhenAnswered = true;
        return;
    }
    m_focusWhenAnswered = false;
    if (m_model->rowCount() == 0)
        return;
    if (!m_grid->currentIndex().isValid())
        m_grid->setCurrentIndex(m_model->index(0));
    m_grid->setFocus(Qt::ShortcutFocusReason);
}

void SearchPage::take(const SearchResult& result)
{
    m_job = 0;
    m_hasAnswer = true;
    const Hit* before = m_repeated ? currentHit() : nullptr;
    const std::optional<Hit> chosen = before ? std::optional(*before) : std::nullopt;
    m_answer = result;
    std::vector<double> scores;
    for (const Hit& hit : result.hits)
        scores.push_back(hit.score);
    m_cutOff->setScores(std::move(scores));
    m_model->setHits(result.hits);
    summarise();
    showEmpty();
    Q_EMIT noteChanged(QString::fromStdString(result.note));
    Q_EMIT answered(result);
    choose(chosen);
    if (m_focusWhenAnswered)
        focusGrid();
}

/// The best hit of a new answer is shown at once; an answer that comes again while more videos are embedded leaves the
/// user where he is.
void SearchPage::choose(const std::optional<Hit>& before)
{
    if (!m_repeated) {
        if (m_model->rowCount() > 0)
            m_grid->setCurrentIndex(m_model->index(0));
        return;
    }
    if (!before)
        return;
    const std::vector<Hit>& hits = m_model->hits();
    for (size_t i = 0; i < hits.size(); ++i) {
        if (hits[i].video == before->video && hits[i].startSec == before->startSec) {
            m_restoring = true;
            m_grid->setCurrentIndex(m_model->index(int(i)));
            m_restoring = false;
            return;
        }
    }
}

void SearchPage::cutOff(double score)
{
    std::vector<Hit> kept;
    for (const Hit& hit : m_answer.hits) {
        if (hit.score >= score)
            kept.push_back(hit);
    }
    if (int(kept.size()) == m_model->rowCount())
        return;
    const Hit* before = currentHit();
    const std::optional<Hit> chosen = before ? std::optional(*before) : std::nullopt;
    m_model->setHits(std::move(kept));
    m_repeated = true;
    choose(chosen);
    summarise();
}

void SearchPage::summarise()
{
    const SearchResult& result = m_answer;
    const QLocale locale;
    QStringList parts;
    if (m_model->rowCount() < int(result.hits.size()))
        parts << tr("<b>%1 of %2</b>")
                     .arg(locale.toString(m_model->rowCount()),
                         counted(qint64(result.hits.size()), tr("moment"), tr("moments")));
    else if (m_model->rowCount() > 0)
        parts << tr("<b>%1</b> in %2")
                     .arg(counted(m_model->rowCount(), tr("moment"), tr("moments")),
                         countedVideos(m_model->videoCount()));
    parts << (result.seconds < 1 ? tr("%1 ms").arg(qMax(1, int(result.seconds * 1000 + .5)))
                                 : tr("%1 s").arg(result.seconds, 0, 'f', 1));
    if (!result.index.empty() && result.frames > 0) {
        const QString index = QString::fromStdString(result.index);
        parts << tr("%1, %2 frames")
                     .arg(result.recall ? tr("%1, recall %2").arg(index, locale.toString(*result.recall, 'f', 2))
                                        : index,
                         locale.toString(qlonglong(result.frames)));
    }
    m_summary->setText(parts.join(QStringLiteral(" \u00b7 ")));
    m_summary->setToolTip(m_summary->text());
}

void SearchPage::showEmpty()
{
    const bool grid = m_hasAnswer && m_model->rowCount() > 0;
    m_stack->setCurrentIndex(grid ? 1 : 0);
    m_cutOffPart->setVisible(grid);
    if (grid)
        return;
    if (m_hasAnswer) {
        m_empty->setText(tr("No moment fits. Try other words, or search by picture as well as by names."));
        m_examples->hide();
    } else {
        m_summary->clear();
        m_empty->setText(m_idleText);
        m_examples->setVisible(m_withExamples);
    }
}

} // namespace clipscope
