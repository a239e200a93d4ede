// SPDX-License-Identifier: GPL-3.0-or-later
#include "inside/frame_list.h"

#include "models/display_text.h"
#include "models/seen_frames_model.h"
#include "shell/theme.h"

#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QStyledItemDelegate>

#include <algorithm>

namespace clipscope {

namespace {

constexpr int kLeastCell = 64, kMostCell = 132;
constexpr int kGap = 4; ///< between two frames, and around texts
constexpr int kStrip = 34; ///< height of the strip of weights

/// Height of a cell's parts below its picture.
int textHeight(const QFontMetrics& metrics)
{
    return 3 * metrics.lineSpacing() + kStrip + 4 * kGap;
}

class FrameDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        painter->save();
        const Tokens& t = tokensFor(option.palette);
        const QRect cell = option.rect.adjusted(0, 0, -kGap, 0);
        const QRect picture(cell.left(), cell.top(), cell.width(), cell.width());
        const bool chosen = option.state & QStyle::State_Selected;
        painter->setRenderHint(QPainter::SmoothPixmapTransform);
        painter->fillRect(picture, t.raised);
        if (const auto pixmap = index.data(Qt::DecorationRole).value<QPixmap>(); !pixmap.isNull()) {
            const QSize size = pixmap.size().scaled(picture.size(), Qt::KeepAspectRatio);
            QRect at({}, size);
            at.moveCenter(picture.center());
            painter->drawPixmap(at, pixmap);
        }
        if (chosen) {
            // The ground's own line within: accent alone is lost on a picture of its colour.
            painter->setPen(QPen(t.accent, 3));
            painter->drawRect(QRectF(picture).adjusted(1.5, 1.5, -1.5, -1.5));
            painter->setPen(QPen(t.bg, 1));
            painter->drawRect(QRectF(picture).adjusted(3.5, 3.5, -3.5, -3.5));
        }
        QRect line(cell.left(), picture.bottom() + kGap, cell.width(), option.fontMetrics.lineSpacing());
        painter->setPen(chosen ? t.text : t.muted);
        painter->drawText(line, Qt::AlignCenter, index.data().toString());
        line.moveTop(line.bottom() + 1);
        if (const QVariant score = index.data(SeenFramesModel::ScoreRole); score.isValid()) {
            painter->setPen(t.text);
            painter->drawText(line, Qt::AlignCenter, scoreText(score.toDouble()));
        }
        paintWeight(*painter, t, QRect(option.rect.left(), line.bottom() + 2 * kGap, option.rect.width(), kStrip),
            index, chosen);
        painter->restore();
    }

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override
    {
        const auto* view = qobject_cast<const QListView*>(option.widget);
        return view ? view->gridSize() : QSize(kMostCell, kMostCell + textHeight(option.fontMetrics));
    }

private:
    /// A bar over the ground line that runs through all cells, its share below it.
    static void paintWeight(
        QPainter& painter, const Tokens& t, const QRect& strip, const QModelIndex& index, bool chosen)
    {
        const QVariant weight = index.data(SeenFramesModel::WeightRole);
        painter.fillRect(QRect(strip.left(), strip.bottom(), strip.width(), 1), t.line);
        if (!weight.isValid())
            return;
        QColor colour = t.heat;
        colour.setAlphaF(chosen ? 1.F : .6F);
        const double height = index.data(SeenFramesModel::HeightRole).toDouble() * (strip.height() - 2);
        painter.fillRect(
            QRectF(strip.left(), strip.bottom() - height, std::max(1, strip.width() - kGap), height), colour);
        const int lineHeight = painter.fontMetrics().lineSpacing();
        painter.setPen(chosen ? t.text : t.muted);
        painter.drawText(QRect(strip.left(), strip.bottom() + 2, strip.width() - kGap, lineHeight), Qt::AlignCenter,
            percentText(weight.toDouble()));
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
    const QSize size(cell, cell - kGap + textHeight(fontMetrics()));
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
