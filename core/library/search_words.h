// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace clipscope {

/// How words are written into the full-text index, and how a typed query asks for them. Both sides cut and fold text
/// here, so that they agree; case and diacritics are left to SQLite's unicode61 tokenizer. Any bytes may come in.

/// A text as it is indexed. A word of several parts stands there whole and in parts ("holidayBeach02": "holidaybeach02
/// holiday beach 02"); scripts that put no space between words (Chinese, Japanese, Thai, ...) letter by letter.
std::string indexedText(std::string_view text);
/// The same for a path; its extension is not cut into parts, so that "4" does not find every .mp4.
std::string indexedPath(const std::filesystem::path& path);

/// One FTS5 expression for each different word of the query, matching by prefix: at most 32. Function words ("a", "of",
/// "the") only when there is no other word. Whatever is no letter or digit separates words and is never syntax.
std::vector<std::string> wordExpressions(std::string_view query);

} // namespace clipscope
