// SPDX-License-Identifier: GPL-3.0-or-later
#include "inside/patch_view.h"

#include <QPainter>

#include <algorithm>

namespace clipscope {

namespace {
constexpr float kCover = .86F; ///< what is dropped can still be guessed, which is the point
constexpr float kGrid = .45F;
} // namespace

PatchView::PatchView(QWidget* parent)
    : QWidget(parent)
{
    setMinimumSize(160, 160);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(tr("Patches of the chosen frame"));
}

void PatchView::setFrame(const QPixmap& frame)
{
    m_frame = frame;
    update();
}

void PatchView::setPatches(int perSide, const std::vector<int>& kept)
{
    m_perSide = perSide;
    m_kept = kept;
    setAccessibleDescription(
        perSide > 0 ? tr("%1 of %2 patches are kept").arg(kept.size()).arg(perSide * perSide) : tr("no patches"));
    update();
}

void PatchView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    paintPatches(painter, tokensFor(palette()), rect(), m_frame, m_perSide, m_kept);
}

void PatchView::paintPatches(QPainter& painter, const Tokens& t, const QRectF& place, const QPixmap& frame, int perSide,
    const std::vector<int>& kept)
{
    if (frame.isNull()) {
        painter.fillRect(place, t.raised);
        return;
    }
    // Where there are patches the encoder's picture is a square; else it keeps its shape.
    QRectF at(QPointF(), QSizeF(frame.size()).scaled(place.size(), Qt::KeepAspectRatio));
    at.moveCenter(place.center());
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.drawPixmap(at, frame, frame.rect());
    if (perSide <= 0)
        return;
    const auto edge = [&](double from, double length, int line) { return from + length * line / perSide; };
    QColor cover = t.bg;
    cover.setAlphaF(kCover);
    for (int patch = 0; patch < perSide * perSide; ++patch) {
        if (std::binary_search(kept.begin(), kept.end(), patch))
            continue;
        const int row = patch / perSide, column = patch % perSide;
        painter.fillRect(QRectF(QPointF(edge(at.left(), at.width(), column), edge(at.top(), at.height(), row)),
                             QPointF(edge(at.left(), at.width(), column + 1), edge(at.top(), at.height(), row + 1))),
            cover);
    }
    QColor grid = t.text;
    grid.setAlphaF(kGrid);
    painter.setPen(QPen(grid, 1));
    for (int line = 0; line <= perSide; ++line) {
        const double x = edge(at.left(), at.width(), line), y = edge(at.top(), at.height(), line);
        painter.drawLine(QPointF(x, at.top()), QPointF(x, at.bottom()));
        painter.drawLine(QPointF(at.left(), y), QPointF(at.right(), y));
    }
}

} // namespace clipscope
