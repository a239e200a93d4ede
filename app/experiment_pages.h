// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "shell/page.h"

#include <vector>

namespace clipscope {

/// The window's pages of experiments, in the order of the rail: one line each.
std::vector<PageEntry> experimentPages();

} // namespace clipscope
