// SPDX-License-Identifier: GPL-3.0-or-later
#include "player/film_strip.h"

#include "shell/theme.h"

#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace clipscope {

FilmStrip::FilmStrip(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFixedHeight(40);
    setCursor(Qt::PointingHandCursor);
    setAccessibleName(tr("Film strip of the video"));
}

void FilmStrip::setStrip(const QPixmap& strip, int frames)
{
    m_strip = strip;
    m_frames = frames;
    update();
}

void FilmStrip::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), tokensFor(palette()).bg);
    if (m_strip.isNull() || m_frames <= 0)
        return;
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    // Each cell shows the middle of its frame, so that the strip keeps the time axis whatever the aspect.
    const double sourceWidth = double(m_strip.width()) / m_frames;
    const double cell = double(width()) / m_frames;
    const double scale = std::max(cell / sourceWidth, double(height()) / m_strip.height());
    const double shownWidth = cell / scale;
    const double shownHeight = height() / scale;
    for (int i = 0; i < m_frames; ++i) {
        const QRectF source(i * sourceWidth + (sourceWidth - shownWidth) / 2, (m_strip.height() - shownHeight) / 2,
            shownWidth, shownHeight);
        painter.drawPixmap(QRectF(i * cell, 0, cell - 1, height()), m_strip, source);
    }
}

void FilmStrip::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton && width() > 0)
        Q_EMIT clicked(std::clamp(event->position().x() / width(), 0.0, 1.0) * m_durationSec);
}

} // namespace clipscope
