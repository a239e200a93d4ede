// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace clipscope {

/// Which answers are worth their cost (Pareto's front): those of which no other is at least as cheap and at least as
/// accurate, and better in one of both. Of equal ones all are. Spans of one length.
std::vector<bool> onAccuracyFront(std::span<const double> costs, std::span<const double> accuracies);

} // namespace clipscope
