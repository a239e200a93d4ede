// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plots/plot_content.h"
#include "retrieval/study_results.h"

#include <QString>

#include <vector>

namespace clipscope {

/// The figures of a study besides R@1 over the frames. Each may lack what it needs: then it says which setting of the
/// next run would bring it.
struct StudyFigure {
    std::vector<PlotContent> panels; ///< one, or several over the same x
    std::vector<std::vector<std::vector<int>>>
        rows; ///< of each panel's, curve's and point's: the study's row; -1: none
    QString missing; ///< what would fill it; empty: it is filled

    /// -1: none.
    int rowOf(int panel, int curve, int point) const;
};

/// The rows that stand for the ways a model with trained towers was seen (F, K, aggregation): the one with the most
/// frames first.
std::vector<int> seenRows(const StudyResults& results);
/// The rows that stand for the different trainings of the towers; the untrained ones count as one.
std::vector<int> towerRows(const StudyResults& results);

/// R@1 and seconds an epoch against patch dropout, one line for each freezing, seen as `seen` (a row) is.
StudyFigure dropoutFigure(const StudyResults& results, int seen);
/// Trained parameters against pictures a second, R@1 as area and shade: one disc for each freezing and patch dropout.
StudyFigure costFigure(const StudyResults& results, int seen);
/// Where as many frames can be seen in several ways (F times K), R@1 of each as bars; with the towers of a row.
StudyFigure sameFramesFigure(const StudyResults& results, int towers);
/// Loss, R@1 on the split val and pictures a second while towers are trained; `towers`: those of a row, -1: like the
/// newest.
StudyFigure trainingFigure(const StudyResults& results, int towers);

} // namespace clipscope
