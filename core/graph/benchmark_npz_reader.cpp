// SPDX-License-Identifier: GPL-3.0-or-later
// NAME.npz of gnn-benchmark (Shchur et al. 2018): adjacency and attributes as the parts of CSR matrices, labels, names.
#include "base/error.h"
#include "base/files.h"
#include "graph/graph_files_internal.h"
#include "graph/npz_file_internal.h"

#include <algorithm>
#include <limits>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

using Arrays = std::map<std::string, NpzArray>;

[[noreturn]] void refuse(const std::string& happened, const std::string& subject)
{
    throw Error(ErrorKind::Input, happened, subject, "Take the file as gnn-benchmark publishes it.");
}

const NpzArray& arrayIn(const Arrays& arrays, const std::string& name, const std::string& subject)
{
    const auto found = arrays.find(name);
    if (found == arrays.end())
        refuse("has no array \"" + name + "\"", subject);
    return found->second;
}

/// The entries of the CSR matrix whose parts begin with `prefix`; its sides in `rows` and `columns`.
std::vector<SparseEntry> readCsr(
    const Arrays& arrays, const std::string& prefix, const std::string& subject, int& rows, int& columns)
{
    const auto integers = [&](const char* part) {
        return arrayIn(arrays, prefix + part, subject).integers(subject + ": " + prefix + part);
    };
    const std::vector<int64_t> sides = integers("_shape"), offsets = integers("_indptr"),
                               indices = integers("_indices");
    const std::vector<float> values =
        arrayIn(arrays, prefix + "_data", subject).floats(subject + ": " + prefix + "_data");
    constexpr int64_t kMost = std::numeric_limits<int>::max() - 1;
    if (sides.size() != 2 || sides[0] < 0 || sides[0] > kMost || sides[1] < 1 || sides[1] > kMost
        || int64_t(offsets.size()) != sides[0] + 1 || offsets.front() != 0 || !std::ranges::is_sorted(offsets)
        || offsets.back() != int64_t(indices.size()) || indices.size() != values.size())
        refuse("has parts of \"" + prefix + "\" that do not fit each other", subject);
    rows = int(sides[0]);
    columns = int(sides[1]);
    std::vector<SparseEntry> out;
    out.reserve(indices.size());
    for (int row = 0; row < rows; ++row)
        for (auto k = size_t(offsets[size_t(row)]); k < size_t(offsets[size_t(row) + 1]); ++k) {
            if (indices[k] < 0 || indices[k] >= columns)
                refuse("names column " + std::to_string(indices[k]) + " of " + std::to_string(columns) + " in \""
                        + prefix + "\"",
                    subject);
            out.push_back({row, int(indices[k]), values[k]});
        }
    return out;
}

} // namespace

Graph readBenchmarkNpz(const fs::path& folder, const std::string& name, const GraphSource&)
{
    const fs::path file = folder / (name + ".npz");
    const std::string subject = file.string(), bytes = readFile(file);
    const Arrays arrays = readNpz(bytes, subject);
    Graph out;
    int nodes = 0, columns = 0, featureRows = 0, words = 0;
    std::vector<SparseEntry> edges = readCsr(arrays, "adj", subject, nodes, columns);
    if (columns != nodes)
        refuse("has an adjacency that is not square", subject);
    for (SparseEntry& edge : edges)
        edge.value = 1; // the benchmark's graphs are unweighted
    out.adjacency = adjacencyOf(nodes, std::move(edges), subject, out.notes);
    std::vector<SparseEntry> attributes = readCsr(arrays, "attr", subject, featureRows, words);
    out.features.words = sparseMatrix(featureRows, words, std::move(attributes));
    int classes = 0;
    for (const int64_t label : arrayIn(arrays, "labels", subject).integers(subject + ": labels")) {
        if (label < -1 || label > 1'000'000)
            refuse("has a label " + std::to_string(label), subject);
        out.labels.push_back(int(label));
        classes = std::max(classes, int(label) + 1);
    }
    if (const auto names = arrays.find("class_names"); names != arrays.end())
        out.classes = names->second.words(subject + ": class_names");
    for (int i = int(out.classes.size()); i < classes; ++i)
        out.classes.push_back("class " + std::to_string(i));
    if (const auto names = arrays.find("node_names"); names != arrays.end())
        out.nodeNames = names->second.words(subject + ": node_names");
    return out;
}

} // namespace clipscope
