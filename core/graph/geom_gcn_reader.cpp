// SPDX-License-Identifier: GPL-3.0-or-later
// out1_graph_edges.txt and out1_node_feature_label.txt of geom-gcn (Pei et al. 2020).
#include "base/error.h"
#include "base/files.h"
#include "graph/graph_files_internal.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int64_t kMostNodes = 50'000'000;

[[noreturn]] void refuse(const std::string& happened, const fs::path& file, const std::string& remedy)
{
    throw Error(ErrorKind::Input, happened, file.string(), remedy);
}

float numberOf(const std::string& cell, const fs::path& file, size_t line)
{
    char* end = nullptr;
    const float out = std::strtof(cell.c_str(), &end);
    if (cell.empty() || *end != '\0' || !std::isfinite(out))
        refuse("has \"" + cell.substr(0, 40) + "\" among the features of line " + std::to_string(line), file,
            "Features are numbers separated by commas.");
    return out;
}

/// The rows under the header, `cells` of them separated by tabs.
std::vector<std::vector<std::string>> readTable(const fs::path& file, size_t cells)
{
    const std::string text = readFile(file);
    std::vector<std::vector<std::string>> out;
    size_t number = 0;
    for (const std::string_view line : linesOf(text)) {
        ++number;
        if (number == 1 || line.empty())
            continue;
        out.push_back(cellsOf(line, '\t'));
        if (out.back().size() != cells)
            refuse("has " + std::to_string(out.back().size()) + " cells in line " + std::to_string(number) + ", not "
                    + std::to_string(cells),
                file, "Cells are separated by tabs.");
    }
    return out;
}

} // namespace

Graph readGeomGcn(const fs::path& folder, const std::string&, const GraphSource&)
{
    const fs::path edgesFile = folder / "out1_graph_edges.txt", nodesFile = folder / "out1_node_feature_label.txt";
    const std::vector<std::vector<std::string>> rows = readTable(nodesFile, 3);
    const auto nodes = int(rows.size());
    Graph out;
    std::vector<SparseEntry> entries;
    std::vector<bool> seen(size_t(nodes), false);
    std::vector<int64_t> labels(size_t(nodes), -1);
    size_t columns = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
        const size_t line = i + 2;
        const int64_t node = wholeNumber(rows[i][0], nodesFile.string(), line);
        if (node < 0 || node >= nodes || seen[size_t(node)])
            refuse("names node " + std::to_string(node) + " in line " + std::to_string(line)
                    + ", which is named twice or none of the " + std::to_string(nodes),
                nodesFile, "Each of the nodes 0 to n - 1 needs one line.");
        seen[size_t(node)] = true;
        const std::vector<std::string> features = cellsOf(rows[i][1], ',');
        if (i > 0 && features.size() != columns)
            refuse("has " + std::to_string(features.size()) + " features in line " + std::to_string(line) + ", not "
                    + std::to_string(columns),
                nodesFile, "Every node has as many.");
        columns = features.size();
        for (size_t column = 0; column < columns; ++column)
            if (const float value = numberOf(features[column], nodesFile, line); value != 0)
                entries.push_back({int(node), int(column), value});
        labels[size_t(node)] = wholeNumber(rows[i][2], nodesFile.string(), line);
    }
    out.features.words = sparseMatrix(nodes, int(std::max<size_t>(columns, 1)), std::move(entries));
    for (const int64_t label : labels) {
        if (label < 0 || label > 1'000'000)
            refuse("has a label " + std::to_string(label), nodesFile, "Number the classes from 0.");
        out.labels.push_back(int(label));
        while (int64_t(out.classes.size()) <= label)
            out.classes.push_back("class " + std::to_string(out.classes.size()));
    }
    std::vector<SparseEntry> edges;
    size_t line = 1;
    for (const std::vector<std::string>& row : readTable(edgesFile, 2)) {
        ++line;
        const int64_t from = wholeNumber(row[0], edgesFile.string(), line),
                      to = wholeNumber(row[1], edgesFile.string(), line);
        for (const int64_t node : {from, to})
            if (node < 0 || node >= kMostNodes)
                refuse("names node " + std::to_string(node) + " in line " + std::to_string(line), edgesFile,
                    "Number the nodes from 0.");
        edges.push_back({int(from), int(to)});
    }
    out.adjacency = adjacencyOf(nodes, std::move(edges), edgesFile.string(), out.notes);
    return out;
}

} // namespace clipscope
