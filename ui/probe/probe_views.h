// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/explain_panel.h"
#include "models/figures_model.h"
#include "models/runs_model.h"
#include "plots/plot_widget.h"
#include "probe/probe_results.h"

#include <utility>
#include <vector>

namespace clipscope {

/// A run as the figure shows it: its name in the legend and what it found.
struct NamedResults {
    QString name;
    ProbeResults results;
};

/// The curve of accuracy over labelled videos a label for each run, the first one with its zero-shot line, its crossing
/// and the paper's claim. `top5`: accuracy among the five best, of which runs keep no single draws.
PlotContent probePlot(const std::vector<NamedResults>& runs, bool top5);
/// Which point of the curve (place in ProbeResults::curve, draw) the n-th PlotPoint of a run's PlotCurve is.
std::pair<int, int> probePointAt(const ProbeResults& results, int plotPoint);

/// Accuracies by labelled videos, with their spread.
FiguresModel::Table probeNumbers(const ProbeResults& results);
/// Each label: its test videos, how many the probe and the words recognise.
FiguresModel::Table probeLabels(const ProbeResults& results);
/// The pair of labels that is confused most; (-1, -1) where nothing is.
std::pair<int, int> largestConfusion(const ProbeResults& results);

RunLines probeLines(const RunRecord& record);
/// `record` of the run `results` are of.
Explanation explainProbe(const RunRecord& record, const ProbeResults& results);
/// What the page will show, before there is a run.
Explanation explainProbeAhead(bool ready);

} // namespace clipscope
