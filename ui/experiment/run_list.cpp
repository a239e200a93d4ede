// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/run_list.h"

#include "experiment/run_delegate.h"
#include "models/runs_model.h"

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>

#include <algorithm>

namespace clipscope {

RunList::RunList(QWidget* parent)
    : QListView(parent)
{
    setObjectName(QStringLiteral("plainList"));
    setItemDelegate(new RunDelegate(this));
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setEditTriggers(QAbstractItemView::EditKeyPressed);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    connect(
        this, &QListView::doubleClicked, this, [this](const QModelIndex& index) { Q_EMIT settingsAsked(index.row()); });
}

std::vector<int64_t> RunList::chosenIds() const
{
    std::vector<int> rows;
    for (const QModelIndex& index : selectionModel()->selectedIndexes())
        rows.push_back(index.row());
    std::sort(rows.begin(), rows.end());
    const auto current = std::find(rows.begin(), rows.end(), currentIndex().row());
    if (current != rows.end())
        std::rotate(rows.begin(), current, current + 1);
    std::vector<int64_t> ids;
    for (const int row : rows)
        ids.push_back(model()->index(row, 0).data(RunsModel::IdRole).toLongLong());
    return ids;
}

void RunList::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Delete && !chosenIds().empty()) {
        Q_EMIT removeAsked(chosenIds());
        return;
    }
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && currentIndex().isValid()) {
        Q_EMIT settingsAsked(currentIndex().row());
        return;
    }
    QListView::keyPressEvent(event);
}

void RunList::contextMenuEvent(QContextMenuEvent* event)
{
    const QModelIndex index = event->reason() == QContextMenuEvent::Mouse ? indexAt(event->pos()) : currentIndex();
    if (!index.isValid())
        return;
    QMenu menu(this);
    menu.addAction(tr("Take its &settings"), this, [this, index] { Q_EMIT settingsAsked(index.row()); });
    menu.addAction(tr("Re&name"), this, [this, index] { edit(index); });
    menu.addAction(tr("&Remove"), this, [this] { Q_EMIT removeAsked(chosenIds()); });
    menu.exec(event->globalPos());
}

} // namespace clipscope
