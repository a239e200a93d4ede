// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/run_record.h"
#include "experiment/explain_panel.h"
#include "graph/graph_settings.h"
#include "models/figures_model.h"
#include "models/runs_model.h"

#include <map>

namespace clipscope {

/// Methods, or detectors at each share of silent nodes, with their accuracy and cost over all seeds; or the labels that
/// are spread.
FiguresModel::Table graphNumbers(const RunRecord& record);
/// Self-training: what each stage of each method did, in the mean. Isolation: how well each detector finds errors.
/// Proposals: how many are how sure.
FiguresModel::Table graphDetails(const RunRecord& record);
/// Isolation: what one network, its rivals and the pruned ensembles come to, and what an answer of each costs; without
/// rows for all other runs.
FiguresModel::Table graphCosts(const RunRecord& record);
/// What the runs list says of one.
RunLines graphLines(const RunRecord& record);
/// "graph.FASTRAIN" -> "71.9 %", "graph.single", "graph.ensemble", "graph.learned" and the like.
std::map<QString, QString> graphFacts(const RunRecord& record);

Explanation explainGraph(const RunRecord& record);
Explanation explainGraphAhead(GraphExperiment experiment);

} // namespace clipscope
