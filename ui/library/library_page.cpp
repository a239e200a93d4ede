// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/library_page.h"

#include "jobs/failed_items_view.h"
#include "jobs/job_report.h"
#include "jobs/jobs_model.h"
#include "library/label_bar.h"
#include "library/video_delegate.h"
#include "models/card_painter.h"
#include "models/display_text.h"
#include "models/library_model.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace clipscope {

VideoGrid::VideoGrid(QWidget* parent)
    : QListView(parent)
{
    setUpCards(*this);
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setItemDelegate(new VideoDelegate(this));
    setAccessibleName(tr("Videos of the library"));
    connect(this, &QListView::doubleClicked, this, &VideoGrid::playAsked);
}

void VideoGrid::resizeEvent(QResizeEvent* event)
{
    fitCards(*this);
    QListView::resizeEvent(event);
}

void VideoGrid::keyPressEvent(QKeyEvent* event)
{
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && currentIndex().isValid()) {
        Q_EMIT playAsked(currentIndex());
        return;
    }
    if (event->key() == Qt::Key_Escape) {
        Q_EMIT leaveAsked();
        return;
    }
    QListView::keyPressEvent(event);
}

LibraryPage::LibraryPage(LibraryModel& model, QWidget* parent)
    : QWidget(parent)
    , m_model(model)
    , m_grid(new VideoGrid)
    , m_failed(new FailedItemsModel(this))
    , m_summary(new QLabel)
    , m_failedButton(new QPushButton)
    , m_failedPart(new QWidget)
    , m_stack(new QStackedWidget)
{
    m_grid->setModel(&model);
    auto* addFiles = new QPushButton(tr("Add files"));
    auto* addFolder = new QPushButton(tr("Add folder"));
    auto* watched = new QPushButton(tr("Watched folders"));
    m_failedButton->setCheckable(true);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(0, 0, 12, 0);
    head->addWidget(m_summary, 1);
    for (QPushButton* button : {m_failedButton, watched, addFiles, addFolder})
        head->addWidget(button);

    auto* empty = new QLabel(
        tr("This library has no videos yet.\nDrop files or a folder here, or add them with the buttons above."));
    empty->setObjectName(QStringLiteral("muted"));
    empty->setAlignment(Qt::AlignCenter);
    m_stack->addWidget(empty);
    m_stack->addWidget(m_grid);

    auto* failedView = new FailedItemsView(m_failed, tr("Files that could not be imported"));
    failedView->setFixedHeight(190);
    auto* retry = new QPushButton(tr("Try again"));
    auto* copy = new QPushButton(tr("Copy report"));
    auto* failedTitle = new QLabel(tr("Files that could not be imported"));
    failedTitle->setObjectName(QStringLiteral("strong"));
    auto* failedHead = new QHBoxLayout;
    failedHead->addWidget(failedTitle, 1);
    failedHead->addWidget(copy);
    failedHead->addWidget(retry);
    auto* failedLayout = new QVBoxLayout(m_failedPart);
    failedLayout->setContentsMargins(0, 0, 12, 12);
    failedLayout->addLayout(failedHead);
    failedLayout->addWidget(failedView);
    m_failedPart->hide();

    m_layout = new QVBoxLayout(this);
    m_layout->setContentsMargins(16, 12, 4, 0);
    m_layout->setSpacing(12);
    m_layout->addLayout(head);
    m_layout->addWidget(m_stack, 1);
    m_layout->addWidget(m_failedPart);

    connect(m_failedButton, &QPushButton::toggled, m_failedPart, &QWidget::setVisible);
    connect(addFiles, &QPushButton::clicked, this, &LibraryPage::addFilesAsked);
    connect(addFolder, &QPushButton::clicked, this, &LibraryPage::addFolderAsked);
    connect(retry, &QPushButton::clicked, this, &LibraryPage::retryAsked);
    const auto report = [this](const std::vector<FailedItem>& items) {
        Q_EMIT reportAsked(
            reportOf(tr("Importing: %1 could not be used").arg(countedFiles(qint64(items.size()))), items));
    };
    connect(copy, &QPushButton::clicked, this, [this, report] { report(m_failed->items()); });
    connect(failedView, &FailedItemsView::reportAsked, this, report);
    connect(watched, &QPushButton::clicked, this, &LibraryPage::watchedAsked);
    connect(m_grid, &VideoGrid::playAsked, this, [this](const QModelIndex& index) {
        if (const VideoRecord* video = m_model.video(index.row()))
            Q_EMIT videoChosen(*video, true);
    });
    connect(m_grid->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) {
        if (const VideoRecord* video = m_model.video(index.row()); video && m_grid->hasFocus())
            Q_EMIT videoChosen(*video, false);
    });
    connect(m_grid, &VideoGrid::leaveAsked, this, &LibraryPage::leaveAsked);
    connect(m_grid, &QWidget::customContextMenuRequested, this, [this](const QPoint& position) {
        if (m_grid->indexAt(position).isValid())
            Q_EMIT menuAsked(m_grid->viewport()->mapToGlobal(position));
    });
    connect(&model, &QAbstractItemModel::modelReset, this, &LibraryPage::showEmpty);
    connect(&model, &QAbstractItemModel::rowsInserted, this, &LibraryPage::showEmpty);
    connect(&model, &QAbstractItemModel::rowsRemoved, this, &LibraryPage::showEmpty);
    setFailed({});
    showEmpty();
}

void LibraryPage::addLabelKeys(LabelKeys& keys, ActionRegistry& actions)
{
    auto* bar = new LabelBar(keys, [this] { return selectedVideos(); });
    bar->addActions(actions, *m_grid);
    m_layout->insertWidget(1, bar);
    connect(bar, &LabelBar::marksAsked, this, &LibraryPage::marksAsked);
}

void LibraryPage::setSummary(const QString& text)
{
    m_summary->setText(text);
}

void LibraryPage::setFailed(const std::vector<FailedItem>& items)
{
    m_failed->setItems(items);
    m_failedButton->setVisible(!items.empty());
    m_failedButton->setText(QStringLiteral("\u26a0 ") + tr("%1 failed").arg(countedFiles(qint64(items.size()))));
    if (items.empty())
        m_failedButton->setChecked(false);
}

void LibraryPage::showFailed(bool shown)
{
    m_failedButton->setChecked(shown);
}

std::vector<VideoId> LibraryPage::selectedVideos() const
{
    std::vector<VideoId> ids;
    for (const QModelIndex& index : m_grid->selectionModel()->selectedIndexes()) {
        if (const VideoRecord* video = m_model.video(index.row()))
            ids.push_back(video->id);
    }
    return ids;
}

const VideoRecord* LibraryPage::currentVideo() const
{
    return m_model.video(m_grid->currentIndex().row());
}

void LibraryPage::choose(VideoId id)
{
    const QModelIndex index = m_model.index(m_model.rowOf(id));
    m_grid->setCurrentIndex(index);
    m_grid->scrollTo(index);
}

void LibraryPage::showEmpty()
{
    m_stack->setCurrentIndex(m_model.rowCount() > 0 ? 1 : 0);
}

} // namespace clipscope
