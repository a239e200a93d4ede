// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs/failed_items_view.h"

#include "jobs/jobs_model.h"
#include "models/display_text.h"

#include <QContextMenuEvent>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMenu>

namespace clipscope {

namespace {
constexpr int kRowHeight = 26;
constexpr int kFileWidth = 240;
} // namespace

FailedItemsView::FailedItemsView(FailedItemsModel* model, const QString& name, QWidget* parent)
    : QTableView(parent)
    , m_items(model)
{
    setModel(model);
    setAccessibleName(name);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setShowGrid(false);
    setTabKeyNavigation(false);
    setWordWrap(false);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(kRowHeight);
    horizontalHeader()->setStretchLastSection(true);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    setColumnWidth(FailedItemsModel::File, kFileWidth);
}

std::vector<FailedItem> FailedItemsView::chosen() const
{
    std::vector<FailedItem> out;
    for (const QModelIndex& index : selectionModel()->selectedRows())
        out.push_back(m_items->items()[size_t(index.row())]);
    return out.empty() ? m_items->items() : out;
}

void FailedItemsView::keyPressEvent(QKeyEvent* event)
{
    if (event->matches(QKeySequence::Copy) && !m_items->items().empty()) {
        Q_EMIT reportAsked(chosen());
        return;
    }
    QTableView::keyPressEvent(event);
}

void FailedItemsView::contextMenuEvent(QContextMenuEvent* event)
{
    if (m_items->items().empty())
        return;
    QMenu menu(this);
    const std::vector<FailedItem> items = chosen();
    const QAction* copy = menu.addAction(tr("Copy a report of %1").arg(countedFiles(qint64(items.size()))));
    if (menu.exec(event->globalPos()) == copy)
        Q_EMIT reportAsked(items);
}

} // namespace clipscope
