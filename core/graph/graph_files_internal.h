// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "graph/graph_reader.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace clipscope {

/// Files of one of the formats, found.
struct GraphFiles {
    Graph (*read)(const std::filesystem::path& folder, const std::string& name, const GraphSource& source) = nullptr;
    std::filesystem::path folder;
    std::string name;
};

Graph readPlanetoid(const std::filesystem::path& folder, const std::string& name, const GraphSource& source);
Graph readBenchmarkNpz(const std::filesystem::path& folder, const std::string& name, const GraphSource& source);
Graph readMusae(const std::filesystem::path& folder, const std::string& name, const GraphSource& source);
Graph readGeomGcn(const std::filesystem::path& folder, const std::string& name, const GraphSource& source);

/// Lines of a text file without their ends; the last empty one is none.
std::vector<std::string_view> linesOf(std::string_view text);
/// "a,b" -> "a", "b"; quotes as in RFC 4180.
std::vector<std::string> cellsOf(std::string_view line, char separator);
/// A whole number that fills the cell. Throws Error(Input) naming `subject` and the line (from 1).
int64_t wholeNumber(std::string_view cell, const std::string& subject, size_t line);
/// Numbers classes by their names, in the order of their sorted names; an empty name is no label.
void setLabels(Graph& graph, const std::vector<std::string>& names);

} // namespace clipscope
