// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/text.h"
#include "retrieval/caption_formats.h"
#include "retrieval/csv_reader.h"

#include <algorithm>
#include <initializer_list>

namespace clipscope {

namespace {

constexpr const char* kExpectedHeader =
    "Expected a header line with path (or video_id) and any of caption, label, split, startSec, endSec.";

[[noreturn]] void fail(
    int64_t line, const std::string& happened, const std::filesystem::path& file, const std::string& remedy = {})
{
    throw Error(ErrorKind::Input, "line " + std::to_string(line) + ": " + happened, file.string(), remedy);
}

std::string asName(const std::string& cell)
{
    std::string out;
    for (const char c : trimmed(cell))
        if (c != '_')
            out += c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
    return out;
}

/// Place of the first column with one of these names (lower case, no underscores), -1 when there is none.
int columnOf(const CsvRow& header, std::initializer_list<std::string_view> names)
{
    for (const std::string_view name : names)
        for (size_t i = 0; i < header.cells.size(); ++i)
            if (asName(header.cells[i]) == name)
                return int(i);
    return -1;
}

/// One id a line, without a header: the data sets' own split lists.
bool isIdList(const std::vector<CsvRow>& rows)
{
    return std::all_of(rows.begin(), rows.end(), [](const CsvRow& row) {
        return row.cells.size() == 1 && trimmed(row.cells[0]).find_first_of(" \t") == std::string::npos;
    });
}

Annotations idList(
    const std::vector<CsvRow>& rows, size_t from, const std::string& format, const std::filesystem::path& file)
{
    AnnotationCollector collector(file);
    const std::string split = splitOfFileName(file);
    for (size_t i = from; i < rows.size(); ++i)
        collector.video(trimmed(rows[i].cells[0])).split = split;
    return collector.take(format, false);
}

class CsvAnnotations {
public:
    CsvAnnotations(const CsvRow& header, const std::filesystem::path& file)
        : m_file(file)
        , m_columns(header.cells.size())
        , m_path(columnOf(header, {"path"}))
        , m_id(m_path >= 0 ? m_path : columnOf(header, {"videoid", "video", "vid"}))
        , m_caption(columnOf(header, {"caption", "sentence"}))
        , m_label(columnOf(header, {"label"}))
        , m_split(columnOf(header, {"split", "subset"}))
        , m_start(columnOf(header, {"startsec"}))
        , m_end(columnOf(header, {"endsec"}))
        , m_collector(file)
    {
    }

    bool namesVideos() const { return m_id >= 0; }
    bool onlyIds() const { return m_columns == 1 && m_path < 0; }
    std::string format() const { return m_path >= 0 ? "CSV" : "MSR-VTT"; }

    void add(const CsvRow& row)
    {
        // A comma inside an unquoted caption would silently cut it; more cells than columns is how that shows.
        for (size_t i = m_columns; i < row.cells.size(); ++i)
            if (!trimmed(row.cells[i]).empty())
                fail(row.line,
                    "has " + std::to_string(row.cells.size()) + " cells where the header has "
                        + std::to_string(m_columns),
                    m_file, "Put texts that hold the separator in double quotes.");
        const std::string id = cell(row, m_id);
        if (id.empty())
            fail(row.line, "does not name a video", m_file, kExpectedHeader);
        const std::optional<double> start = number(row, m_start, "startSec");
        const std::optional<double> end = number(row, m_end, "endSec");
        if (start.has_value() != end.has_value())
            fail(
                row.line, "has one of startSec and endSec without the other", m_file, "Give both or leave both empty.");
        AnnotatedVideo& video = m_collector.video(id);
        m_collector.addCaption(video, cell(row, m_caption), start, end);
        setOnce(video.label, cell(row, m_label), "labels", row);
        setOnce(video.split, splitName(cell(row, m_split)), "splits", row);
    }

    Annotations take() { return m_collector.take(format(), m_path >= 0); }

private:
    static std::string cell(const CsvRow& row, int column)
    {
        return column >= 0 && size_t(column) < row.cells.size() ? trimmed(row.cells[size_t(column)]) : std::string();
    }

    std::optional<double> number(const CsvRow& row, int column, const char* name) const
    {
        const std::string text = cell(row, column);
        if (text.empty())
            return std::nullopt;
        const std::optional<double> value = parseNumber(text);
        if (!value)
            fail(row.line, std::string(name) + " is \"" + text.substr(0, 40) + "\"", m_file,
                "Expected a number of seconds.");
        return value;
    }

    void setOnce(std::string& value, const std::string& given, const char* what, const CsvRow& row) const
    {
        if (given.empty() || given == value)
            return;
        if (!value.empty())
            fail(row.line, "gives a video two " + std::string(what) + ", \"" + value + "\" and \"" + given + "\"",
                m_file, "A video has one at most.");
        value = given;
    }

    const std::filesystem::path& m_file;
    size_t m_columns;
    int m_path;
    int m_id;
    int m_caption;
    int m_label;
    int m_split;
    int m_start;
    int m_end;
    AnnotationCollector m_collector;
};

} // namespace

Annotations parseCsvAnnotations(std::string_view text, const std::filesystem::path& file)
{
    const std::vector<CsvRow> rows = readCsvRows(text, file.string());
    if (rows.empty())
        throw Error(ErrorKind::Input, "is empty", file.string(), kExpectedHeader);
    CsvAnnotations reader(rows[0], file);
    if (!reader.namesVideos()) {
        if (isIdList(rows))
            return idList(rows, 0, "id list", file);
        fail(rows[0].line, "no column names the videos", file, kExpectedHeader);
    }
    if (reader.onlyIds() && isIdList(rows))
        return idList(rows, 1, reader.format(), file);
    for (size_t i = 1; i < rows.size(); ++i)
        reader.add(rows[i]);
    return reader.take();
}

} // namespace clipscope
