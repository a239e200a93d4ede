// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "shell/theme.h"

#include <QSize>

#include <functional>

class QPaintDevice;

namespace clipscope {

using FigureDrawing = std::function<void(QPaintDevice& device, const QSize& size, const Tokens& tokens)>;

/// A picture of the window that can be written to a file.
class Figure {
public:
    virtual ~Figure() = default;
    /// In pixels at 96 dpi: the size it has in the window.
    virtual QSize figureSize() const = 0;
    /// Without what the mouse or the focus adds. GUI thread only.
    virtual void drawFigure(QPaintDevice& device, const QSize& size, const Tokens& tokens) = 0;
    /// drawFigure() of what is shown now, for any thread and any later time; empty where drawing is quick. GUI thread
    /// only.
    virtual FigureDrawing laterDrawing() const { return {}; }
};

} // namespace clipscope
