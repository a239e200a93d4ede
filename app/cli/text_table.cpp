// SPDX-License-Identifier: GPL-3.0-or-later
#include "text_table.h"

#include "base/text.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace clipscope {

namespace {

bool startsCharacter(char c)
{
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

/// Characters of valid UTF-8; good enough for columns of Latin text.
size_t width(const std::string& text)
{
    return size_t(std::count_if(text.begin(), text.end(), startsCharacter));
}

} // namespace

std::string printable(std::string_view text)
{
    const std::string valid = validUtf8(text);
    std::string out;
    for (size_t i = 0; i < valid.size(); ++i) {
        const auto c = static_cast<unsigned char>(valid[i]);
        const bool c1 = c == 0xC2 && static_cast<unsigned char>(valid[i + 1]) < 0xA0;
        if (c < 0x20 || c == 0x7F || c1) {
            out += "\xEF\xBF\xBD";
            i += c1;
        } else {
            out += valid[i];
        }
    }
    return out;
}

std::string cutToColumns(const std::string& text, size_t columns)
{
    if (width(text) <= columns)
        return text;
    const size_t kept = columns > 3 ? columns - 3 : columns;
    size_t bytes = 0;
    for (size_t characters = 0; bytes < text.size(); ++bytes)
        if (startsCharacter(text[bytes]) && characters++ == kept)
            break;
    return text.substr(0, bytes) + (columns > 3 ? "..." : "");
}

TextTable::TextTable(std::vector<std::string> titles)
    : m_titles(std::move(titles))
{
    for (std::string& title : m_titles) {
        m_right.push_back(title.starts_with('>'));
        if (m_right.back())
            title.erase(0, 1);
    }
}

void TextTable::add(std::vector<std::string> cells)
{
    cells.resize(m_titles.size());
    for (std::string& cell : cells)
        cell = printable(cell);
    m_rows.push_back(std::move(cells));
}

std::string TextTable::text() const
{
    std::vector<size_t> widths;
    for (size_t c = 0; c < m_titles.size(); ++c) {
        widths.push_back(width(m_titles[c]));
        for (const auto& row : m_rows)
            widths[c] = std::max(widths[c], width(row[c]));
    }
    std::string out;
    const auto addLine = [&](const std::vector<std::string>& cells) {
        for (size_t c = 0; c < cells.size(); ++c) {
            const std::string padding(widths[c] - width(cells[c]), ' ');
            const bool last = c + 1 == cells.size();
            out += m_right[c] ? padding + cells[c] : cells[c] + (last ? "" : padding);
            out += last ? "\n" : "  ";
        }
    };
    addLine(m_titles);
    for (const auto& row : m_rows)
        addLine(row);
    return out;
}

std::string fixed(double value, int digits)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

std::string percent(double share)
{
    return fixed(100 * share, 1) + " %";
}

std::string counted(long long n, const std::string& one, const std::string& many)
{
    return std::to_string(n) + " " + (n == 1 ? one : many);
}

} // namespace clipscope
