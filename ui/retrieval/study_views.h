// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/explain_panel.h"
#include "models/figures_model.h"
#include "models/runs_model.h"
#include "plots/plot_widget.h"
#include "retrieval/study_results.h"

#include <vector>

namespace clipscope {

/// A study as the figure shows it: its name before the lines' where there are several.
struct NamedStudy {
    QString name;
    StudyResults results;
};

/// R@1 over the frames that are seen of a video, one line for each F, aggregation and training. `twins`: of the twins
/// alone, where a study has told them apart.
struct StudyPlot {
    PlotContent content;
    std::vector<std::vector<int>> rows; ///< of each curve's points: the row of the first study; -1: of another study
};
StudyPlot studyPlot(const std::vector<NamedStudy>& studies, bool twins);

/// Each combination: R@1, R@5, median rank, both directions, cost.
FiguresModel::Table studyNumbers(const StudyResults& results);
/// The differences that the thesis's findings are about; `twins`: over the twins alone.
FiguresModel::Table studyFindings(const StudyResults& results, bool twins);
/// How many of a combination's queries found their video at which rank.
FiguresModel::Table studyRanks(const StudyResults& results, int row);

RunLines studyLines(const RunRecord& record);
Explanation explainStudy(const RunRecord& record, const StudyResults& results);
/// What the page will show, before there is a run.
Explanation explainStudyAhead();

} // namespace clipscope
