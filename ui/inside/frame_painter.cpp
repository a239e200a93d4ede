// SPDX-License-Identifier: GPL-3.0-or-later
#include "inside/frame_painter.h"

#include "models/display_text.h"
#include "models/seen_frames_model.h"

#include <QPainter>

#include <algorithm>

namespace clipscope {

namespace {

constexpr int kStrip = 34; ///< height of the strip of weights

/// A bar over the ground line that runs through all cells, its share below it.
void paintWeight(QPainter& painter, const Tokens& t, const QRect& strip, const QModelIndex& index, bool chosen)
{
    const QVariant weight = index.data(SeenFramesModel::WeightRole);
    painter.fillRect(QRect(strip.left(), strip.bottom(), strip.width(), 1), t.line);
    if (!weight.isValid())
        return;
    QColor colour = t.heat;
    colour.setAlphaF(chosen ? 1.F : .6F);
    const double height = index.data(SeenFramesModel::HeightRole).toDouble() * (strip.height() - 2);
    painter.fillRect(
        QRectF(strip.left(), strip.bottom() - height, std::max(1, strip.width() - kFrameGap), height), colour);
    const int lineHeight = painter.fontMetrics().lineSpacing();
    painter.setPen(chosen ? t.text : t.muted);
    painter.drawText(QRect(strip.left(), strip.bottom() + 2, strip.width() - kFrameGap, lineHeight), Qt::AlignCenter,
        percentText(weight.toDouble()));
}

} // namespace

int frameTextHeight(const QFontMetrics& metrics)
{
    return 3 * metrics.lineSpacing() + kStrip + 4 * kFrameGap;
}

void paintSeenFrame(QPainter& painter, const Tokens& t, const QRect& cell, const QModelIndex& index, bool chosen)
{
    painter.save();
    const int side = cell.width() - kFrameGap;
    const QRect picture(cell.left(), cell.top(), side, side);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.fillRect(picture, t.raised);
    if (const auto pixmap = index.data(Qt::DecorationRole).value<QPixmap>(); !pixmap.isNull()) {
        QRect at({}, pixmap.size().scaled(picture.size(), Qt::KeepAspectRatio));
        at.moveCenter(picture.center());
        painter.drawPixmap(at, pixmap);
    }
    if (chosen) {
        // The ground's own line within: accent alone is lost on a picture of its colour.
        painter.setPen(QPen(t.accent, 3));
        painter.drawRect(QRectF(picture).adjusted(1.5, 1.5, -1.5, -1.5));
        painter.setPen(QPen(t.bg, 1));
        painter.drawRect(QRectF(picture).adjusted(3.5, 3.5, -3.5, -3.5));
    }
    QRect line(cell.left(), picture.bottom() + kFrameGap, side, painter.fontMetrics().lineSpacing());
    painter.setPen(chosen ? t.text : t.muted);
    painter.drawText(line, Qt::AlignCenter, index.data().toString());
    line.moveTop(line.bottom() + 1);
    if (const QVariant score = index.data(SeenFramesModel::ScoreRole); score.isValid()) {
        painter.setPen(t.text);
        painter.drawText(line, Qt::AlignCenter, scoreText(score.toDouble()));
    }
    paintWeight(painter, t, QRect(cell.left(), line.bottom() + 2 * kFrameGap, cell.width(), kStrip), index, chosen);
    painter.restore();
}

} // namespace clipscope
