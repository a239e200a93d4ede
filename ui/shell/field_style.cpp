// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/field_style.h"

#include "shell/theme.h"

#include <QPainter>
#include <QStyleFactory>
#include <QStyleOptionComboBox>

namespace clipscope {

namespace {

constexpr double kFieldRadius = 5; // as the sheet's push buttons and line edits
constexpr double kBoxRadius = 3;

/// One pixel wide on whole pixels.
QRectF outlineOf(const QRect& rect)
{
    return QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5);
}

void drawTick(QPainter& painter, const QRect& box, const QStyleOption& option)
{
    const Tokens& t = tokensFor(option.palette);
    const bool enabled = option.state & QStyle::State_Enabled;
    const bool filled = option.state & (QStyle::State_On | QStyle::State_NoChange);
    const bool marked = option.state & (QStyle::State_HasFocus | QStyle::State_MouseOver);
    const QColor edge = filled && enabled ? t.accent : enabled && marked ? t.text : t.muted;
    painter.setPen(edge);
    painter.setBrush(filled ? (enabled ? t.accent : t.line) : t.surface);
    painter.drawRoundedRect(outlineOf(box), kBoxRadius, kBoxRadius);
    if (!filled)
        return;
    painter.setPen(QPen(enabled ? t.onAccent : t.muted, box.width() / 7.0, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.translate(box.topLeft());
    painter.scale(box.width() / 14.0, box.height() / 14.0);
    if (option.state & QStyle::State_On)
        painter.drawPolyline(QPolygonF({{3.4, 7.4}, {5.9, 9.9}, {10.6, 4.4}}));
    else
        painter.drawLine(QPointF(4, 7), QPointF(10, 7));
}

void drawField(QPainter& painter, const QStyleOption& option, const QColor& fill)
{
    const Tokens& t = tokensFor(option.palette);
    const bool enabled = option.state & QStyle::State_Enabled;
    const QColor edge = enabled && (option.state & QStyle::State_HasFocus) ? t.accent
        : enabled && (option.state & QStyle::State_MouseOver)              ? t.muted
                                                                           : t.line;
    painter.setPen(edge);
    painter.setBrush(enabled ? fill : t.surface);
    painter.drawRoundedRect(outlineOf(option.rect), kFieldRadius, kFieldRadius);
}

void drawArrow(QPainter& painter, const QRect& place, bool up, const QColor& colour)
{
    const QPointF middle = QRectF(place).center();
    const double rise = up ? -1.5 : 1.5;
    painter.setPen(QPen(colour, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPolyline(
        QPolygonF({middle + QPointF(-3, -rise), middle + QPointF(0, rise), middle + QPointF(3, -rise)}));
}

} // namespace

// Fusion is the one style that follows palette and style sheet everywhere.
FieldStyle::FieldStyle()
    : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion")))
{
}

void FieldStyle::drawPrimitive(
    PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const
{
    if (element != PE_IndicatorCheckBox && element != PE_IndicatorItemViewItemCheck) {
        QProxyStyle::drawPrimitive(element, option, painter, widget);
        return;
    }
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    drawTick(*painter, option->rect, *option);
    painter->restore();
}

void FieldStyle::drawComplexControl(
    ComplexControl control, const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const
{
    const auto* combo = qstyleoption_cast<const QStyleOptionComboBox*>(option);
    const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
    if (!(control == CC_ComboBox && combo && !combo->editable) && !(control == CC_SpinBox && spin)) {
        QProxyStyle::drawComplexControl(control, option, painter, widget);
        return;
    }
    const Tokens& t = tokensFor(option->palette);
    const bool enabled = option->state & State_Enabled;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    if (combo) {
        drawField(*painter, *option, t.raised);
        drawArrow(
            *painter, subControlRect(control, option, SC_ComboBoxArrow, widget), false, enabled ? t.text : t.muted);
    } else {
        drawField(*painter, *option, t.surface);
        const auto arrow = [&](SubControl part, QAbstractSpinBox::StepEnabledFlag step, bool up) {
            const bool can = enabled && (spin->stepEnabled & step);
            drawArrow(*painter, subControlRect(control, option, part, widget), up, can ? t.text : t.line);
        };
        arrow(SC_SpinBoxUp, QAbstractSpinBox::StepUpEnabled, true);
        arrow(SC_SpinBoxDown, QAbstractSpinBox::StepDownEnabled, false);
    }
    painter->restore();
}

} // namespace clipscope
