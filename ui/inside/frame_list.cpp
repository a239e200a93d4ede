// SPDX-License-Identifier: GPL-3.0-or-later
#include "inside/frame_list.h"

#include "inside/frame_painter.h"
#include "models/seen_frames_model.h"
#include "shell/theme.h"

#include <QKeyEvent>
#include <QScrollBar>
#include <QStyledItemDelegate>

#include <algorithm>

namespace clipscope {

namespace {

constexpr int kLeastCell = 64, kMostCell = 132;

class FrameDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        paintSeenFrame(*painter, tokensFor(option.palette), option.rect, index, option.state & QStyle::State_Selected);
    }

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override
    {
        const auto* view = qobject_cast<const QListView*>(option.widget);
        return view ? view->gridSize() : QSize(kMostCell, kMostCell + frameTextHeight(option.fontMetrics));
    }
};

} // namespace

FrameList::FrameList(SeenFramesModel* model, QWidget* parent)
    : QListView(parent)
{
    setFlow(QListView::LeftToRight);
    setWrapping(false);
    setUniformItemSizes(true);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFrameShape(QFrame::NoFrame);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setModel(model);
    setItemDelegate(new FrameDelegate(this));
    setAccessibleName(tr("Frames the embedding saw"));
    connect(model, &QAbstractItemModel::modelReset, this, &FrameList::fit);
    fit();
}

/// Frames as wide as all of them fit, within limits.
void FrameList::fit()
{
    const int rows = std::max(1, model()->rowCount());
    const int cell = std::clamp((viewport()->width() - 1) / rows, kLeastCell, kMostCell);
    const QSize size(cell, cell - kFrameGap + frameTextHeight(fontMetrics()));
    if (gridSize() != size)
        setGridSize(size);
    horizontalScrollBar()->setSingleStep(cell / 2);
    setFixedHeight(size.height() + horizontalScrollBar()->sizeHint().height());
}

QSize FrameList::sizeHint() const
{
    return {400, gridSize().height() + horizontalScrollBar()->sizeHint().height()};
}

void FrameList::resizeEvent(QResizeEvent* event)
{
    QListView::resizeEvent(event);
    fit();
}

void FrameList::changeEvent(QEvent* event)
{
    QListView::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        fit();
}

void FrameList::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape) {
        Q_EMIT leaveAsked();
        return;
    }
    QListView::keyPressEvent(event);
}

} // namespace clipscope
