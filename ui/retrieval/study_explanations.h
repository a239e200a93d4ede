// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/explain_panel.h"

namespace clipscope {

/// What is particular about each, over what holds for all of the study.
void explainDropout(Explanation& explanation);
void explainCost(Explanation& explanation);
void explainSameFrames(Explanation& explanation);
void explainTraining(Explanation& explanation);

} // namespace clipscope
