// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/run_metrics.h"

#include <set>

namespace clipscope {

namespace {

void addSettings(const std::string& name, const Json& value, std::vector<std::pair<std::string, Json>>& out)
{
    if (!value.is_object()) {
        out.emplace_back(name, value);
        return;
    }
    for (const auto& [key, inner] : value.items())
        addSettings(name + "." + key, inner, out);
}

/// The member by which a table's rows are told apart; empty where they have none, or two have the same.
std::string keyOfRows(const Json& rows)
{
    for (const char* name : {"k", "name", "detector", "element", "tau"}) {
        std::set<std::string> values;
        for (const Json& row : rows)
            if (row.is_object() && row.contains(name))
                values.insert(row[name].dump());
        if (values.size() == rows.size())
            return name;
    }
    return {};
}

void addMetrics(const std::string& name, const Json& value, std::vector<std::pair<std::string, double>>& out)
{
    if (value.is_number()) {
        out.emplace_back(name, value.get<double>());
    } else if (value.is_object()) {
        for (const auto& [key, inner] : value.items())
            addMetrics(name + "." + key, inner, out);
    } else if (value.is_array()) {
        const std::string key = keyOfRows(value);
        for (size_t i = 0; i < value.size(); ++i) {
            if (!value[i].is_object())
                continue;
            std::string row = std::to_string(i);
            if (!key.empty())
                row = value[i][key].is_string() ? value[i][key].get<std::string>() : value[i][key].dump();
            for (const auto& [inner, cell] : value[i].items())
                if (inner != key)
                    addMetrics(name + "[" + row + "]." + inner, cell, out);
        }
    }
}

} // namespace

std::vector<std::pair<std::string, Json>> settingsOf(const RunRecord& record)
{
    std::vector<std::pair<std::string, Json>> out = {{"kind", record.kind}};
    addSettings("config", record.config, out);
    out.emplace_back("modelHash", record.modelHash);
    out.emplace_back("dataHash", record.dataHash);
    out.emplace_back("version", record.version);
    addSettings("machine", record.machine, out);
    return out;
}

std::vector<std::pair<std::string, double>> metricsOf(const RunRecord& record)
{
    std::vector<std::pair<std::string, double>> out;
    for (const auto& [key, value] : record.results.items())
        addMetrics(key, value, out);
    out.emplace_back("cpuSeconds", record.cpuSeconds);
    out.emplace_back("wallSeconds", record.wallSeconds);
    return out;
}

} // namespace clipscope
