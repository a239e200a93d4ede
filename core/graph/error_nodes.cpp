// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/error_nodes.h"

#include "base/error.h"
#include "base/random.h"
#include "graph/gnn_training.h"
#include "graph/learned_detector_internal.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace clipscope {

namespace {

constexpr std::pair<ErrorDetector, const char*> kNames[] = {{ErrorDetector::Entropy, "entropy"},
    {ErrorDetector::Disagreement, "disagreement"}, {ErrorDetector::Learned, "learned"},
    {ErrorDetector::Oracle, "oracle"}, {ErrorDetector::Random, "random"}};

float winnersShare(const EnsembleAnswers& answers, size_t node)
{
    return *std::ranges::max_element(answers.votes.row(node)) / float(answers.members);
}

} // namespace

float normalisedEntropy(std::span<const float> p)
{
    double sum = 0;
    for (const float value : p)
        if (value > 0)
            sum -= double(value) * std::log(double(value));
    return p.size() < 2 ? 0 : float(std::clamp(sum / std::log(double(p.size())), 0., 1.));
}

const char* toString(ErrorDetector detector)
{
    return std::ranges::find(kNames, detector, &std::pair<ErrorDetector, const char*>::first)->second;
}

ErrorDetector errorDetector(const std::string& name)
{
    for (const auto& [detector, word] : kNames)
        if (name == word)
            return detector;
    throw Error(ErrorKind::Input, "is no detector of error nodes", name,
        "Use entropy, disagreement, learned, oracle or random.");
}

EnsembleAnswers answersOf(const Matrix& probabilities, int members)
{
    EnsembleAnswers out;
    out.members = members;
    out.mean = meanOfMembers(probabilities, members);
    out.predictions = largestOf(out.mean);
    out.votes = Matrix(out.mean.rows, out.mean.columns);
    for (int member = 0; member < members; ++member) {
        const std::vector<int> said = largestOf(probabilities, members, member);
        for (size_t node = 0; node < said.size(); ++node)
            ++out.votes.at(node, size_t(said[node]));
    }
    return out;
}

std::vector<float> errorScores(ErrorDetector detector, const Graph& graph, const GraphSplit& split,
    const EnsembleAnswers& answers, uint64_t seed, const JobContext& context)
{
    const auto nodes = size_t(graph.nodes());
    std::vector<float> out(nodes, 0);
    switch (detector) {
    case ErrorDetector::Entropy:
        for (size_t node = 0; node < nodes; ++node)
            out[node] = normalisedEntropy(answers.mean.row(node));
        break;
    case ErrorDetector::Disagreement:
        for (size_t node = 0; node < nodes; ++node)
            out[node] = 1 - winnersShare(answers, node);
        break;
    case ErrorDetector::Learned:
        out = learnedScores(graph, split, answers, seed, context);
        break;
    case ErrorDetector::Oracle:
        for (size_t node = 0; node < nodes; ++node)
            out[node] = graph.labels[node] >= 0 && answers.predictions[node] != graph.labels[node];
        break;
    case ErrorDetector::Random: {
        Random random(deriveSeed(seed, "by chance"));
        for (float& score : out)
            score = float(random.uniform());
        break;
    }
    }
    for (const int node : split.train)
        out[size_t(node)] = 0;
    return out;
}

std::vector<bool> errorNodes(std::span<const float> scores, const GraphSplit& split, double share)
{
    std::vector<bool> isTrained(scores.size(), false);
    for (const int node : split.train)
        isTrained[size_t(node)] = true;
    std::vector<int> order;
    for (size_t node = 0; node < scores.size(); ++node)
        if (!isTrained[node])
            order.push_back(int(node));
    const auto wanted = size_t(std::llround(std::clamp(share, 0., 1.) * double(order.size())));
    std::ranges::stable_sort(order, std::greater<>(), [&](int node) { return scores[size_t(node)]; });
    std::vector<bool> out(scores.size(), false);
    for (size_t i = 0; i < wanted; ++i)
        out[size_t(order[i])] = scores[size_t(order[i])] > 0;
    return out;
}

double areaUnderRoc(std::span<const float> scores, const std::vector<bool>& flags)
{
    std::vector<size_t> order(scores.size());
    std::iota(order.begin(), order.end(), size_t(0));
    std::ranges::sort(order, {}, [&](size_t i) { return scores[i]; });
    double pairs = 0, below = 0, yes = 0;
    for (size_t first = 0; first < order.size();) {
        size_t end = first;
        double yesHere = 0, noHere = 0;
        for (; end < order.size() && scores[order[end]] == scores[order[first]]; ++end)
            ++(flags[order[end]] ? yesHere : noHere);
        pairs += yesHere * (below + noHere / 2);
        below += noHere;
        yes += yesHere;
        first = end;
    }
    return yes == 0 || below == 0 ? std::numeric_limits<double>::quiet_NaN() : pairs / (yes * below);
}

} // namespace clipscope
