// SPDX-License-Identifier: GPL-3.0-or-later
// ind.NAME.{x,y,tx,ty,allx,ally,graph,test.index} of Planetoid (Yang et al. 2016), as GCN's authors read them.
#include "base/error.h"
#include "base/files.h"
#include "graph/graph_files_internal.h"
#include "graph/pickle_file_internal.h"

#include <algorithm>
#include <set>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int kValidationNodes = 500; ///< of the public split: those behind the labelled ones
constexpr int64_t kMostNodes = 50'000'000;

[[noreturn]] void refuse(const std::string& happened, const std::string& subject)
{
    throw Error(ErrorKind::Input, happened, subject, "Take all eight files from one source: they belong together.");
}

/// scipy's csr_matrix.
SparseMatrix readWords(const fs::path& file)
{
    const std::string subject = file.string();
    const std::string bytes = readFile(file);
    const PickleFile pickle(bytes, subject);
    const PickleValue *shape = pickle.root().find("_shape"), *offsets = pickle.root().find("indptr"),
                      *indices = pickle.root().find("indices"), *values = pickle.root().find("data");
    if (!shape)
        shape = pickle.root().find("shape");
    if (!shape || !offsets || !indices || !values)
        refuse("holds no csr_matrix of SciPy", subject);
    const std::vector<int64_t> sides = shape->integers(subject), starts = offsets->integers(subject),
                               columns = indices->integers(subject);
    const std::vector<float> numbers = values->floats(subject);
    if (sides.size() != 2 || sides[0] < 0 || sides[1] < 1 || sides[0] > kMostNodes || sides[1] > kMostNodes
        || int64_t(starts.size()) != sides[0] + 1 || starts.front() != 0 || !std::ranges::is_sorted(starts)
        || starts.back() != int64_t(columns.size()) || columns.size() != numbers.size())
        refuse("holds a csr_matrix whose parts do not fit each other", subject);
    std::vector<SparseEntry> entries;
    entries.reserve(columns.size());
    for (int64_t row = 0; row < sides[0]; ++row)
        for (auto k = size_t(starts[size_t(row)]); k < size_t(starts[size_t(row) + 1]); ++k) {
            if (columns[k] < 0 || columns[k] >= sides[1])
                refuse("has a word " + std::to_string(columns[k]) + " of " + std::to_string(sides[1]), subject);
            entries.push_back({int(row), int(columns[k]), numbers[k]});
        }
    return sparseMatrix(int(sides[0]), int(sides[1]), std::move(entries));
}

/// One-hot rows: the class of each, -1 for a row of zeros.
std::vector<int> readLabels(const fs::path& file, size_t& classes)
{
    const std::string subject = file.string();
    const std::string bytes = readFile(file);
    const PickleFile pickle(bytes, subject);
    const PickleValue& array = pickle.root();
    const std::vector<float> values = array.floats(subject);
    if (array.shape.size() != 2 || array.shape[1] < 1)
        refuse("holds no table of labels, a column a class", subject);
    classes = size_t(array.shape[1]);
    std::vector<int> out;
    for (size_t row = 0; row < size_t(array.shape[0]); ++row) {
        const auto first = values.begin() + int64_t(row * classes), end = first + int64_t(classes);
        const auto one = std::find_if(first, end, [](float value) { return value != 0; });
        out.push_back(one == end ? -1 : int(one - first));
    }
    return out;
}

std::vector<SparseEntry> readEdges(const fs::path& file, int64_t nodes)
{
    const std::string subject = file.string();
    const std::string bytes = readFile(file);
    const PickleFile pickle(bytes, subject);
    if (pickle.root().kind != PickleValue::Kind::Dict)
        refuse("holds no lists of neighbours", subject);
    std::vector<SparseEntry> out;
    for (const auto& [node, neighbours] : pickle.root().entries) {
        if (node->kind != PickleValue::Kind::Int)
            refuse("has a node that is no number", subject);
        for (const int64_t neighbour : neighbours->integers(subject)) {
            for (const int64_t end : {node->number, neighbour})
                if (end < 0 || end >= nodes)
                    refuse("has an edge to node " + std::to_string(end) + ", but there are " + std::to_string(nodes)
                            + " nodes",
                        subject);
            out.push_back({int(node->number), int(neighbour)});
        }
    }
    return out;
}

std::vector<int64_t> readTestNodes(const fs::path& file)
{
    const std::string text = readFile(file);
    std::vector<int64_t> out;
    size_t line = 0;
    for (const std::string_view cell : linesOf(text))
        out.push_back(wholeNumber(cell, file.string(), ++line));
    if (out.empty() || *std::ranges::min_element(out) < 0 || *std::ranges::max_element(out) >= kMostNodes)
        refuse("names no test nodes, or nodes that cannot be", file.string());
    return out;
}

} // namespace

Graph readPlanetoid(const fs::path& folder, const std::string& name, const GraphSource&)
{
    const auto file = [&](const char* part) { return folder / ("ind." + name + "." + part); };
    const SparseMatrix known = readWords(file("allx")), tested = readWords(file("tx"));
    size_t classes = 0, testedClasses = 0, labelledClasses = 0;
    const std::vector<int> knownLabels = readLabels(file("ally"), classes),
                           testedLabels = readLabels(file("ty"), testedClasses),
                           labelled = readLabels(file("y"), labelledClasses);
    const std::vector<int64_t> testNodes = readTestNodes(file("test.index"));
    if (known.columns != tested.columns || classes != testedClasses || classes != labelledClasses
        || knownLabels.size() != size_t(known.rows) || testedLabels.size() != size_t(tested.rows)
        || testNodes.size() != testedLabels.size() || labelled.size() > knownLabels.size())
        refuse("has files of different sizes", file("*").string());

    // Test nodes are numbered by test.index, not by their place; numbers between that it leaves out (CiteSeer's) are
    // nodes without features and label.
    const int64_t nodes = std::max(int64_t(known.rows), *std::ranges::max_element(testNodes) + 1);
    constexpr int64_t kMostGaps = 1000; // a test node; CiteSeer leaves out 15 of 1015
    if (nodes - known.rows > kMostGaps * int64_t(testNodes.size()))
        refuse("names test node " + std::to_string(nodes - 1) + ", far behind all others", file("test.index").string());
    std::vector<SparseEntry> entries;
    const auto add = [&](const SparseMatrix& from, int row, int64_t node) {
        for (int64_t k = from.offsets[size_t(row)]; k < from.offsets[size_t(row) + 1]; ++k)
            entries.push_back({int(node), from.indices[size_t(k)], from.values[size_t(k)]});
    };
    Graph out;
    out.labels.assign(size_t(nodes), -1);
    for (int row = 0; row < known.rows; ++row) {
        add(known, row, row);
        out.labels[size_t(row)] = knownLabels[size_t(row)];
    }
    GraphSplit split;
    std::set<int64_t> seen;
    for (size_t i = 0; i < testNodes.size(); ++i) {
        const int64_t node = testNodes[i];
        if (node < known.rows || !seen.insert(node).second)
            refuse("names a test node twice, or one that is not a test node", file("test.index").string());
        add(tested, int(i), node);
        out.labels[size_t(node)] = testedLabels[i];
        split.test.push_back(int(node));
    }
    std::ranges::sort(split.test);
    for (int node = 0; node < int(labelled.size()); ++node)
        split.train.push_back(node);
    for (int node = int(labelled.size()); node < std::min(int(labelled.size()) + kValidationNodes, known.rows); ++node)
        split.validation.push_back(node);
    out.publicSplit = std::move(split);
    out.features.words = sparseMatrix(int(nodes), known.columns, std::move(entries));
    out.adjacency = adjacencyOf(int(nodes), readEdges(file("graph"), nodes), file("graph").string(), out.notes);
    for (size_t i = 0; i < classes; ++i)
        out.classes.push_back("class " + std::to_string(i));
    const auto bare = std::ranges::count(out.labels, -1);
    if (bare > 0)
        out.notes.push_back(std::to_string(bare) + " nodes without features and label");
    return out;
}

} // namespace clipscope
