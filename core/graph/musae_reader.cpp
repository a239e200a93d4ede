// SPDX-License-Identifier: GPL-3.0-or-later
// NAME_edges.csv, NAME_features.json and NAME_target.csv of MUSAE (Rozemberczki et al. 2021).
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "graph/graph_files_internal.h"

#include <algorithm>
#include <set>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int kMostNodes = 50'000'000;
constexpr size_t kMostClasses = 1000;

[[noreturn]] void refuse(const std::string& happened, const fs::path& file, const std::string& remedy)
{
    throw Error(ErrorKind::Input, happened, file.string(), remedy);
}

/// A table with a header, all rows as wide.
std::vector<std::vector<std::string>> readTable(const fs::path& file)
{
    const std::string text = readFile(file);
    std::vector<std::vector<std::string>> out;
    for (const std::string_view line : linesOf(text)) {
        if (line.empty())
            continue;
        out.push_back(cellsOf(line, ','));
        if (out.back().size() != out.front().size())
            refuse("has " + std::to_string(out.back().size()) + " cells in row " + std::to_string(out.size())
                    + ", but its header has " + std::to_string(out.front().size()),
                file, "Cells are separated by commas; names with commas stand in quotes.");
    }
    if (out.size() < 2)
        refuse("has no rows under its header", file, "Needed is a header and a row a node or edge.");
    return out;
}

int nodeAt(const std::string& cell, const fs::path& file, size_t line)
{
    const int64_t node = wholeNumber(cell, file.string(), line);
    if (node < 0 || node >= kMostNodes)
        refuse("names node " + std::to_string(node) + " in line " + std::to_string(line), file,
            "Number the nodes from 0.");
    return int(node);
}

/// Numbers are classes only where each stands at two nodes in the mean: counts and years repeat as well.
bool mayBeClasses(const std::set<std::string>& values, size_t nodes)
{
    const bool numbers = std::ranges::all_of(
        values, [](const std::string& value) { return value.find_first_not_of("+-.0123456789") == std::string::npos; });
    return values.size() >= 2 && values.size() <= kMostClasses
        && (numbers ? 2 * values.size() <= nodes : values.size() < nodes);
}

/// The column with the classes: the one asked for, else the last with some values, but fewer than nodes.
size_t labelColumn(const std::vector<std::vector<std::string>>& table, const fs::path& file, const std::string& asked)
{
    const std::vector<std::string>& header = table.front();
    if (!asked.empty()) {
        const auto found = std::ranges::find(header, asked);
        if (found != header.end())
            return size_t(found - header.begin());
        std::string names;
        for (const std::string& name : header)
            names += (names.empty() ? "" : ", ") + name;
        refuse("has no column \"" + asked + "\"", file, "It has: " + names + ".");
    }
    for (size_t column = header.size(); column-- > 1;) {
        std::set<std::string> values;
        for (size_t row = 1; row < table.size() && values.size() <= kMostClasses; ++row)
            values.insert(table[row][column]);
        if (mayBeClasses(values, table.size() - 1))
            return column;
    }
    refuse("has no column that looks like classes", file, "Name it with --label-column.");
}

} // namespace

Graph readMusae(const fs::path& folder, const std::string& name, const GraphSource& source)
{
    const fs::path edgesFile = folder / (name + "_edges.csv"), featuresFile = folder / (name + "_features.json"),
                   targetFile = folder / (name + "_target.csv");
    Graph out;
    const std::vector<std::vector<std::string>> targets = readTable(targetFile);
    const size_t column = labelColumn(targets, targetFile, source.labelColumn);
    const auto nodes = int(targets.size() - 1);
    const auto nameColumn =
        std::ranges::find_if(targets.front(), [](const std::string& title) { return title.ends_with("name"); });
    std::vector<std::string> labels(targets.size() - 1);
    if (nameColumn != targets.front().end())
        out.nodeNames.assign(size_t(nodes), {});
    std::vector<bool> seen(size_t(nodes), false);
    for (size_t row = 1; row < targets.size(); ++row) {
        const int node = nodeAt(targets[row].front(), targetFile, row + 1);
        if (node >= nodes || seen[size_t(node)])
            refuse("names node " + std::to_string(node) + " twice, or leaves others out", targetFile,
                "Each of the nodes 0 to n - 1 needs one row.");
        seen[size_t(node)] = true;
        labels[size_t(node)] = targets[row][column];
        if (!out.nodeNames.empty())
            out.nodeNames[size_t(node)] = targets[row][size_t(nameColumn - targets.front().begin())];
    }
    setLabels(out, labels);

    std::vector<SparseEntry> edges;
    const std::vector<std::vector<std::string>> table = readTable(edgesFile);
    if (table.front().size() != 2)
        refuse("has " + std::to_string(table.front().size()) + " columns", edgesFile, "An edge is two nodes.");
    for (size_t row = 1; row < table.size(); ++row)
        edges.push_back({nodeAt(table[row][0], edgesFile, row + 1), nodeAt(table[row][1], edgesFile, row + 1)});
    out.adjacency = adjacencyOf(nodes, std::move(edges), edgesFile.string(), out.notes);

    const Json features = readJsonFile(featuresFile);
    if (!features.is_object())
        refuse("is no object with a list of features a node", featuresFile, "{\"0\": [12, 7], ...}");
    std::vector<SparseEntry> entries;
    int words = 0;
    for (const auto& [key, list] : features.items()) {
        const auto node = wholeNumber(key, featuresFile.string(), 1);
        if (node < 0 || node >= nodes)
            refuse("has features of node " + key + ", but there are " + std::to_string(nodes) + " nodes", featuresFile,
                "Number the nodes as the targets do.");
        if (!list.is_array())
            refuse("has no list for node " + key, featuresFile, "{\"0\": [12, 7], ...}");
        for (const Json& word : list) {
            if (!word.is_number_integer() || word.get<int64_t>() < 0 || word.get<int64_t>() >= kMostNodes)
                refuse("has a feature of node " + key + " that is no number of a feature", featuresFile,
                    "Number the features from 0.");
            entries.push_back({int(node), word.get<int>()});
            words = std::max(words, word.get<int>() + 1);
        }
    }
    out.features.words = sparseMatrix(nodes, std::max(words, 1), std::move(entries));
    return out;
}

} // namespace clipscope
