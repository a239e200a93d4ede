// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/elided_button.h"

#include <QEvent>
#include <QHelpEvent>
#include <QStyleOptionToolButton>
#include <QStylePainter>
#include <QToolTip>

#include <algorithm>

namespace clipscope {

namespace {
constexpr int kFewestLetters = 8;
}

QSize ElidedButton::minimumSizeHint() const
{
    const QSize whole = sizeHint();
    const int frame = whole.width() - fontMetrics().horizontalAdvance(text());
    const int few = fontMetrics().horizontalAdvance(QLatin1Char('m')) * kFewestLetters;
    return {std::min(whole.width(), frame + few), whole.height()};
}

QString ElidedButton::shown() const
{
    const int whole = sizeHint().width();
    if (width() >= whole)
        return text();
    const int frame = whole - fontMetrics().horizontalAdvance(text());
    return fontMetrics().elidedText(text(), Qt::ElideRight, width() - frame);
}

bool ElidedButton::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip && toolTip().isEmpty() && shown() != text()) {
        QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), text(), this);
        return true;
    }
    return QToolButton::event(event);
}

void ElidedButton::paintEvent(QPaintEvent*)
{
    QStylePainter painter(this);
    QStyleOptionToolButton option;
    initStyleOption(&option);
    option.text = shown();
    painter.drawComplexControl(QStyle::CC_ToolButton, option);
}

} // namespace clipscope
