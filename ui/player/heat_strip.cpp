// SPDX-License-Identifier: GPL-3.0-or-later
#include "player/heat_strip.h"

#include "models/display_text.h"
#include "shell/theme.h"

#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace clipscope {

HeatStrip::HeatStrip(QWidget* parent)
    : QWidget(parent)
{
    setMouseTracking(true);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Heat strip: where in the video the query fits"));
}

void HeatStrip::setDuration(double durationSec)
{
    m_durationSec = durationSec;
    update();
}

void HeatStrip::setScores(std::vector<double> timesSec, std::vector<float> scores)
{
    m_timesSec = std::move(timesSec);
    m_scores = std::move(scores);
    update();
}

void HeatStrip::setMoment(double startSec, double endSec)
{
    m_momentStartSec = startSec;
    m_momentEndSec = endSec;
    update();
}

void HeatStrip::setPosition(double timeSec)
{
    m_positionSec = timeSec;
    update();
}

double HeatStrip::xOf(double timeSec) const
{
    return m_durationSec > 0 ? std::clamp(timeSec / m_durationSec, 0.0, 1.0) * width() : 0;
}

double HeatStrip::timeAt(double x) const
{
    return width() > 0 ? std::clamp(x / width(), 0.0, 1.0) * m_durationSec : 0;
}

void HeatStrip::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Tokens& t = tokensFor(palette());
    painter.fillRect(rect(), t.bg);
    const double bottom = height() - 3;
    const double room = height() - 9;
    if (!m_scores.empty() && m_scores.size() == m_timesSec.size()) {
        const auto [low, high] = std::minmax_element(m_scores.begin(), m_scores.end());
        const double range = std::max(1e-6, double(*high - *low));
        for (size_t i = 0; i < m_scores.size(); ++i) {
            // A stored frame stands for the time half-way to its neighbours.
            const double from = i == 0 ? 0 : (m_timesSec[i - 1] + m_timesSec[i]) / 2;
            const double to = i + 1 == m_scores.size() ? m_durationSec : (m_timesSec[i] + m_timesSec[i + 1]) / 2;
            const double fraction = (m_scores[i] - *low) / range;
            const bool inside = m_timesSec[i] >= m_momentStartSec && m_timesSec[i] < m_momentEndSec;
            QColor colour = t.heat;
            colour.setAlphaF(inside ? 1.0F : 0.55F);
            const double x = xOf(from);
            const double h = 2 + fraction * (room - 2);
            painter.fillRect(QRectF(x, bottom - h, std::max(1.0, xOf(to) - x - 1), h), colour);
        }
    } else {
        painter.fillRect(QRectF(0, bottom - 2, width(), 2), t.line);
    }
    if (m_momentEndSec > m_momentStartSec) {
        painter.setPen(QPen(t.accent, 1.5));
        painter.setBrush(Qt::NoBrush);
        const double x = xOf(m_momentStartSec);
        painter.drawRoundedRect(QRectF(x, 0, xOf(m_momentEndSec) - x, height()).adjusted(1, 1, -1, -1), 3, 3);
    }
    painter.fillRect(QRectF(std::clamp(xOf(m_positionSec) - 1, 0.0, double(width() - 2)), 0, 2, height()), t.text);
}

void HeatStrip::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || m_durationSec <= 0)
        return;
    m_scrubbing = true;
    Q_EMIT scrubbed(timeAt(event->position().x()));
}

void HeatStrip::mouseMoveEvent(QMouseEvent* event)
{
    const double time = timeAt(event->position().x());
    QToolTip::showText(event->globalPosition().toPoint(), timeText(time), this);
    if (m_scrubbing)
        Q_EMIT scrubbed(time);
}

void HeatStrip::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !m_scrubbing)
        return;
    m_scrubbing = false;
    Q_EMIT scrubEnded();
}

} // namespace clipscope
