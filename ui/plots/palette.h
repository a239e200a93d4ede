// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "shell/theme.h"

#include <QColor>

namespace clipscope {

inline constexpr int kCategoryColours = 7;
/// The colour of the n-th thing of a figure: the accent for the first (ours), then Okabe and Ito's, which people who do
/// not see all colours can tell apart; from the eighth on they repeat.
QColor categoryColour(int n, const Tokens& tokens);
/// A place in [0,1] on the scale of numbers (viridis: dark to light, whatever colours somebody sees).
QColor sequenceColour(double share);

} // namespace clipscope
