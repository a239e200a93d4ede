// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/cell_videos_view.h"

#include "models/card_painter.h"
#include "models/video_list_model.h"
#include "shell/theme.h"

#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>

namespace clipscope {

namespace {
constexpr int kCardWidth = 116; // there is less room than in the library

class CardDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        painter->save();
        const Tokens& t = tokensFor(option.palette);
        const QRect text = paintCard(*painter, option, index.data(Qt::DecorationRole).value<QPixmap>(), {});
        QRect line(text.left(), text.top(), text.width(), option.fontMetrics.lineSpacing());
        painter->setPen(t.text);
        paintLine(*painter, line, index.data().toString(), Qt::AlignLeft, Qt::ElideMiddle);
        line.moveTop(line.bottom() + 1);
        painter->setPen(t.muted);
        paintLine(*painter, line, index.data(VideoListModel::NoteRole).toString(), Qt::AlignLeft, Qt::ElideRight);
        painter->restore();
    }
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override { return cardSize(option); }
};
} // namespace

CellVideosView::CellVideosView(VideoListModel* model, QWidget* parent)
    : QListView(parent)
    , m_list(model)
{
    setUpCards(*this);
    setModel(model);
    setItemDelegate(new CardDelegate(this));
    setAccessibleName(tr("Videos of the chosen cell"));
    connect(this, &QListView::doubleClicked, this,
        [this](const QModelIndex& index) { Q_EMIT playAsked(m_list->videoAt(index.row())); });
}

void CellVideosView::resizeEvent(QResizeEvent* event)
{
    fitCards(*this, kCardWidth);
    QListView::resizeEvent(event);
}

void CellVideosView::keyPressEvent(QKeyEvent* event)
{
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && currentIndex().isValid()) {
        Q_EMIT playAsked(m_list->videoAt(currentIndex().row()));
        return;
    }
    if (event->key() == Qt::Key_Escape) {
        Q_EMIT leaveAsked();
        return;
    }
    QListView::keyPressEvent(event);
}

} // namespace clipscope
