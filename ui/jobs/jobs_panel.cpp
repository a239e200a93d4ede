// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs/jobs_panel.h"

#include "jobs/failed_items_view.h"
#include "jobs/job_report.h"
#include "jobs/jobs_model.h"
#include "models/display_text.h"
#include "shell/theme.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

namespace clipscope {

namespace {

/// The count over a thin bar.
class ProgressDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
        const double fraction = index.data(JobsModel::FractionRole).toDouble();
        if (fraction < 0)
            return;
        const Tokens& tokens = tokensFor(option.palette);
        QRectF track(option.rect.left() + 11, option.rect.bottom() - 4, option.rect.width() - 22, 2); // as the text
        painter->fillRect(track, tokens.line);
        track.setWidth(track.width() * qMin(1.0, fraction));
        painter->fillRect(track, tokens.accent);
    }
};

} // namespace

JobsPanel::JobsPanel(JobManager& jobs, JobsModel& model, QWidget* parent)
    : QWidget(parent)
    , m_jobs(jobs)
    , m_model(model)
    , m_failed(new FailedItemsModel(this))
{
    setObjectName(QStringLiteral("panel"));
    setAttribute(Qt::WA_StyledBackground);
    m_list = new QTableView;
    m_list->setModel(&model);
    m_list->setAccessibleName(tr("Jobs"));
    m_list->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_list->setSelectionMode(QAbstractItemView::SingleSelection);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setShowGrid(false);
    m_list->setTabKeyNavigation(false);
    m_list->setWordWrap(false);
    m_list->verticalHeader()->hide();
    m_list->verticalHeader()->setDefaultSectionSize(28);
    m_list->setItemDelegateForColumn(JobsModel::Done, new ProgressDelegate(m_list));
    QHeaderView* header = m_list->horizontalHeader();
    header->setHighlightSections(false);
    header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    header->setSectionResizeMode(JobsModel::Title, QHeaderView::Interactive);
    header->setSectionResizeMode(JobsModel::State, QHeaderView::Stretch);
    m_list->setColumnWidth(JobsModel::Title, 260);
    m_list->setColumnWidth(JobsModel::Done, 140);
    m_list->setColumnWidth(JobsModel::Rate, 120);
    m_list->setColumnWidth(JobsModel::Left, 110);

    m_failedView = new FailedItemsView(m_failed, tr("Files that could not be used"));
    m_failedTitle = new QLabel;
    m_failedTitle->setObjectName(QStringLiteral("muted"));

    auto* title = new QLabel(tr("Jobs"));
    title->setObjectName(QStringLiteral("title"));
    m_pause = new QPushButton(tr("Pause"));
    m_cancel = new QPushButton(tr("Cancel"));
    m_copy = new QPushButton(tr("Copy report"));
    auto* clear = new QPushButton(tr("Clear finished"));
    auto* close = new QPushButton(tr("Close"));

    auto* bar = new QHBoxLayout;
    bar->addWidget(title);
    bar->addStretch();
    for (QPushButton* button : {m_pause, m_cancel, clear, close})
        bar->addWidget(button);
    auto* failedBar = new QHBoxLayout;
    failedBar->addWidget(m_failedTitle, 1);
    failedBar->addWidget(m_copy);
    auto* right = new QVBoxLayout;
    right->addLayout(failedBar);
    right->addWidget(m_failedView, 1);
    auto* tables = new QHBoxLayout;
    tables->setSpacing(16);
    tables->addWidget(m_list, 3);
    tables->addLayout(right, 2);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 12, 16, 12);
    layout->addLayout(bar);
    layout->addLayout(tables, 1);

    connect(m_list->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &JobsPanel::showChosen);
    connect(&model, &QAbstractItemModel::dataChanged, this, &JobsPanel::showChosen);
    connect(&model, &QAbstractItemModel::rowsRemoved, this, &JobsPanel::showChosen);
    connect(&model, &QAbstractItemModel::rowsInserted, this, [this] {
        if (!m_list->hasFocus())
            m_list->selectRow(0);
    });
    connect(clear, &QPushButton::clicked, &jobs, &JobManager::clearFinished);
    connect(close, &QPushButton::clicked, this, &JobsPanel::closeAsked);
    connect(m_copy, &QPushButton::clicked, this, [this] {
        if (const JobView* job = m_model.job(chosenRow()))
            Q_EMIT reportAsked(reportOf(*job));
    });
    connect(m_failedView, &FailedItemsView::reportAsked, this, [this](const std::vector<FailedItem>& items) {
        if (const JobView* job = m_model.job(chosenRow())) {
            JobView part = *job;
            part.failedItems = items;
            Q_EMIT reportAsked(reportOf(part));
        }
    });
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        if (const JobView* job = m_model.job(chosenRow()))
            m_jobs.cancel(job->id);
    });
    connect(m_pause, &QPushButton::clicked, this, [this] {
        if (const JobView* job = m_model.job(chosenRow()))
            m_jobs.setPaused(job->id, job->state != JobState::Paused);
    });
    if (model.rowCount() > 0)
        m_list->selectRow(0);
    showChosen();
}

int JobsPanel::chosenRow() const
{
    return m_list->currentIndex().row();
}

void JobsPanel::showChosen()
{
    const JobView* job = m_model.job(chosenRow());
    const bool open = job && !isFinal(job->state) && !job->stopping;
    m_cancel->setEnabled(open);
    m_pause->setEnabled(open);
    m_pause->setText(job && job->state == JobState::Paused ? tr("Resume") : tr("Pause"));
    const size_t failed = job ? job->failedItems.size() : 0;
    // Progress comes ten times a second: the list keeps its place and choice while nothing in it is new.
    const JobId id = job ? job->id : 0;
    if (m_shownJob != id || m_failed->items().size() != failed) {
        m_shownJob = id;
        m_failed->setItems(job ? job->failedItems : std::vector<FailedItem>());
    }
    m_copy->setEnabled(failed > 0 || (job && !job->failure.isEmpty()));
    m_failedTitle->setText(
        failed > 0 ? tr("%1 could not be used").arg(countedFiles(qint64(failed))) : tr("No failed files"));
}

} // namespace clipscope
