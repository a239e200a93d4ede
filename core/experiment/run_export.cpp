// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/run_export.h"

#include "experiment/run_metrics.h"

#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace clipscope {

namespace {

std::string quoted(std::string text)
{
    if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
        text = '\'' + text;
    if (text.find_first_of("\",\n\r") == std::string::npos)
        return text;
    std::string out = "\"";
    for (const char c : text)
        out += c == '"' ? "\"\"" : std::string(1, c);
    return out + "\"";
}

std::string cell(const Json& value)
{
    if (value.is_null())
        return {};
    if (value.is_number())
        return value.dump();
    return quoted(
        value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// What a run has to say, by column.
std::vector<std::pair<std::string, Json>> cellsOf(const StoredRun& run)
{
    std::vector<std::pair<std::string, Json>> out = {{"run", run.id}, {"name", run.name}, {"notes", run.notes},
        {"startedAt", run.record.startedAt}, {"seed", run.record.seed}};
    for (auto& setting : settingsOf(run.record))
        out.push_back(std::move(setting));
    for (const auto& [name, value] : metricsOf(run.record))
        out.emplace_back(name, value);
    return out;
}

} // namespace

Json runJson(const StoredRun& run)
{
    Json out = {{"run", run.id}, {"name", run.name}, {"notes", run.notes}};
    const Json record = run.record.toJson();
    for (const auto& [key, value] : record.items())
        out[key] = value;
    return out;
}

Json runsJson(std::span<const StoredRun> runs)
{
    Json out = Json::array();
    for (const StoredRun& run : runs)
        out.push_back(runJson(run));
    return {{"runs", std::move(out)}};
}

std::string runsCsv(std::span<const StoredRun> runs)
{
    std::vector<std::string> names;
    std::unordered_map<std::string, size_t> columnOf;
    std::vector<std::vector<std::pair<std::string, Json>>> rows;
    for (const StoredRun& run : runs) {
        rows.push_back(cellsOf(run));
        for (const auto& [name, value] : rows.back())
            if (columnOf.try_emplace(name, names.size()).second)
                names.push_back(name);
    }
    std::string out;
    for (size_t c = 0; c < names.size(); ++c)
        (out += c == 0 ? "" : ",") += quoted(names[c]);
    out += "\n";
    for (const auto& row : rows) {
        std::vector<std::string> line(names.size());
        for (const auto& [name, value] : row)
            line[columnOf[name]] = cell(value);
        for (size_t c = 0; c < line.size(); ++c)
            (out += c == 0 ? "" : ",") += line[c];
        out += "\n";
    }
    return out;
}

} // namespace clipscope
