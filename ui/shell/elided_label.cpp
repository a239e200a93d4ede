// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/elided_label.h"

#include <QEvent>

#include <algorithm>

namespace clipscope {

namespace {
constexpr int kFewestLetters = 4;
}

ElidedLabel::ElidedLabel(Qt::TextElideMode mode, QWidget* parent)
    : QLabel(parent)
    , m_mode(mode)
{
    setTextFormat(Qt::PlainText);
}

void ElidedLabel::setWhole(const QString& text, const QString& toolTip)
{
    m_whole = text;
    m_toolTip = toolTip;
    setAccessibleName(text);
    updateGeometry();
    fit();
}

QSize ElidedLabel::sizeHint() const
{
    return {fontMetrics().horizontalAdvance(m_whole) + 2, QLabel::sizeHint().height()};
}

QSize ElidedLabel::minimumSizeHint() const
{
    const int few = fontMetrics().horizontalAdvance(QLatin1Char('m')) * kFewestLetters;
    return {std::min(few, sizeHint().width()), QLabel::minimumSizeHint().height()};
}

void ElidedLabel::resizeEvent(QResizeEvent* event)
{
    QLabel::resizeEvent(event);
    fit();
}

void ElidedLabel::changeEvent(QEvent* event)
{
    QLabel::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
        updateGeometry();
        fit();
    }
}

void ElidedLabel::fit()
{
    const QString shown = fontMetrics().elidedText(m_whole, m_mode, contentsRect().width());
    if (shown != text())
        setText(shown);
    setToolTip(!m_toolTip.isEmpty() ? m_toolTip : shown == m_whole ? QString() : m_whole);
}

} // namespace clipscope
