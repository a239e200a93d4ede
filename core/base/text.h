// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace clipscope {

/// Invalid UTF-8 sequences and NUL become U+FFFD; valid text comes back unchanged.
std::string validUtf8(std::string_view bytes);
bool isValidUtf8(std::string_view bytes);
/// Canonical composition (NFC) of valid UTF-8, so that one word typed in two ways is one word.
std::string composed(std::string_view utf8);
/// Without leading and trailing ASCII white space.
std::string trimmed(std::string_view text);
/// "1:02.5" or "1:02:03.4": hours only when there are any, tenths always.
std::string formatTime(double seconds);
/// "54.9 MB" (powers of 1000).
std::string formatBytes(double bytes);

} // namespace clipscope
