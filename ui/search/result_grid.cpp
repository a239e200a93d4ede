// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/result_grid.h"

#include "models/card_painter.h"
#include "search/hit_delegate.h"

#include <QKeyEvent>

namespace clipscope {

ResultGrid::ResultGrid(QWidget* parent)
    : QListView(parent)
{
    setUpCards(*this);
    setItemDelegate(new HitDelegate(this));
    setAccessibleName(tr("Moments found"));
    connect(this, &QListView::doubleClicked, this, &ResultGrid::playAsked);
}

void ResultGrid::resizeEvent(QResizeEvent* event)
{
    fitCards(*this);
    QListView::resizeEvent(event);
}

void ResultGrid::keyPressEvent(QKeyEvent* event)
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

} // namespace clipscope
