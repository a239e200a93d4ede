// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.h"
#include "bench_material.h"
#include "graph/error_nodes.h"
#include "graph/gnn_ensemble.h"

#include <algorithm>
#include <cstdio>

namespace clipscope {

namespace {

/// What a well-known graph of papers weighs.
struct Size {
    const char* name;
    int nodes, edges, words, wordsANode, classes;
};
constexpr Size kSizes[] = {{"Cora", 2708, 5278, 1433, 18, 7}, {"PubMed", 19717, 44324, 500, 50, 3}};
constexpr Size kQuickSizes[] = {{"Cora", 300, 600, 150, 10, 7}, {"PubMed", 500, 1000, 60, 20, 3}};

/// Random, with words and edges that tell the classes: four edges in five stay within one.
Graph benchGraph(const Size& size)
{
    Random random(1);
    Graph out;
    out.name = size.name;
    std::vector<std::vector<int>> ofClass(size_t(size.classes));
    for (int node = 0; node < size.nodes; ++node) {
        out.labels.push_back(int(random.below(uint64_t(size.classes))));
        ofClass[size_t(out.labels.back())].push_back(node);
    }
    for (int i = 0; i < size.classes; ++i)
        out.classes.push_back(std::to_string(i));
    std::vector<SparseEntry> edges, words;
    for (int i = 0; i < size.edges; ++i) {
        const int from = int(random.below(uint64_t(size.nodes)));
        const std::vector<int>& same = ofClass[size_t(out.labels[size_t(from)])];
        const int to = random.chance(.8) ? same[random.below(same.size())] : int(random.below(uint64_t(size.nodes)));
        edges.push_back({from, to});
    }
    for (int node = 0; node < size.nodes; ++node)
        for (int i = 0; i < size.wordsANode; ++i) {
            const int shift = out.labels[size_t(node)] * (size.words / (4 * size.classes) * 3);
            words.push_back({node, (int(random.below(uint64_t(size.words / 4))) + shift) % size.words});
        }
    out.adjacency = adjacencyOf(size.nodes, std::move(edges), out.name, out.notes);
    out.features.words = sparseMatrix(size.nodes, size.words, std::move(words));
    normaliseRowSums(out.features.words);
    for (const std::vector<int>& nodes : ofClass) {
        GraphSplit& split = out.publicSplit ? *out.publicSplit : out.publicSplit.emplace();
        constexpr size_t kLabels = 20;
        split.train.insert(split.train.end(), nodes.begin(), nodes.begin() + std::min(kLabels, nodes.size()));
    }
    return out;
}

/// Kipf and Welling's two layers of 16, one or an ensemble, from the edges to an answer for all nodes; how many are
/// right.
double trainAndAnswer(const Graph& graph, int members, int epochs, const JobContext& context)
{
    EnsembleOptions options;
    options.members = members;
    options.diversity = Diversity::Seed;
    options.shape.hidden = 16;
    options.training.epochs = epochs;
    const GnnEnsemble ensemble(graph, *graph.publicSplit, options, context);
    const EnsembleAnswers answers = answersOf(ensemble.probabilities(), members);
    double rights = 0;
    for (size_t node = 0; node < graph.labels.size(); ++node)
        rights += answers.predictions[node] == graph.labels[node];
    return rights / double(graph.labels.size());
}

} // namespace

/// Trains graph networks of the size that papers report, one and ensembles.
std::vector<BenchRow> benchGnn(const BenchOptions& options, JobContext& context)
{
    const int epochs = options.quick ? 10 : 200;
    const std::vector<int> members = {1, 5, 10};
    JobContext quiet;
    quiet.stop = context.stop;
    std::vector<Graph> graphs;
    for (const Size& size : options.quick ? std::span<const Size>(kQuickSizes) : std::span<const Size>(kSizes))
        graphs.push_back(benchGraph(size));
    std::vector<Contender> contenders;
    std::vector<double> accuracies(graphs.size() * members.size());
    for (const Graph& graph : graphs)
        for (const int count : members) {
            double& accuracy = accuracies[contenders.size()];
            contenders.push_back(
                {graph.name + " size, " + std::to_string(count) + (count == 1 ? " GCN" : " GCNs together"),
                    [&, count] { accuracy = trainAndAnswer(graph, count, epochs, quiet); }});
        }
    std::vector<BenchRow> rows = {peakRow(options, context)};
    const std::vector<Laps> laps = measureInTurns(contenders, options.roundsOr(5), 1, context);
    for (size_t i = 0; i < contenders.size(); ++i) {
        BenchRow row = latencyRow(contenders[i].name, 1, laps[i]);
        char note[80];
        std::snprintf(note, sizeof note, "%d epochs, accuracy %.3f", epochs, accuracies[i]);
        row.note = note;
        if (const size_t one = i - i % members.size(); i != one) {
            row.ratio = members[i % members.size()] * laps[one].cpuSec() / laps[i].cpuSec();
            row.against = "one after the other";
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace clipscope
