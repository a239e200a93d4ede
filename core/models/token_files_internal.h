// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace clipscope {

/// Token -> id; the ids are exactly 0 to size() - 1.
using TokenIds = std::unordered_map<std::string, int32_t>;

/// vocab.json: one flat JSON object. Throws Error(Model) on a token or an id said twice, a gap in the ids, or anything
/// else.
TokenIds readVocabularyJson(const std::filesystem::path& path);
/// vocab.txt: a token a line, its id the line number from 0. Line ends of Windows and a byte order mark are accepted.
/// Throws Error(Model) on an empty line or a token said twice.
TokenIds readVocabularyLines(const std::filesystem::path& path);
/// merges.txt: "LEFT RIGHT" a line after a first line with "#version", if any. Empty lines are skipped. Throws
/// Error(Model).
std::vector<std::pair<std::string, std::string>> readMerges(const std::filesystem::path& path);

} // namespace clipscope
