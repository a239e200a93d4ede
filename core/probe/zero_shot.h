// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "probe/linear_classifier.h"

#include <string>
#include <vector>

namespace clipscope {

/// "a video of LABEL" with LABEL put in, its underscores as spaces; every template for the first label, then for the
/// second. Throws Error(Input) for a template without LABEL.
std::vector<std::string> promptsOf(const std::vector<std::string>& labels, const std::vector<std::string>& templates);

/// Classifies by the cosine to each label's words: weights are the unit mean of the unit vectors of its prompts
/// (Radford 2021, section 3.1.4; papers section 1.5). texts [labels * templates, dim] in promptsOf()'s order.
LinearClassifier zeroShotClassifier(const Matrix& texts, int templates);

} // namespace clipscope
