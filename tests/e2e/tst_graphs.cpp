// SPDX-License-Identifier: GPL-3.0-or-later
#include "e2e/program.h"

#include "base/random.h"
#include "support/npy_writer.h"
#include "support/test_data.h"

#include <QTest>

#include <fstream>

namespace fs = std::filesystem;
using namespace clipscope;
using namespace clipscope::test;

/// Self-training and isolation by the command line twin: on a library of imported vectors (three clouds, each video
/// joined to its nearest) and on a graph of files.
class GraphsTest : public QObject {
    Q_OBJECT

    static constexpr int kClasses = 3, kEach = 40, kDim = 64;

    Ended fastrain(std::vector<std::string> more) const
    {
        more.insert(more.begin(), {"fastrain", "run", "--epochs", "40", "--seeds", "3", "--json"});
        return m_box.cli(more);
    }

private Q_SLOTS:
    void initTestCase()
    {
        Random random(5);
        std::vector<float> centres(kClasses * kDim), vectors;
        for (float& v : centres)
            v = float(random.normal());
        std::ofstream ids(m_box / "ids.txt"), labels(m_box / "labels.csv");
        labels << "path,label\n";
        for (int i = 0; i < kClasses * kEach; ++i) {
            const int c = i % kClasses;
            ids << "clip" << i << "\n";
            if (i % 10 != 9) // a tenth without a label
                labels << "clip" << i << ",kind_" << c << "\n";
            for (int j = 0; j < kDim; ++j)
                vectors.push_back(centres[size_t(c * kDim + j)] + float(3 * random.normal()));
        }
        ids.close();
        labels.close();
        writeNpy(m_box / "clouds.npy", {kClasses * kEach, kDim}, vectors);
        const Ended imported = m_box.cli(
            {"import-embeddings", "--library", (m_box / "l").string(), "--vectors", (m_box / "clouds.npy").string(),
                "--ids", (m_box / "ids.txt").string(), "--labels", (m_box / "labels.csv").string(), "--model", "fake"});
        QVERIFY2(imported.status == 0, imported.err.c_str());
    }

    void onALibrary()
    {
        const std::string library = (m_box / "l").string();
        const Ended ended = fastrain(
            {"--library", library, "--labels-per-class", "2", "--methods", "GCN,FASTRAIN", "--neighbours", "5"});
        QVERIFY2(ended.status == 0, ended.err.c_str());
        const Json json = ended.json();
        QCOMPARE(json["nodes"].get<int>(), kClasses * kEach);
        QCOMPARE(json["classes"].get<int>(), kClasses);
        QCOMPARE(json["methods"].size(), size_t(2));
        for (const Json& method : json["methods"]) {
            QVERIFY(method["accuracyMean"].get<double>() > .5);
            QVERIFY(method["seconds"].get<double>() > 0);
            for (const Json& stage : method["stages"])
                for (const char* key : {"added", "precision", "edges", "accuracy"})
                    QVERIFY2(stage.contains(key), key);
        }
        QCOMPARE(json["methods"][1]["stages"].size(), size_t(4));
        QVERIFY(json["run"].is_number()); // kept in the library
        const Ended again = fastrain(
            {"--library", library, "--labels-per-class", "2", "--methods", "GCN,FASTRAIN", "--neighbours", "5"});
        QVERIFY(again.json()["arrays"] == json["arrays"]);
    }

    void proposals()
    {
        const std::string library = (m_box / "l").string();
        const auto propose = [&](std::vector<std::string> more) {
            more.insert(more.begin(),
                {"fastrain", "propose", "--library", library, "--epochs", "40", "--members", "3", "--json"});
            return m_box.cli(more);
        };
        const Ended ended = propose({});
        QVERIFY2(ended.status == 0, ended.err.c_str());
        const Json all = ended.json();
        QCOMPARE(all["proposals"].size(), size_t(kClasses * kEach / 10));
        QCOMPARE(all["accepted"].get<int>(), 0);
        // Three times a quarter of the 36 labels of each cloud.
        QCOMPARE(all["heldOut"]["labels"].get<int>(), 3 * kClasses * (kEach * 9 / 10 / 4));
        QCOMPARE(all["by"].get<std::string>(),
            std::string(all["heldOut"]["linear"] >= all["heldOut"]["networks"] ? "linear" : "networks"));
        double before = 0;
        std::vector<double> confidences;
        int right = 0;
        for (const Json& proposal : all["proposals"]) {
            const double confidence = proposal["confidence"].get<double>();
            QVERIFY(confidence >= before);
            before = confidence;
            confidences.push_back(confidence);
            const std::string name = fs::path(proposal["path"].get<std::string>()).stem().string();
            right += proposal["label"] == "kind_" + std::to_string(std::stoi(name.substr(4)) % kClasses);
        }
        QVERIFY2(right >= 9, qPrintable(QString::number(right))); // of 12
        // The surer half is accepted, and asked for no more; the run is kept with what was found.
        const auto sure = std::ranges::count_if(confidences, [&](double c) { return c >= confidences[6]; });
        const Json accepted = propose({"--accept", std::to_string(confidences[6] - 1e-6)}).json();
        QCOMPARE(accepted["accepted"].get<ptrdiff_t>(), sure);
        QCOMPARE(accepted["kind"].get<std::string>(), std::string("proposals"));
        QVERIFY(accepted["run"].is_number());
        QCOMPARE(propose({}).json()["proposals"].size(), confidences.size() - size_t(sure));
    }

    void onFiles()
    {
        NEED_SHARED("data/graphs/webkb/texas/out1_graph_edges.txt");
        const std::string texas = (sharedDir() / "data/graphs/webkb/texas").string();
        const Ended ended = fastrain({"--graph", texas, "--labels-per-class", "2", "--methods", "GCN,Li"});
        QVERIFY2(ended.status == 0, ended.err.c_str());
        QCOMPARE(ended.json()["nodes"].get<int>(), 183);
        QVERIFY(!ended.json().contains("run"));
        const Ended table =
            m_box.cli({"fastrain", "run", "--graph", texas, "--epochs", "5", "--seeds", "2", "--methods", "GCN,M3S"});
        QVERIFY2(table.status == 0 && table.out.find("M3S") != std::string::npos, table.err.c_str());
    }

    /// The linear probe sees features alone: right where they say all, blind where they say nothing.
    void withoutTheGraph()
    {
        const auto accuracy = [this](const std::string& name, bool wordsTell) {
            const fs::path folder = m_box / name;
            fs::create_directories(folder);
            std::ofstream edges(folder / "out1_graph_edges.txt"), nodes(folder / "out1_node_feature_label.txt");
            edges << "node_id\tnode_id\n";
            nodes << "node_id\tfeature\tlabel\n";
            for (int node = 0; node < 60; ++node) {
                edges << node << "\t" << (node + 3) % 60 << "\n"; // three rings, a class each
                const int word = wordsTell ? node % 3 : 0;
                nodes << node << "\t" << (word == 0) << "," << (word == 1) << "," << (word == 2) << ",1\t" << node % 3
                      << "\n";
            }
            edges.close();
            nodes.close();
            const Ended ended =
                fastrain({"--graph", folder.string(), "--labels-per-class", "1", "--methods", "linear,GCN"});
            return ended.status == 0 ? ended.json() : Json(ended.err);
        };
        const Json told = accuracy("told", true);
        QVERIFY2(told.contains("methods"), told.dump().c_str());
        QCOMPARE(told["methods"][0]["name"].get<std::string>(), std::string("linear"));
        QCOMPARE(told["methods"][0]["accuracyMean"].get<double>(), 1.);
        QCOMPARE(told["methods"][0]["stages"].size(), size_t(1));
        QCOMPARE(told["methods"][0]["stages"][0]["labelled"].get<double>(), 3.);
        QCOMPARE(told["comparisons"][0]["against"].get<std::string>(), std::string("linear"));
        QVERIFY(std::abs(accuracy("untold", false)["methods"][0]["accuracyMean"].get<double>() - 1 / 3.) < 1e-9);
    }

    void isolation()
    {
        std::vector<std::string> command = {"geeni", "run", "--library", (m_box / "l").string(), "--epochs", "40",
            "--seeds", "2", "--labels-per-class", "3", "--validation", "30", "--q", "0.1,0.3", "--neighbours", "5"};
        std::vector<std::string> asJson = command;
        asJson.push_back("--json");
        const Ended ended = m_box.cli(asJson);
        QVERIFY2(ended.status == 0, ended.err.c_str());
        const Json json = ended.json();
        for (const char* key :
            {"meanSingle", "ensemble", "isolated", "picked", "areas", "front", "config", "seed", "run"})
            QVERIFY2(json.contains(key), key);
        QCOMPARE(json["isolated"].size(), size_t(10));
        for (const char* key : {"detector", "q", "accuracy", "macs", "seconds"})
            QVERIFY2(json["isolated"][0].contains(key), key);
        QVERIFY(json["ensemble"].get<double>() > .6);
        for (const char* key : {"name", "accuracy", "macs", "detectionMacs", "cpuSeconds", "onFront"})
            QVERIFY2(json["front"][0].contains(key), key);
        const Ended table = m_box.cli(command);
        QVERIFY(table.out.find("oracle") != std::string::npos && table.out.find("one network") != std::string::npos);
        QVERIFY(table.out.find("MC-dropout") != std::string::npos);
        command.push_back("--no-front");
        QVERIFY(m_box.cli(command).out.find("MC-dropout") == std::string::npos);
        const Ended bare = m_box.cli({"geeni", "run", "--library", (m_box / "l").string()});
        QVERIFY(bare.status == 1 && bare.err.find("--labels-per-class") != std::string::npos);
    }

    void refusals()
    {
        QCOMPARE(fastrain({}).status, 1);
        QVERIFY(fastrain({}).err.find("--graph or --library") != std::string::npos);
        QCOMPARE(fastrain({"--graph", (m_box / "nowhere").string()}).status, 1);
        QCOMPARE(fastrain({"--graph", (m_box / "nowhere").string(), "--methods", "GIN"}).status, 2);
    }

private:
    Sandbox m_box;
};

QTEST_GUILESS_MAIN(GraphsTest)
#include "tst_graphs.moc"
