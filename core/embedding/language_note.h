// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace clipscope {

/// True when more than half of the letters of `text` are outside the Latin script (its blocks up to U+024F and U+1E00
/// to U+1EFF). Digits, punctuation, marks and emoji are no letters. Any bytes are accepted.
bool mostlyOutsideLatin(const std::string& text);

} // namespace clipscope
