// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPainterPath>

namespace clipscope {

struct Tokens;

inline constexpr int kNodeShapes = 8;
/// The shape of the n-th group around 0, 0, about as large as a circle of this radius: circle, square, triangle,
/// diamond, triangle down, hourglass, cross, star; then again. There is one more shape than colours, so that groups 1
/// to 56 differ in one or the other. A group below 0 (not known) is a ring.
QPainterPath nodeShape(int group, double radius);
/// A warning sign with its middle at 0, 0.
QPainterPath warningSign(double radius);
/// The colour of a group; muted for one below 0.
QColor groupColour(int group, const Tokens& tokens);

} // namespace clipscope
