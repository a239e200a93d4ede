// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_reader.h"

#include "base/error.h"
#include "base/files.h"
#include "support/test_data.h"

#include <algorithm>
#include <set>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

bool isSymmetric(const SparseMatrix& m)
{
    return transposed(m) == m;
}

/// A small graph in geom-gcn's form.
void writeGeomGcn(const fs::path& folder, const std::string& edges, const std::string& nodes)
{
    fs::create_directories(folder);
    writeFileAtomically(folder / "out1_graph_edges.txt", "node_id\tnode_id\n" + edges);
    writeFileAtomically(folder / "out1_node_feature_label.txt", "node_id\tfeature\tlabel\n" + nodes);
}

void writeMusae(
    const fs::path& folder, const std::string& edges, const std::string& features, const std::string& targets)
{
    fs::create_directories(folder);
    writeFileAtomically(folder / "a_edges.csv", edges);
    writeFileAtomically(folder / "a_features.json", features);
    writeFileAtomically(folder / "a_target.csv", targets);
}

std::string refusalOf(const fs::path& path, const std::string& dataset = {})
{
    return errorOf<Error>([&] { readGraph({path, dataset, {}}); });
}

bool has(const std::string& text, const std::string& word)
{
    return text.find(word) != std::string::npos;
}

} // namespace

class TestGraphReader : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// The sizes that the papers report.
    void planetoid()
    {
        NEED_SHARED("data/graphs/planetoid/ind.cora.x");
        const fs::path folder = sharedDir() / "data/graphs/planetoid";
        const Graph cora = readGraph({folder, "cora", {}});
        QCOMPARE(cora.name, std::string("cora"));
        QCOMPARE(cora.nodes(), 2708);
        QCOMPARE(cora.edges(), int64_t(5278));
        QCOMPARE(cora.features.columns(), 1433);
        QCOMPARE(cora.classes.size(), size_t(7));
        QVERIFY(isSymmetric(cora.adjacency));
        QCOMPARE(cora.publicSplit->train.size(), size_t(140));
        QCOMPARE(cora.publicSplit->validation.size(), size_t(500));
        QCOMPARE(cora.publicSplit->test.size(), size_t(1000));
        for (int label = 0; label < 7; ++label)
            QCOMPARE(std::ranges::count_if(
                         cora.publicSplit->train, [&](int node) { return cora.labels[size_t(node)] == label; }),
                20);
        QCOMPARE(cora.features.words.entries(), int64_t(49216));
        float sum = 0;
        for (const float value : cora.features.words.valuesOf(1000))
            sum += value;
        QVERIFY(std::abs(sum - 1) < 1e-5F);
        const Graph citeseer = readGraph({folder / "ind.citeseer.graph", {}, {}});
        QCOMPARE(citeseer.nodes(), 3327);
        QCOMPARE(citeseer.edges(), int64_t(4552));
        QCOMPARE(citeseer.features.columns(), 3703);
        QCOMPARE(std::ranges::count(citeseer.labels, -1), 15);
        QVERIFY(std::ranges::any_of(citeseer.notes, [](const std::string& note) { return has(note, "15 nodes"); }));
        QVERIFY(has(refusalOf(folder), "citeseer, cora"));
        QVERIFY(has(refusalOf(folder, "pubmed"), "pubmed"));
    }

    void otherFormats()
    {
        NEED_SHARED("data/graphs/npz/cora.npz");
        const fs::path folder = sharedDir() / "data/graphs";
        const Graph npz = readGraph({folder / "npz/cora.npz", {}, {}});
        QCOMPARE(npz.nodes(), 2708);
        QCOMPARE(npz.edges(), int64_t(5278));
        QCOMPARE(npz.features.columns(), 1433);
        QCOMPARE(npz.classes.size(), size_t(7));
        QVERIFY(has(npz.classes[0], "_") && npz.nodeNames.size() == 2708);
        const Graph musae = readGraph({folder / "musae", {}, {}});
        QCOMPARE(musae.nodes(), 22470);
        QCOMPARE(musae.classes, (std::vector<std::string>{"company", "government", "politician", "tvshow"}));
        QCOMPARE(musae.edges(), int64_t(170823));
        QVERIFY(isSymmetric(musae.adjacency));
        QVERIFY(has(musae.nodeNames[0], "The Voice of China"));
        const Graph texas = readGraph({folder / "webkb/texas", {}, {}});
        QCOMPARE(texas.nodes(), 183);
        QCOMPARE(texas.features.columns(), 1703);
        std::vector<int64_t> counts;
        for (int label = 0; label < 5; ++label)
            counts.push_back(std::ranges::count(texas.labels, label));
        std::ranges::sort(counts);
        QCOMPARE(counts, (std::vector<int64_t>{1, 18, 30, 33, 101}));
    }

    void edgesAreMadeWhole()
    {
        TempDir dir;
        // One direction, a loop, a repetition, an isolated node, a node without features.
        writeGeomGcn(dir / "g", "0\t1\n1\t1\n1\t0\n0\t1\n1\t2\n", "0\t1,0\t0\n2\t0,0\t1\n1\t0,2\t1\n3\t1,1\t0\n");
        const Graph graph = readGraph({dir / "g", {}, {}});
        QCOMPARE(graph.name, std::string("g"));
        QCOMPARE(graph.edges(), int64_t(2));
        QVERIFY(isSymmetric(graph.adjacency));
        QCOMPARE(graph.labels, (std::vector<int>{0, 1, 1, 0}));
        QCOMPARE(graph.adjacency.columnsOf(3).size(), size_t(0));
        QCOMPARE(graph.features.words.columnsOf(2).size(), size_t(0));
        QVERIFY(has(graph.notes.at(0), "1 loops"));
    }

    /// Each refusal names the file and what to do.
    void badGraphs()
    {
        TempDir dir;
        const std::string nodes = "0\t1,0\t0\n1\t0,1\t1\n";
        int number = 0;
        const auto geom = [&](const std::string& edges, const std::string& rows) {
            const fs::path folder = dir / std::to_string(++number);
            writeGeomGcn(folder, edges, rows);
            return refusalOf(folder);
        };
        QCOMPARE(geom("0\t1\n", nodes), std::string());
        QVERIFY(has(geom("0\t2\n", nodes), "node 2"));
        QVERIFY(has(geom("0\t-1\n", nodes), "node -1"));
        QVERIFY(has(geom("0\t9999999999\n", nodes), "9999999999"));
        QVERIFY(has(geom("0,1\n", nodes), "tabs"));
        QVERIFY(has(geom("0\tone\n", nodes), "one"));
        QVERIFY(has(geom("", nodes), "no edges"));
        QVERIFY(has(geom("0\t0\n", nodes), "no edges"));
        QVERIFY(has(geom("0\t1\n", ""), "no nodes") || has(geom("0\t1\n", ""), "node"));
        QVERIFY(has(geom("0\t1\n", "0\t1,0\t0\n1\t0\t1\n"), "features"));
        QVERIFY(has(geom("0\t1\n", "0\t1,0\t0\n1\tnan,0\t1\n"), "nan"));
        QVERIFY(has(geom("0\t1\n", "0\t1,0\t0\n0\t1,0\t1\n"), "node 0"));
        QVERIFY(has(geom("0\t1\n", "0\t1,0\t0\n1\t1,0\t-4\n"), "label -4"));
        QVERIFY(has(geom("0\t1\n", "0 1,0 0\n1 1,0 1\n"), "tabs"));
        const auto musae = [&](const std::string& edges, const std::string& features, const std::string& targets) {
            const fs::path folder = dir / std::to_string(++number);
            writeMusae(folder, edges, features, targets);
            return refusalOf(folder);
        };
        const std::string edges = "id_1,id_2\n0,1\n2,3\n", features = R"({"0": [1], "1": [2], "2": [], "3": [0, 4]})",
                          targets = "id,page,kind\n0,\"a, b\",x\n1,c,y\n2,d,x\n3,e,y\n";
        QCOMPARE(musae(edges, features, targets), std::string());
        QVERIFY(has(musae("id_1,id_2\n0,4\n", features, targets), "node 4"));
        QVERIFY(has(musae("id_1,id_2\n0;1\n", features, targets), "commas"));
        QVERIFY(has(musae(edges, R"({"7": [1]})", targets), "node 7"));
        QVERIFY(has(musae(edges, R"({"0": [-1]})", targets), "node 0"));
        QVERIFY(has(musae(edges, R"({"0": 3})", targets), "list"));
        QVERIFY(has(musae(edges, "[]", targets), "object"));
        QVERIFY(has(musae(edges, features, "id,page,kind\n0,a,x\n0,c,y\n2,d,x\n3,e,y\n"), "node 0"));
        QVERIFY(has(musae(edges, features, "id,page\n0,a\n1,c\n2,d\n3,e\n"), "--label-column"));
        // Words that repeat are classes however few nodes there are, numbers are not.
        const std::string three = R"({"0": [1], "1": [2], "2": [3]})", kinds = "id,kind\n0,a\n1,b\n2,a\n";
        QCOMPARE(musae("id_1,id_2\n0,1\n1,2\n", three, kinds), std::string());
        QVERIFY(has(musae("id_1,id_2\n0,1\n0,99999999999\n", three, kinds), "99999999999"));
        QVERIFY(has(musae("id_1,id_2\n0,1\n1,2\n", three, "id,views\n0,10\n1,7\n2,10\n"), "--label-column"));
        QVERIFY(has(refusalOf(dir / "nowhere"), "does not exist"));
        fs::create_directories(dir / "empty");
        QVERIFY(has(refusalOf(dir / "empty"), "no graph that is known"));
    }

    void labelColumns()
    {
        TempDir dir;
        writeMusae(
            dir / "m", "a,b\n0,1\n", R"({"0": [1], "1": [2]})", "id,mood,kind\n0,good,x\n1,bad,x\n2,good,y\n3,bad,y\n");
        QCOMPARE(readGraph({dir / "m", {}, {}}).classes, (std::vector<std::string>{"x", "y"}));
        QCOMPARE(readGraph({dir / "m", {}, "mood"}).classes, (std::vector<std::string>{"bad", "good"}));
        QVERIFY(has(errorOf<Error>([&] { readGraph({dir / "m", {}, "sort"}); }), "id, mood, kind"));
    }
};

QTEST_APPLESS_MAIN(TestGraphReader)
#include "tst_graph_reader.moc"
