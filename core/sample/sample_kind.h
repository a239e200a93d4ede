// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace clipscope {

enum class SampleKind { Mixed, Stories, Activities };

SampleKind parseSampleKind(const std::string& text); ///< "mixed" | "stories" | "activities"; throws Error(Input)
const char* toString(SampleKind kind);

} // namespace clipscope
