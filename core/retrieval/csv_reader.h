// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace clipscope {

struct CsvRow {
    int64_t line = 0; ///< where it begins in the file, counted from 1
    std::vector<std::string> cells; ///< valid UTF-8, outer white space kept
};

/// RFC 4180, and what spreadsheets make of it: quotes (doubled inside), line ends of any system, also inside quotes, a
/// byte order mark, and comma, semicolon or tab, whichever the first line has most of. Blank lines are left out. Throws
/// Error(Input) naming `subject` and the line: UTF-16, a quote that never ends, text after a closing quote, more than
/// 5 million cells.
std::vector<CsvRow> readCsvRows(std::string_view text, const std::string& subject);

} // namespace clipscope
