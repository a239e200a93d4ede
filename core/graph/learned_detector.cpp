// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/random.h"
#include "graph/binary_logistic.h"
#include "graph/ensemble_rivals.h"
#include "graph/learned_detector_internal.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace clipscope {

namespace {

constexpr int kFeatures = 13, kFolds = 5;

Matrix product(const SparseMatrix& a, const Matrix& x)
{
    Matrix out(size_t(a.rows), x.columns);
    addSparseProduct(a, a.values, 1, view(x), view(out));
    return out;
}

/// Labels of the nodes to train on, spread along the edges (Zhou et al. 2004): [nodes, classes], each row of sum 1; of
/// zeros where none arrives.
Matrix spreadLabels(const Graph& graph, const GraphSplit& split)
{
    constexpr int kRounds = 20;
    constexpr float kTravels = .9F;
    const SparseMatrix along = gcnPropagation(graph.adjacency);
    Matrix source(size_t(graph.nodes()), graph.classes.size());
    for (const int node : split.train)
        if (const int label = graph.labels[size_t(node)]; label >= 0)
            source.at(size_t(node), size_t(label)) = 1;
    Matrix out = source;
    for (int round = 0; round < kRounds; ++round) {
        out = product(along, out);
        for (size_t i = 0; i < out.values.size(); ++i)
            out.values[i] = kTravels * out.values[i] + (1 - kTravels) * source.values[i];
    }
    for (size_t node = 0; node < out.rows; ++node) {
        const float sum = std::accumulate(out.row(node).begin(), out.row(node).end(), 0.F);
        for (float& value : out.row(node))
            value = sum > 0 ? value / sum : 0;
    }
    return out;
}

/// What a network says that sees no edges, taught by the ensemble.
Matrix taughtWithoutGraph(const Graph& graph, const GraphSplit& split, const EnsembleAnswers& answers, uint64_t seed,
    const JobContext& context)
{
    StudentOptions options;
    options.seed = deriveSeed(seed, "without graph");
    return MlpStudent(graph, split, answers.mean, std::vector<bool>(size_t(graph.nodes()), false), options, context)
        .probabilities();
}

float largestBut(std::span<const float> row, size_t own)
{
    float out = 0;
    for (size_t c = 0; c < row.size(); ++c)
        if (c != own)
            out = std::max(out, row[c]);
    return out;
}

/// Of each node, [nodes, 13]: how sure the ensemble is, whether its neighbours' answers, the spread labels and the
/// plain network bear it out.
Matrix detectorFeatures(const Graph& graph, const EnsembleAnswers& answers, const Matrix& plain, const Matrix& spread)
{
    const SparseMatrix mean = meanPropagation(graph.adjacency);
    Matrix entropies(size_t(graph.nodes()), 1);
    for (size_t node = 0; node < entropies.rows; ++node)
        entropies.at(node, 0) = normalisedEntropy(answers.mean.row(node));
    const Matrix around = product(mean, answers.mean), farther = product(mean, around),
                 plainAround = product(mean, plain), entropiesAround = product(mean, entropies);
    const std::vector<int> plainAnswers = largestOf(plain);
    Matrix out(entropies.rows, kFeatures);
    for (size_t node = 0; node < out.rows; ++node) {
        const std::span<const float> p = answers.mean.row(node);
        const auto own = size_t(answers.predictions[node]);
        const size_t degree = graph.adjacency.columnsOf(int(node)).size();
        const float features[kFeatures] = {entropies.at(node, 0), p[own], p[own] - largestBut(p, own),
            answers.votes.at(node, own) / float(answers.members), degree == 0 ? 1 : around.at(node, own),
            degree == 0 ? entropies.at(node, 0) : entropiesAround.at(node, 0), std::log1p(float(degree)),
            float(plainAnswers[node] == answers.predictions[node]), plain.at(node, own), plainAround.at(node, own),
            farther.at(node, own), largestBut(around.row(node), own), spread.at(node, own)};
        std::copy_n(features, kFeatures, out.row(node).begin());
    }
    return out;
}

} // namespace

std::vector<float> learnedScores(const Graph& graph, const GraphSplit& split, const EnsembleAnswers& answers,
    uint64_t seed, const JobContext& context)
{
    std::vector<int> known = targetsOf(graph, split.validation).nodes;
    if (known.empty())
        throw Error(ErrorKind::Input, "has no validation nodes for the learned detector", graph.name,
            "Give some to validate on, or detect by entropy.");
    const Matrix features = detectorFeatures(
        graph, answers, taughtWithoutGraph(graph, split, answers, seed, context), spreadLabels(graph, split));
    Random(deriveSeed(seed, "folds")).shuffle(known);
    const auto isWrong = [&](int node) { return answers.predictions[size_t(node)] != graph.labels[size_t(node)]; };
    const auto wrong = std::ranges::count_if(known, isWrong);
    if (wrong == 0 || wrong == std::ssize(known))
        return std::vector<float>(features.rows, 0); // nothing tells an error from the rest
    const auto fitted = [&](int leftOut) {
        Matrix rows;
        std::vector<bool> flags;
        for (size_t i = 0; i < known.size(); ++i)
            if (int(i % kFolds) != leftOut) {
                rows.append(features.row(size_t(known[i])));
                flags.push_back(isWrong(known[i]));
            }
        return BinaryLogistic(rows, flags);
    };
    std::vector<float> out;
    const BinaryLogistic all = fitted(-1);
    for (size_t node = 0; node < features.rows; ++node)
        out.push_back(all.probability(features.row(node)));
    if (int(known.size()) >= 2 * kFolds)
        for (int fold = 0; fold < kFolds; ++fold) {
            const BinaryLogistic others = fitted(fold);
            for (size_t i = size_t(fold); i < known.size(); i += kFolds)
                out[size_t(known[i])] = others.probability(features.row(size_t(known[i])));
        }
    return out;
}

} // namespace clipscope
