// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace clipscope {

/// The libraries that decode and compute, as they are loaded: {"FFmpeg", "5.1.6"}, {"LibTorch", "2.11.0"}.
std::vector<std::pair<std::string, std::string>> componentVersions();

} // namespace clipscope
