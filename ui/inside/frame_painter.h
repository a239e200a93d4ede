// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "shell/theme.h"

#include <QRect>

class QFontMetrics;
class QModelIndex;
class QPainter;

namespace clipscope {

inline constexpr int kFrameGap = 4; ///< between two frames, and around their texts

/// Height of what stands below a frame's picture: time, score, bar, share.
int frameTextHeight(const QFontMetrics& metrics);
/// A row of a SeenFramesModel in `cell`: the picture in a square of the cell's width less the gap, time and score under
/// it, and a bar of its weight on a ground line that runs on into the next cell.
void paintSeenFrame(QPainter& painter, const Tokens& tokens, const QRect& cell, const QModelIndex& index, bool chosen);

} // namespace clipscope
