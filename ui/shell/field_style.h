// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProxyStyle>

namespace clipscope {

/// Fusion with the theme's check boxes, combo boxes and spin boxes: Fusion derives their outlines from the window's
/// colour, which no eye finds in the dark, and a style sheet can draw their ticks and arrows from picture files alone.
/// Colours are the palette's tokens; places and sizes stay Fusion's.
class FieldStyle : public QProxyStyle {
    Q_OBJECT
public:
    FieldStyle();
    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
        const QWidget* widget = nullptr) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
        const QWidget* widget = nullptr) const override;
};

} // namespace clipscope
