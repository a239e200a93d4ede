// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "graph/graph_picture.h"
#include "shell/theme.h"

#include <QFont>
#include <QRectF>

#include <functional>

class QPainter;

namespace clipscope {

struct GraphPainting {
    const Tokens& tokens;
    QFont font;
    bool asVectors = false; ///< every node a path, every line smooth: for SVG and PDF
    std::function<bool()> stopped; ///< true: what is drawn is not wanted any more; may be empty
};

/// Draws the edges and nodes of the picture that fall into 0, 0 to `size`, as fine as can be seen there: far away nodes
/// are dots and many lines are thin; near by groups have their shapes, probable errors a sign, nodes their names. Draws
/// to images in any thread.
void paintGraph(QPainter& painter, const QSizeF& size, const GraphPicture& picture, const GraphCamera& camera,
    const GraphPainting& how);

/// Where paintLegend() draws; empty where there is no room for it.
QRectF legendBox(const QSizeF& size, const GraphPicture& picture, const GraphPainting& how);
/// What the colours, shapes and marks mean, in the lower left corner of 0, 0 to `size`.
void paintLegend(QPainter& painter, const QSizeF& size, const GraphPicture& picture, const GraphPainting& how);

} // namespace clipscope
