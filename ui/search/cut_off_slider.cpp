// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/cut_off_slider.h"

#include "models/display_text.h"
#include "shell/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace clipscope {

namespace {
constexpr int kBins = 24;
constexpr int kMargin = 4;
constexpr int kKeySteps = 20;
} // namespace

CutOffSlider::CutOffSlider(QWidget* parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAccessibleName(tr("Cut-off: leave out hits with lower scores"));
    setScores({});
}

void CutOffSlider::setScores(std::vector<double> scores)
{
    m_scores = std::move(scores);
    const auto [low, high] = std::minmax_element(m_scores.begin(), m_scores.end());
    m_low = m_scores.empty() ? 0 : *low;
    m_high = m_scores.empty() ? 1 : *high;
    setEnabled(m_high > m_low);
    m_cutOff = m_low;
    setToolTip(tr("Drag to leave out weaker hits"));
    update();
}

void CutOffSlider::moveTo(double cutOff)
{
    m_cutOff = std::clamp(cutOff, m_low, m_high);
    setToolTip(tr("Hits below %1 are left out").arg(scoreText(m_cutOff)));
    update();
    Q_EMIT moved(m_cutOff);
}

double CutOffSlider::scoreAt(double x) const
{
    return m_low + (m_high - m_low) * (x - kMargin) / std::max(1, width() - 2 * kMargin);
}

void CutOffSlider::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Tokens& t = tokensFor(palette());
    const QRectF area = QRectF(rect()).adjusted(kMargin, 2, -kMargin, -2);
    painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), t.line);
    if (!(m_high > m_low))
        return;
    std::vector<int> bins(kBins, 0);
    for (double score : m_scores)
        ++bins[size_t(std::min(kBins - 1, int(kBins * (score - m_low) / (m_high - m_low))))];
    const int most = *std::max_element(bins.begin(), bins.end());
    const double lineX = area.left() + area.width() * (m_cutOff - m_low) / (m_high - m_low);
    for (int i = 0; i < kBins; ++i) {
        if (bins[size_t(i)] == 0)
            continue;
        const double x = area.left() + area.width() * i / kBins;
        const double height = 2 + (area.height() - 3) * bins[size_t(i)] / most;
        const bool kept = x + area.width() / kBins > lineX;
        painter.fillRect(QRectF(x, area.bottom() - height, area.width() / kBins - 1, height), kept ? t.heat : t.line);
    }
    painter.fillRect(QRectF(lineX - 1, 0, 2, height()), hasFocus() ? t.accent : t.text);
}

void CutOffSlider::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        moveTo(scoreAt(event->position().x()));
}

void CutOffSlider::mouseMoveEvent(QMouseEvent* event)
{
    if (event->buttons() & Qt::LeftButton)
        moveTo(scoreAt(event->position().x()));
}

void CutOffSlider::keyPressEvent(QKeyEvent* event)
{
    const double step = (m_high - m_low) / kKeySteps;
    switch (event->key()) {
    case Qt::Key_Left:
        moveTo(m_cutOff - step);
        break;
    case Qt::Key_Right:
        moveTo(m_cutOff + step);
        break;
    case Qt::Key_Home:
        moveTo(m_low);
        break;
    default:
        QWidget::keyPressEvent(event);
    }
}

} // namespace clipscope
