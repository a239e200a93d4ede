// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/card_painter.h"

#include "shell/theme.h"

#include <QListView>
#include <QPainter>
#include <QPainterPath>
#include <QScrollBar>
#include <QStyle>
#include <QStyleOptionViewItem>

#include <algorithm>

namespace clipscope {

namespace {
constexpr int kTextLines = 2;
constexpr int kPadding = 8;

int textHeight(const QFontMetrics& metrics)
{
    return kTextLines * metrics.lineSpacing() + 2 * kPadding + 6;
}
} // namespace

QRect paintCard(QPainter& painter, const QStyleOptionViewItem& option, const QPixmap& picture, const QString& instead)
{
    const Tokens& t = tokensFor(option.palette);
    const QRect card = option.rect.adjusted(0, 0, -kCardGap, -kCardGap);
    const bool selected = option.state & QStyle::State_Selected;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    QPainterPath shape;
    shape.addRoundedRect(QRectF(card).adjusted(.5, .5, -.5, -.5), 5, 5);
    painter.fillPath(shape, selected ? t.raised : t.surface);

    QRect pictureArea = card;
    pictureArea.setBottom(card.bottom() - textHeight(option.fontMetrics));
    painter.save();
    painter.setClipPath(shape);
    painter.fillRect(pictureArea, t.raised);
    if (!picture.isNull()) {
        // The whole area is filled; what sticks out at the sides is cut.
        const double scale =
            std::max(double(pictureArea.width()) / picture.width(), double(pictureArea.height()) / picture.height());
        const QSizeF shown(pictureArea.width() / scale, pictureArea.height() / scale);
        const QRectF source((picture.width() - shown.width()) / 2, (picture.height() - shown.height()) / 2,
            shown.width(), shown.height());
        painter.drawPixmap(QRectF(pictureArea), picture, source);
    } else if (!instead.isEmpty()) {
        painter.setPen(t.muted);
        painter.drawText(pictureArea.adjusted(8, 8, -8, -8), Qt::AlignCenter | Qt::TextWordWrap, instead);
    }
    painter.restore();
    painter.setPen(QPen(selected                     ? t.accent
            : option.state & QStyle::State_MouseOver ? t.muted
                                                     : t.line,
        selected ? 2 : 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(shape);
    return QRect(card.left() + kPadding, pictureArea.bottom() + kPadding, card.width() - 2 * kPadding,
        card.bottom() - pictureArea.bottom() - kPadding);
}

void paintLine(
    QPainter& painter, const QRect& line, const QString& text, Qt::Alignment alignment, Qt::TextElideMode elide)
{
    painter.drawText(line, int(alignment | Qt::AlignVCenter) | Qt::TextSingleLine,
        painter.fontMetrics().elidedText(text, elide, line.width()));
}

void setUpCards(QListView& view)
{
    view.setViewMode(QListView::IconMode);
    view.setUniformItemSizes(true);
    view.setLayoutMode(QListView::Batched);
    view.setBatchSize(500);
    view.setResizeMode(QListView::Adjust);
    view.setMovement(QListView::Static);
    view.setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    view.setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    view.setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    view.setMouseTracking(true);
    view.setFrameShape(QFrame::NoFrame);
    view.setSpacing(0);
    view.setContextMenuPolicy(Qt::CustomContextMenu);
}

void fitCards(QListView& view, int leastWidth)
{
    const int room = view.viewport()->width();
    if (room <= 0)
        return;
    const int columns = std::max(1, room / (leastWidth + kCardGap));
    // One pixel short of the width: QListView wraps when a row is exactly as wide as the view.
    const int width = std::max(80, (room - 1) / columns);
    const int pictureHeight = (width - kCardGap) * 3 / 4;
    const QSize cell(width, pictureHeight + textHeight(view.fontMetrics()) + kCardGap);
    if (view.gridSize() != cell)
        view.setGridSize(cell);
    view.verticalScrollBar()->setSingleStep(cell.height() / 4);
}

QSize cardSize(const QStyleOptionViewItem& option)
{
    const auto* view = qobject_cast<const QListView*>(option.widget);
    return view ? view->gridSize() : QSize(kCardMinWidth, kCardMinWidth);
}

} // namespace clipscope
