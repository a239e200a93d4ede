// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/csv_reader.h"

#include "base/error.h"
#include "base/text.h"
#include "retrieval/caption_readers.h"

namespace clipscope {

namespace {

/// A cell takes 32 bytes however short it is: a file of separators alone would take forty times its own length.
constexpr int64_t kMostCells = 5'000'000;

/// The separator the first line has most of outside quotes; a comma when it has none.
char separatorOf(std::string_view text)
{
    int64_t commas = 0;
    int64_t semicolons = 0;
    int64_t tabs = 0;
    bool quoted = false;
    for (const char c : text) {
        if (c == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        if (c == '\n' || c == '\r')
            break;
        commas += c == ',';
        semicolons += c == ';';
        tabs += c == '\t';
    }
    if (semicolons > commas && semicolons >= tabs)
        return ';';
    return tabs > commas ? '\t' : ',';
}

class Parser {
public:
    Parser(std::string_view text, const std::string& subject)
        : m_text(text)
        , m_subject(subject)
        , m_separator(separatorOf(text))
    {
    }

    std::vector<CsvRow> rows()
    {
        std::vector<CsvRow> out;
        while (m_at < m_text.size()) {
            CsvRow row = nextRow();
            const bool blank = row.cells.size() == 1 && trimmed(row.cells[0]).empty();
            if (!blank)
                out.push_back(std::move(row));
        }
        return out;
    }

private:
    [[noreturn]] void fail(const std::string& happened, int64_t line, const std::string& remedy) const
    {
        throw Error(ErrorKind::Input, "line " + std::to_string(line) + ": " + happened, m_subject, remedy);
    }

    CsvRow nextRow()
    {
        CsvRow row;
        row.line = m_line;
        for (;;) {
            if (++m_cells > kMostCells)
                fail("more than " + std::to_string(kMostCells) + " cells", m_line,
                    "Is this the right file? If so, cut it into several.");
            row.cells.push_back(validUtf8(nextCell()));
            if (m_at == m_text.size())
                return row;
            if (m_text[m_at++] == m_separator)
                continue;
            // One line end: \n, \r\n or \r.
            if (m_text[m_at - 1] == '\r' && m_at < m_text.size() && m_text[m_at] == '\n')
                ++m_at;
            ++m_line;
            return row;
        }
    }

    bool atCellEnd() const
    {
        return m_at == m_text.size() || m_text[m_at] == m_separator || m_text[m_at] == '\n' || m_text[m_at] == '\r';
    }

    std::string nextCell()
    {
        std::string cell;
        if (m_at == m_text.size() || m_text[m_at] != '"') {
            while (!atCellEnd())
                cell += m_text[m_at++];
            return cell;
        }
        const int64_t begin = m_line;
        for (++m_at;; ++m_at) {
            if (m_at == m_text.size())
                fail("the quote that begins here is never closed", begin,
                    "Close it, or double quotes that belong to the text.");
            const char c = m_text[m_at];
            if (c == '"') {
                if (m_at + 1 == m_text.size() || m_text[m_at + 1] != '"')
                    break;
                ++m_at;
            }
            if (c == '\n' || (c == '\r' && (m_at + 1 == m_text.size() || m_text[m_at + 1] != '\n')))
                ++m_line;
            cell += c;
        }
        ++m_at;
        while (!atCellEnd() && (m_text[m_at] == ' ' || m_text[m_at] == '\t'))
            ++m_at;
        if (!atCellEnd())
            fail("text follows a closing quote", m_line, "Double quotes that belong to the text.");
        return cell;
    }

    std::string_view m_text;
    const std::string& m_subject;
    char m_separator;
    size_t m_at = 0;
    int64_t m_line = 1;
    int64_t m_cells = 0;
};

} // namespace

std::vector<CsvRow> readCsvRows(std::string_view text, const std::string& subject)
{
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
        throw Error(ErrorKind::Input, "is encoded in UTF-16", subject, "Save it as UTF-8.");
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    return Parser(text, subject).rows();
}

std::vector<std::vector<std::string>> parseCsv(std::string_view text, const std::string& subject)
{
    std::vector<std::vector<std::string>> out;
    for (CsvRow& row : readCsvRows(text, subject))
        out.push_back(std::move(row.cells));
    return out;
}

} // namespace clipscope
