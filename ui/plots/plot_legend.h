// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plots/plot_content.h"
#include "shell/theme.h"

class QCustomPlot;
class QFont;

namespace clipscope {

/// Updates the places of the plot's parts, for what is placed by pixels.
void updatePlotLayout(QCustomPlot& plot);
/// The legend stands in the plot again, where it takes no room from the axes.
void putLegendInside(QCustomPlot& plot);
/// Once the axes have their ranges and the curves their entries. Over bars it is one row; over lines it stands in the
/// corner where it hides least, and beside the plot where it has many entries or would hide something in any corner.
void placeLegend(QCustomPlot& plot, const PlotContent& content, bool bars, const Tokens& tokens, const QFont& font);

} // namespace clipscope
