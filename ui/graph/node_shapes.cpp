// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/node_shapes.h"

#include "plots/palette.h"

#include <cmath>
#include <numbers>

namespace clipscope {

namespace {

/// Corners on a circle, the first one at the top (or turned away from it), every second one at `inner` of the radius.
QPainterPath corners(int count, double radius, double turn = 0, double inner = 1)
{
    QPolygonF polygon;
    for (int i = 0; i < count; ++i) {
        const double angle = 2 * std::numbers::pi * i / count + turn, r = i % 2 == 0 ? radius : inner * radius;
        polygon << QPointF(r * std::sin(angle), -r * std::cos(angle));
    }
    QPainterPath path;
    path.addPolygon(polygon);
    path.closeSubpath();
    return path;
}

} // namespace

QPainterPath nodeShape(int group, double radius)
{
    QPainterPath path;
    if (group < 0) {
        path.addEllipse(QPointF(), radius, radius);
        path.addEllipse(QPointF(), radius * .55, radius * .55);
        return path;
    }
    switch (group % kNodeShapes) {
    case 0:
        path.addEllipse(QPointF(), radius, radius);
        break;
    case 1:
        path.addRect(-.87 * radius, -.87 * radius, 1.74 * radius, 1.74 * radius);
        break;
    case 2:
        return corners(3, 1.3 * radius);
    case 3:
        return corners(4, 1.25 * radius);
    case 4:
        return corners(3, 1.3 * radius, std::numbers::pi);
    case 5:
        path.addPolygon(QPolygonF(QList<QPointF>{
            {-radius, -1.1 * radius}, {radius, -1.1 * radius}, {-radius, 1.1 * radius}, {radius, 1.1 * radius}}));
        path.closeSubpath();
        break;
    case 6:
        path.addRect(-1.1 * radius, -.42 * radius, 2.2 * radius, .84 * radius);
        path.addRect(-.42 * radius, -1.1 * radius, .84 * radius, 2.2 * radius);
        path.setFillRule(Qt::WindingFill);
        break;
    default:
        return corners(10, 1.4 * radius, 0, .45);
    }
    return path;
}

QPainterPath warningSign(double radius)
{
    QPainterPath path = corners(3, 1.2 * radius);
    path.addRect(-.14 * radius, -.45 * radius, .28 * radius, .55 * radius); // left out by the odd-even rule
    path.addRect(-.14 * radius, .2 * radius, .28 * radius, .26 * radius);
    return path;
}

QColor groupColour(int group, const Tokens& tokens)
{
    return group < 0 ? tokens.muted : categoryColour(group, tokens);
}

} // namespace clipscope
