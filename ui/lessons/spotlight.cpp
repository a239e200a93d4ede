// SPDX-License-Identifier: GPL-3.0-or-later
#include "lessons/spotlight.h"

#include "shell/theme.h"

#include <QEvent>
#include <QPainter>
#include <QTimer>

namespace clipscope {

namespace {
constexpr int kMargin = 3;
constexpr double kRadius = 6;
} // namespace

Spotlight::Spotlight(QWidget* window)
    : QWidget(window)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_NoSystemBackground);
    setFocusPolicy(Qt::NoFocus);
    window->installEventFilter(this);
    hide();
}

void Spotlight::pointAt(QWidget* part)
{
    if (part == m_target)
        return;
    if (m_target)
        m_target->removeEventFilter(this);
    m_target = part;
    if (m_target)
        m_target->installEventFilter(this);
    follow();
}

bool Spotlight::eventFilter(QObject*, QEvent* event)
{
    switch (event->type()) {
    case QEvent::Move:
    case QEvent::Resize:
    case QEvent::Show:
    case QEvent::Hide:
    case QEvent::LayoutRequest:
        QTimer::singleShot(0, this, &Spotlight::follow); // once the layouts have done their work
        break;
    default:
        break;
    }
    return false;
}

void Spotlight::follow()
{
    if (!m_target || !m_target->isVisible()) {
        hide();
        return;
    }
    QWidget* window = parentWidget();
    const QRect part(m_target->mapTo(window, QPoint()), m_target->size());
    setGeometry(part.adjusted(-kMargin, -kMargin, kMargin, kMargin).intersected(window->rect()));
    show();
    raise();
}

void Spotlight::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(tokensFor(palette()).accent, 2));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), kRadius, kRadius);
}

} // namespace clipscope
