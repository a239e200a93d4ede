// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_trace.h"

#include "graph/graph_split.h"

#include <algorithm>
#include <any>
#include <cmath>
#include <mutex>

namespace clipscope {

namespace {

constexpr float kThousand = 1000;

std::vector<int> thousandths(const std::vector<float>& shares)
{
    std::vector<int> out;
    for (const float share : shares)
        out.push_back(int(std::lround(share * kThousand)));
    return out;
}

Json stageJson(const TracedStage& stage)
{
    std::vector<int> removed;
    for (const auto& [from, to] : stage.removed) {
        removed.push_back(from);
        removed.push_back(to);
    }
    return {{"predictions", stage.predictions}, {"confidences", thousandths(stage.confidences)}, {"added", stage.added},
        {"removed", removed}, {"silent", stage.silent}, {"share", stage.share}, {"accuracy", stage.accuracy},
        {"precision", std::isfinite(stage.precision) ? Json(stage.precision) : Json()}, {"labelled", stage.labelled},
        {"edges", stage.edges}};
}

/// What is not as traceJson() writes it.
struct NoTrace { };

/// A row of numbers from `low` to before `end`; `size` of them, where it is not negative.
std::vector<int> rowOf(const Json& object, const char* key, int64_t size, int low, int end)
{
    auto out = object.at(key).get<std::vector<int>>();
    if ((size >= 0 && std::ssize(out) != size)
        || std::any_of(out.begin(), out.end(), [=](int value) { return value < low || value >= end; }))
        throw NoTrace();
    return out;
}

std::vector<float> sharesOf(const Json& object, const char* key, int64_t size)
{
    std::vector<float> out;
    for (const int value : rowOf(object, key, size, 0, int(kThousand) + 1))
        out.push_back(float(value) / kThousand);
    return out;
}

TracedStage stageOf(const Json& json, int nodes, int classes)
{
    TracedStage out;
    out.predictions = rowOf(json, "predictions", nodes, 0, classes);
    out.confidences = sharesOf(json, "confidences", nodes);
    out.added = rowOf(json, "added", -1, 0, nodes);
    out.silent = rowOf(json, "silent", -1, 0, nodes);
    const std::vector<int> removed = rowOf(json, "removed", -1, 0, nodes);
    for (size_t i = 0; i + 1 < removed.size(); i += 2)
        out.removed.emplace_back(removed[i], removed[i + 1]);
    out.share = json.at("share").get<double>();
    out.accuracy = json.at("accuracy").get<double>();
    if (!json.at("precision").is_null())
        out.precision = json.at("precision").get<double>();
    out.labelled = json.at("labelled").get<int>();
    out.edges = json.at("edges").get<int64_t>();
    return out;
}

TracedMethod tracedMethod(const std::string& name, const std::vector<SelfTrainingStage>& stages)
{
    TracedMethod out;
    out.name = name;
    for (const SelfTrainingStage& stage : stages) {
        TracedStage& traced = out.stages.emplace_back();
        traced.predictions = stage.predictions;
        traced.confidences = stage.confidences;
        traced.added = stage.added;
        traced.removed = stage.removed;
        traced.accuracy = stage.accuracy;
        traced.precision = stage.precision;
        traced.labelled = stage.labelled;
        traced.edges = stage.edges;
    }
    return out;
}

} // namespace

Json traceJson(const GraphTrace& trace)
{
    Json methods = Json::array();
    for (const TracedMethod& method : trace.methods) {
        Json stages = Json::array();
        for (const TracedStage& stage : method.stages)
            stages.push_back(stageJson(stage));
        methods.push_back(
            {{"name", method.name}, {"scores", thousandths(method.scores)}, {"stages", std::move(stages)}});
    }
    return {{"given", trace.given}, {"validation", trace.validation}, {"members", trace.members},
        {"votes", trace.votes}, {"proposed", trace.proposed}, {"methods", std::move(methods)}};
}

std::optional<GraphTrace> traceOf(const Json& json, int nodes, int classes)
{
    try {
        GraphTrace out;
        out.given = rowOf(json, "given", -1, 0, nodes);
        if (json.contains("validation")) // older runs have none
            out.validation = rowOf(json, "validation", -1, 0, nodes);
        out.members = json.at("members").get<int>();
        if (out.members < 0)
            return {};
        out.votes = rowOf(json, "votes", out.members > 0 ? int64_t(nodes) * classes : 0, 0, out.members + 1);
        if (json.contains("proposed"))
            out.proposed = rowOf(json, "proposed", -1, 0, nodes);
        for (const Json& method : json.at("methods")) {
            TracedMethod& traced = out.methods.emplace_back();
            traced.name = method.at("name").get<std::string>();
            traced.scores = sharesOf(method, "scores", method.at("scores").empty() ? 0 : nodes);
            for (const Json& stage : method.at("stages"))
                traced.stages.push_back(stageOf(stage, nodes, classes));
        }
        const bool proposes = out.members > 0 && out.methods.size() == 1 && out.methods.front().stages.size() == 1;
        if (!out.proposed.empty() && !proposes)
            return {};
        return out;
    } catch (const NoTrace&) {
    } catch (const Json::exception&) {
    }
    return {};
}

RunRecord traceSelfTraining(const Graph& graph, const SelfTrainingStudyOptions& options, const JobContext& context)
{
    GraphTrace trace;
    std::mutex mutex;
    std::vector<TracedMethod> done(options.methods.size());
    JobContext watched = context;
    watched.onPartial = [&](const std::any& value) {
        context.partial(value);
        const auto* cell = std::any_cast<SelfTrainingStudyCell>(&value);
        if (!cell || cell->seed != 0)
            return;
        const std::lock_guard lock(mutex);
        done[size_t(cell->method)] = tracedMethod(options.methods[size_t(cell->method)], cell->stages);
        trace.methods.clear();
        for (const TracedMethod& method : done)
            if (!method.stages.empty())
                trace.methods.push_back(method);
        context.partial(trace);
    };
    trace.given = drawSplit(graph, options.labelsPerClass, 0, context.seed).train;
    RunRecord record = studySelfTraining(graph, options, watched);
    record.arrays["trace"] = traceJson(trace);
    return record;
}

RunRecord traceGeeni(
    const Graph& graph, const GraphSplit& split, const GeeniStudyOptions& options, const JobContext& context)
{
    std::mutex mutex;
    GraphTrace trace;
    JobContext watched = context;
    watched.onPartial = [&](const std::any& value) {
        context.partial(value);
        const std::lock_guard lock(mutex);
        if (const auto* told = std::any_cast<GraphTrace>(&value))
            trace = *told;
    };
    RunRecord record = studyGeeni(graph, split, options, watched);
    record.arrays["trace"] = traceJson(trace);
    return record;
}

RunRecord traceProposals(const Graph& graph, const LabelProposalOptions& options, const JobContext& context)
{
    const SelfTrainingOptions& training = options.training;
    RunClock clock("proposals",
        {{"graph", graph.name}, {"members", options.members}, {"method", toString(training.method)},
            {"network", toString(training.kind)}, {"hidden", training.hidden}, {"dropout", training.dropout},
            {"epochs", training.epochs}, {"learningRate", training.rate}, {"weightDecay", training.decay},
            {"stages", training.stages}, {"threshold", training.threshold}, {"drawsEvenly", training.drawsEvenly}},
        context.seed);
    clock.setHashes({}, hashWithoutLabels(graph));
    const LabelProposals found = proposeLabels(graph, options, context);
    const std::vector<LabelProposal>& proposals = found.nodes;

    const size_t nodes = size_t(graph.nodes()), classes = graph.classes.size();
    GraphTrace trace;
    trace.members = options.members;
    trace.votes.assign(nodes * classes, 0);
    TracedStage& stage = trace.methods.emplace_back(TracedMethod{"proposals", {}, {{}}}).stages.front();
    stage.predictions = graph.labels; // of the nodes that have one
    stage.confidences.assign(nodes, 1);
    stage.edges = graph.edges();
    std::vector<int> proposed(classes, 0), unanimous(classes, 0), given(classes, 0);
    for (const LabelProposal& proposal : proposals) {
        const auto node = size_t(proposal.node), label = size_t(proposal.label);
        trace.proposed.push_back(proposal.node);
        stage.predictions[node] = proposal.label;
        stage.confidences[node] = proposal.confidence;
        std::ranges::copy(proposal.votes, trace.votes.begin() + ptrdiff_t(node * classes));
        ++proposed[label];
        unanimous[label] += proposal.votes[label] == options.members;
    }
    for (int node = 0; node < graph.nodes(); ++node)
        if (const int label = graph.labels[size_t(node)]; label >= 0) {
            trace.given.push_back(node);
            ++given[size_t(label)];
        }
    stage.labelled = int(trace.given.size());
    context.partial(trace);
    Json ofClasses = Json::array();
    for (size_t label = 0; label < classes; ++label)
        ofClasses.push_back({{"label", graph.classes[label]}, {"given", given[label]}, {"proposed", proposed[label]},
            {"unanimous", unanimous[label]}});
    const Json heldOut = found.heldOut > 0
        ? Json{{"labels", found.heldOut}, {"networks", found.rightByNetworks}, {kFeatureProbeName, found.rightByProbe}}
        : Json();
    return clock.finish({{"proposed", proposals.size()}, {"by", found.byProbe ? kFeatureProbeName : "networks"},
                            {"heldOut", heldOut}, {"given", trace.given.size()}, {"classes", ofClasses},
                            {"nodes", nodes}, {"edges", graph.edges()}, {"notes", graph.notes}},
        {{"trace", traceJson(trace)}});
}

} // namespace clipscope
