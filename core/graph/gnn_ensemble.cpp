// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/gnn_ensemble.h"

#include "base/error.h"
#include "base/random.h"
#include "graph/isolation.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace clipscope {

namespace {

constexpr std::pair<Diversity, const char*> kNames[] = {{Diversity::Seed, "seed"}, {Diversity::Bagging, "bagging"},
    {Diversity::Features, "features"}, {Diversity::Edges, "edges"}, {Diversity::Shape, "shape"},
    {Diversity::Mixed, "mixed"}};

/// How a network's propagation counts again who is heard (papers section 6.2 C): the root for GCN, which divides by the
/// root of the degrees of both ends; the whole for a mean. An attention does so by itself.
double restoring(GnnKind kind, bool rescales)
{
    return !rescales ? 0 : kind == GnnKind::Gcn ? .5 : 1;
}

bool differs(Diversity diversity, Diversity in)
{
    return diversity == in || (diversity == Diversity::Mixed && in != Diversity::Bagging);
}

GnnShape shapeOf(const EnsembleOptions& options, int member)
{
    GnnShape out = options.shape;
    if (!differs(options.diversity, Diversity::Shape))
        return out;
    if (member % 4 == 1)
        out.hidden = std::max(1, out.hidden / 2);
    if (member % 4 == 2)
        out.layers += 1;
    if (member % 4 == 3 && options.diversity == Diversity::Shape)
        out.kind = out.kind == GnnKind::Sage ? GnnKind::Gcn : GnnKind::Sage;
    return out;
}

/// How many networks may be computed in one pass before their first layer no longer stays in a core's cache: then the
/// pass costs more than it saves.
int membersInCache(const GnnShape& shape, int inputs)
{
    constexpr size_t kCacheBytes = 512 * 1024;
    const size_t width = size_t(shape.hidden) * size_t(shape.kind == GnnKind::Gat ? shape.heads : 1);
    return int(std::max<size_t>(1, kCacheBytes / (sizeof(float) * size_t(inputs) * width)));
}

std::vector<int> someColumns(int columns, double share, uint64_t seed)
{
    std::vector<int> out;
    const auto wanted = size_t(std::max(1., std::round(share * columns)));
    for (const int64_t column : Random(seed).permutation(columns))
        if (out.size() < wanted)
            out.push_back(int(column));
    return out;
}

/// How often each target counts for each member when as many are drawn with repetition; a class that a member would
/// lose keeps its first node.
std::vector<float> bags(const NodeTargets& targets, int classes, std::span<const uint64_t> seeds)
{
    std::vector<float> out(targets.nodes.size() * seeds.size(), 0);
    for (size_t member = 0; member < seeds.size(); ++member) {
        Random random(deriveSeed(seeds[member], "bag"));
        std::vector<bool> has(size_t(classes), false);
        for (size_t i = 0; i < targets.nodes.size(); ++i) {
            const size_t drawn = random.below(targets.nodes.size());
            ++out[drawn * seeds.size() + member];
            has[size_t(targets.labels[drawn])] = true;
        }
        for (size_t i = 0; i < targets.nodes.size(); ++i)
            if (!has[size_t(targets.labels[i])]) {
                out[i * seeds.size() + member] = 1;
                has[size_t(targets.labels[i])] = true;
            }
    }
    return out;
}

/// A view that lacks some edges, each in both directions.
SparseMatrix thinned(const SparseMatrix& adjacency, double share, uint64_t seed)
{
    return filtered(adjacency, [&](int row, int column) {
        const auto low = uint64_t(std::min(row, column)), high = uint64_t(std::max(row, column));
        return double(deriveSeed(deriveSeed(seed, low), high) >> 11) * 0x1p-53 < share;
    });
}

} // namespace

const char* toString(Diversity diversity)
{
    return std::ranges::find(kNames, diversity, &std::pair<Diversity, const char*>::first)->second;
}

Diversity diversityOf(const std::string& name)
{
    for (const auto& [diversity, word] : kNames)
        if (name == word)
            return diversity;
    throw Error(ErrorKind::Input, "is nothing that members differ in", name,
        "Use seed, bagging, features, edges, shape or mixed.");
}

GnnEnsemble::GnnEnsemble(
    const Graph& graph, const GraphSplit& split, const EnsembleOptions& options, const JobContext& context)
    : m_graph(&graph)
    , m_members(options.members)
{
    if (options.members < 1)
        throw Error(ErrorKind::Input, "has no members", "ensemble", "Ask for one at least.");
    const Diversity diversity = options.diversity;
    const auto classes = int(graph.classes.size());
    const bool alone = differs(diversity, Diversity::Edges) || differs(diversity, Diversity::Shape);
    const int together = alone ? 1 : membersInCache(options.shape, graph.features.columns());
    for (int first = 0; first < options.members; first += together) {
        std::vector<uint64_t> seeds;
        for (int member = first; member < std::min(first + together, options.members); ++member)
            seeds.push_back(deriveSeed(options.seed, uint64_t(member)));
        Gnn gnn(shapeOf(options, first), graph.features.columns(), classes, seeds);
        if (differs(diversity, Diversity::Features))
            for (size_t i = 0; i < seeds.size(); ++i)
                gnn.restrictInputs(int(i),
                    someColumns(graph.features.columns(), options.featureShare, deriveSeed(seeds[i], "columns")));
        NodeTargets targets = targetsOf(graph, split.train);
        if (diversity == Diversity::Bagging)
            targets.weights = bags(targets, classes, seeds);
        const GnnKind kind = gnn.shape().kind;
        SparseMatrix whole = propagation(kind, graph.adjacency), learnt;
        if (differs(diversity, Diversity::Edges))
            learnt = propagation(kind, thinned(graph.adjacency, options.edgeShare, deriveSeed(seeds.front(), "edges")));
        GnnTrainingOptions training = options.training;
        training.seed = options.seed;
        trainGnn(gnn, graph.features, learnt.rows > 0 ? learnt : whole, targets, targetsOf(graph, split.validation),
            training, context);
        m_groups.push_back({std::move(gnn), std::move(whole), std::move(learnt), std::move(targets), size_t(first)});
    }
}

Matrix GnnEnsemble::probabilities(const std::vector<bool>& silent, bool rescales) const
{
    const size_t classes = m_graph->classes.size();
    Matrix out(size_t(m_graph->nodes()), size_t(m_members) * classes);
    for (const Group& group : m_groups) {
        Matrix part = logitsOf(group.gnn, m_graph->features,
            silent.empty() ? group.propagation
                           : withoutMessagesOf(group.propagation, silent, restoring(group.gnn.shape().kind, rescales)));
        softmaxOfMembers(part, group.gnn.members());
        for (size_t row = 0; row < part.rows; ++row)
            std::ranges::copy(part.row(row), out.row(row).begin() + int64_t(group.firstMember * classes));
    }
    return out;
}

Gnn::Cost GnnEnsemble::cost(const std::vector<bool>& silent) const
{
    Gnn::Cost out;
    for (const Group& group : m_groups) {
        const int64_t lost = silent.empty() ? 0 : messagesOf(group.propagation, silent);
        const Gnn::Cost each = group.gnn.cost(m_graph->features, group.propagation.entries() - lost);
        out.features += each.features;
        out.messages += each.messages;
    }
    return out;
}

GnnEnsemble::Reach GnnEnsemble::reach(std::span<const int> targets) const
{
    Reach out;
    for (const Group& group : m_groups) {
        const MessageFlow flow = MessageFlowBuilder(group.propagation).flow(targets, group.gnn.shape().layers);
        const double share = double(group.gnn.members()) / m_members;
        out.nodes += share * double(flow.nodes.size());
        for (const auto& weights : flow.weights)
            out.messages += share * double(weights->entries());
    }
    return out;
}

GnnEnsemble GnnEnsemble::restricted(const std::vector<bool>& silent, const SparseMatrix& edges, bool rescales) const
{
    GnnEnsemble out = *this;
    for (Group& group : out.m_groups) {
        if (edges.rows > 0)
            group.propagation = withoutEdges(group.propagation, edges, restoring(group.gnn.shape().kind, rescales));
        if (!silent.empty())
            group.propagation =
                withoutMessagesOf(group.propagation, silent, restoring(group.gnn.shape().kind, rescales));
    }
    return out;
}

GnnEnsemble GnnEnsemble::narrowed(
    double share, const GraphSplit& split, const GnnTrainingOptions& tuning, const JobContext& context) const
{
    GnnEnsemble out = *this;
    const NodeTargets validation = targetsOf(*m_graph, split.validation);
    for (Group& group : out.m_groups) {
        group.gnn = group.gnn.narrowed(int(std::lround(share * group.gnn.shape().hidden)));
        trainGnn(group.gnn, m_graph->features, group.learnt.rows > 0 ? group.learnt : group.propagation, group.targets,
            validation, tuning, context);
    }
    return out;
}

} // namespace clipscope
