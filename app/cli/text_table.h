// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace clipscope {

/// `text` fit for a terminal: invalid UTF-8 and control characters (line ends and escape sequences in file names
/// included) become U+FFFD.
std::string printable(std::string_view text);
/// At most `columns` characters of valid UTF-8, the last one an ellipsis of three points where something is cut off.
std::string cutToColumns(const std::string& text, size_t columns);

/// Rows of text in columns as wide as their widest cell, two spaces between them; the last column is not padded.
class TextTable {
public:
    /// A title that begins with '>' has its column aligned to the right.
    explicit TextTable(std::vector<std::string> titles);
    void add(std::vector<std::string> cells);
    bool empty() const { return m_rows.empty(); }
    /// Titles and rows, each line ended.
    std::string text() const;

private:
    std::vector<bool> m_right;
    std::vector<std::string> m_titles;
    std::vector<std::vector<std::string>> m_rows;
};

/// "0.123": a number with so many digits after the point.
std::string fixed(double value, int digits);
/// "12.3 %" of a share in [0,1].
std::string percent(double share);
/// "1 video", "3 videos".
std::string counted(long long n, const std::string& one, const std::string& many);

} // namespace clipscope
