// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_reader.h"

#include "base/error.h"
#include "graph/graph_files_internal.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr const char* kPatterns =
    "Graphs stand in ind.NAME.x and its like (Planetoid), NAME.npz (gnn-benchmark), NAME_edges.csv, NAME_features.json "
    "and NAME_target.csv (MUSAE), or out1_graph_edges.txt and out1_node_feature_label.txt (geom-gcn).";

/// The NAME of a file that `pattern` ("ind.*.x") describes; empty for others.
std::string nameIn(const std::string& file, std::string_view before, std::string_view after)
{
    if (file.size() <= before.size() + after.size() || !file.starts_with(before) || !file.ends_with(after))
        return {};
    return file.substr(before.size(), file.size() - before.size() - after.size());
}

std::vector<GraphFiles> graphsIn(const fs::path& folder)
{
    std::vector<GraphFiles> out;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        const std::string file = entry.path().filename().string();
        if (const std::string name = nameIn(file, "ind.", ".x"); !name.empty())
            out.push_back({readPlanetoid, folder, name});
        else if (const std::string npz = nameIn(file, "", ".npz"); !npz.empty())
            out.push_back({readBenchmarkNpz, folder, npz});
        else if (const std::string musae = nameIn(file, "", "_edges.csv"); !musae.empty())
            out.push_back({readMusae, folder, musae});
        else if (file == "out1_graph_edges.txt")
            out.push_back({readGeomGcn, folder, folder.filename().string()});
    }
    std::ranges::sort(out, {}, &GraphFiles::name);
    return out;
}

GraphFiles chosen(const GraphSource& source)
{
    std::error_code code;
    const bool isFolder = fs::is_directory(source.path, code);
    if (!isFolder && !fs::exists(source.path, code))
        throw Error(
            ErrorKind::Input, "does not exist", source.path.string(), "Name a graph's folder or one of its files.");
    const fs::path folder = isFolder ? source.path : fs::absolute(source.path).parent_path();
    std::vector<GraphFiles> found = graphsIn(fs::canonical(folder));
    if (found.empty())
        throw Error(ErrorKind::Input, "holds no graph that is known", source.path.string(), kPatterns);
    std::string wished = source.dataset;
    if (!isFolder && wished.empty()) {
        const std::string file = source.path.filename().string();
        const auto belongs = [&](const GraphFiles& files) {
            return file.find(files.name) != std::string::npos || file.starts_with("out1_");
        };
        // The longest name: "cora" is part of "cora_ml.npz" too.
        const auto best = std::ranges::max_element(found, {},
            [&](const GraphFiles& files) { return belongs(files) ? int64_t(files.name.size()) : int64_t(-1); });
        if (!belongs(*best))
            throw Error(ErrorKind::Input, "is no file of a graph", source.path.string(), kPatterns);
        return *best;
    }
    std::string names;
    for (const GraphFiles& files : found) {
        if (files.name == wished)
            return files;
        names += (names.empty() ? "" : ", ") + files.name;
    }
    if (wished.empty() && found.size() == 1)
        return found.front();
    throw Error(ErrorKind::Input,
        wished.empty() ? "holds several graphs: " + names : "holds no graph named " + wished + ", but " + names,
        source.path.string(), "Choose one with --dataset NAME.");
}

} // namespace

std::vector<std::string_view> linesOf(std::string_view text)
{
    std::vector<std::string_view> out;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        out.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

std::vector<std::string> cellsOf(std::string_view line, char separator)
{
    std::vector<std::string> out(1);
    bool quoted = false;
    for (size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"')
            out.back() += line[++i];
        else if (c == '"' && (quoted || out.back().empty()))
            quoted = !quoted;
        else if (c == separator && !quoted)
            out.emplace_back();
        else
            out.back() += c;
    }
    return out;
}

int64_t wholeNumber(std::string_view cell, const std::string& subject, size_t line)
{
    int64_t out = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), out);
    if (error != std::errc() || end != cell.data() + cell.size())
        throw Error(ErrorKind::Input,
            "has \"" + std::string(cell.substr(0, 40)) + "\" in line " + std::to_string(line)
                + ", where a whole number belongs",
            subject, "Check the separators and the numbers of the nodes.");
    return out;
}

void setLabels(Graph& graph, const std::vector<std::string>& names)
{
    std::map<std::string, int> classes;
    for (const std::string& name : names)
        if (!name.empty())
            classes.emplace(name, 0);
    graph.classes.clear();
    for (auto& [name, number] : classes) {
        number = int(graph.classes.size());
        graph.classes.push_back(name);
    }
    graph.labels.clear();
    for (const std::string& name : names)
        graph.labels.push_back(name.empty() ? -1 : classes.at(name));
}

Graph readGraph(const GraphSource& source)
{
    const GraphFiles files = chosen(source);
    Graph out = files.read(files.folder, files.name, source);
    out.name = files.name;
    if (out.features.areWords())
        normaliseRowSums(out.features.words);
    checkGraph(out, (files.folder / files.name).string());
    return out;
}

} // namespace clipscope
