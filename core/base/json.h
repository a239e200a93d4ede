// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace clipscope {

/// Keeps the order of insertion, so that files and --json output read in the order they were written.
using Json = nlohmann::ordered_json;

/// Strict parse of UTF-8 JSON: duplicate keys, nesting deeper than `maxDepth` and NaN are refused.
/// A leading byte order mark is skipped. Throws Error(Input) naming `subject` and the position.
Json parseJson(std::string_view text, const std::string& subject, int maxDepth = 64);

/// parseJson of a whole file of at most `maxBytes`. Throws Error(Input | Storage).
Json readJsonFile(const std::filesystem::path& path, int64_t maxBytes = int64_t(1) << 30);

} // namespace clipscope
