// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/label_proposals.h"

#include "base/error.h"
#include "base/random.h"
#include "graph/gnn_training.h"
#include "graph/parallel_tasks_internal.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

namespace clipscope {

namespace {

constexpr int kHeldShare = 4; ///< one of so many labels of a class is held out
constexpr int kLeastExponent = -10, kMostExponent = 2; ///< of sqrt 2: the temperatures that are tried

/// What one member says of each node.
struct Answers {
    std::vector<int> labels; ///< [nodes]
    std::vector<float> confidences; ///< [nodes]
};

class Proposing {
public:
    Proposing(const Graph& graph, const LabelProposalOptions& options, const JobContext& context)
        : m_graph(graph)
        , m_options(options)
        , m_context(context)
        , m_members(size_t(std::max(1, options.members)))
    {
        for (int node = 0; node < graph.nodes(); ++node)
            (graph.labels[size_t(node)] >= 0 ? m_all.train : m_all.test).push_back(node);
        if (m_all.test.empty())
            throw Error(ErrorKind::Input, "has a label at every node", graph.name, "There is nothing to propose.");
        for (size_t member = 0; member < m_members && options.featureProbe; ++member)
            m_splits.push_back(heldOut(member));
        const bool holds = !m_splits.empty() && !m_splits.front().test.empty();
        m_count = int64_t(holds ? 2 * m_members : m_members);
        if (!holds)
            m_splits.clear();
    }

    LabelProposals run()
    {
        LabelProposals out;
        m_context.progress(0, m_count, toString(m_options.training.method));
        std::vector<Matrix> scores(m_splits.size()); // of the probe
        askAboutHeldOut(scores, out);
        out.byProbe = out.heldOut > 0 && out.rightByProbe >= out.rightByNetworks; // of equal ones the quicker
        const std::vector<Answers> answers = out.byProbe ? probeAnswers(scores) : networkAnswers();
        for (const int node : m_all.test)
            out.nodes.push_back(vote(node, answers));
        std::ranges::stable_sort(out.nodes, {}, &LabelProposal::confidence);
        return out;
    }

private:
    /// Of each class with more than one label a quarter, at least one, is not learnt from.
    GraphSplit heldOut(size_t member) const
    {
        GraphSplit out;
        std::vector<std::vector<int>> ofClass(m_graph.classes.size());
        for (const int node : m_all.train)
            ofClass[size_t(m_graph.labels[size_t(node)])].push_back(node);
        Random random(deriveSeed(m_context.seed, m_members + member));
        for (std::vector<int>& nodes : ofClass) {
            random.shuffle(nodes);
            const size_t held = nodes.size() > 1 ? std::max<size_t>(1, nodes.size() / kHeldShare) : 0;
            out.test.insert(out.test.end(), nodes.begin(), nodes.begin() + ptrdiff_t(held));
            out.train.insert(out.train.end(), nodes.begin() + ptrdiff_t(held), nodes.end());
        }
        std::ranges::sort(out.train);
        std::ranges::sort(out.test);
        return out;
    }

    SelfTrainingStage train(const GraphSplit& split, size_t member, const JobContext& quiet) const
    {
        SelfTrainingOptions own = m_options.training;
        own.seed = deriveSeed(m_context.seed, uint64_t(member));
        return selfTrain(m_graph, split, own, quiet).back();
    }

    int right(const GraphSplit& split, const std::vector<int>& labels) const
    {
        return int(std::ranges::count_if(
            split.test, [&](int node) { return labels[size_t(node)] == m_graph.labels[size_t(node)]; }));
    }

    void askAboutHeldOut(std::vector<Matrix>& scores, LabelProposals& out)
    {
        std::vector<int> byNetwork(m_splits.size()), byProbe(m_splits.size());
        runTasks(m_splits.size(), m_options.threads, m_context, [&](size_t member, const JobContext& quiet) {
            const GraphSplit& split = m_splits[member];
            scores[member] = m_options.featureProbe(m_graph, split.train, quiet);
            byProbe[member] = right(split, largestOf(scores[member]));
            byNetwork[member] = right(split, train(split, member, quiet).predictions);
            m_context.progress(++m_done, m_count, "labels held out");
        });
        for (size_t member = 0; member < m_splits.size(); ++member) {
            out.heldOut += int(m_splits[member].test.size());
            out.rightByNetworks += byNetwork[member];
            out.rightByProbe += byProbe[member];
        }
    }

    std::vector<Answers> networkAnswers()
    {
        std::vector<Answers> out(m_members);
        runTasks(m_members, m_options.threads, m_context, [&](size_t member, const JobContext& quiet) {
            SelfTrainingStage stage = train(m_all, member, quiet);
            out[member] = {std::move(stage.predictions), std::move(stage.confidences)};
            m_context.progress(++m_done, m_count, toString(m_options.training.method));
        });
        return out;
    }

    /// Each learns from all labels and sees half of the features.
    std::vector<Answers> probeAnswers(const std::vector<Matrix>& heldOutScores)
    {
        const float factor = 1 / float(temperature(heldOutScores));
        std::vector<Answers> out(m_members);
        runTasks(m_members, m_options.threads, m_context, [&](size_t member, const JobContext& quiet) {
            Matrix scores = m_options.featureProbe(halfBlind(member), m_all.train, quiet);
            Answers& answers = out[member];
            answers.labels = largestOf(scores);
            for (float& score : scores.values)
                score *= factor;
            softmaxOfMembers(scores, 1);
            answers.confidences = valuesAt(scores, answers.labels);
            m_context.progress(++m_done, m_count, kFeatureProbeName);
        });
        return out;
    }

    Graph halfBlind(size_t member) const
    {
        Graph out;
        out.features.vectors = m_graph.features.vectors;
        out.labels = m_graph.labels;
        out.classes = m_graph.classes;
        out.adjacency.rows = out.adjacency.columns = m_graph.nodes();
        Random random(deriveSeed(m_context.seed, 2 * m_members + member));
        std::vector<bool> seen(size_t(m_graph.features.columns()));
        for (size_t column = 0; column < seen.size(); ++column)
            seen[column] = random.below(2) == 1;
        if (m_graph.features.areWords())
            out.features.words = filtered(m_graph.features.words, [&](int, int word) { return seen[size_t(word)]; });
        for (size_t node = 0; node < out.features.vectors.rows; ++node)
            for (size_t column = 0; column < seen.size(); ++column)
                if (!seen[column])
                    out.features.vectors.at(node, column) = 0;
        return out;
    }

    /// Under which what was held out is likeliest.
    double temperature(const std::vector<Matrix>& scores) const
    {
        Matrix heldOut;
        NodeTargets truth;
        for (size_t member = 0; member < scores.size(); ++member)
            for (const int node : m_splits[member].test) {
                heldOut.append(scores[member].row(size_t(node)));
                truth.labels.push_back(m_graph.labels[size_t(node)]);
            }
        double best = 1, least = std::numeric_limits<double>::infinity();
        for (int exponent = kLeastExponent; exponent <= kMostExponent; ++exponent) {
            const double tried = std::pow(2., exponent / 2.);
            Matrix scaled = heldOut;
            for (float& score : scaled.values)
                score /= float(tried);
            if (const double loss = crossEntropyOf(scaled, truth, 1).front(); loss < least) {
                least = loss;
                best = tried;
            }
        }
        return best;
    }

    LabelProposal vote(int node, const std::vector<Answers>& answers) const
    {
        LabelProposal out;
        out.node = node;
        out.votes.assign(m_graph.classes.size(), 0);
        std::vector<float> sureness(m_graph.classes.size(), 0.F);
        for (const Answers& member : answers) {
            const auto label = size_t(member.labels[size_t(node)]);
            ++out.votes[label];
            sureness[label] += member.confidences[size_t(node)];
        }
        size_t best = 0;
        for (size_t label = 1; label < out.votes.size(); ++label)
            if (std::pair(out.votes[label], sureness[label]) > std::pair(out.votes[best], sureness[best]))
                best = label;
        out.label = int(best);
        out.confidence = sureness[best] / float(m_members);
        return out;
    }

    const Graph& m_graph;
    const LabelProposalOptions& m_options;
    const JobContext& m_context;
    const size_t m_members;
    GraphSplit m_all; ///< learns from all labels, is asked about all others
    std::vector<GraphSplit> m_splits; ///< one a member; empty where nothing can be held out
    int64_t m_count = 0;
    std::atomic<int64_t> m_done = 0;
};

} // namespace

LabelProposals proposeLabels(const Graph& graph, const LabelProposalOptions& options, const JobContext& context)
{
    return Proposing(graph, options, context).run();
}

} // namespace clipscope
