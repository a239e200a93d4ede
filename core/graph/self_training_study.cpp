// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/self_training_study.h"

#include "base/error.h"
#include "base/mean_and_sd.h"
#include "graph/calibration.h"
#include "graph/gnn_training.h"
#include "graph/graph_split.h"
#include "graph/paired_json_internal.h"
#include "graph/parallel_tasks_internal.h"
#include "graph/thread_clock_internal.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

namespace clipscope {

namespace {

using Stages = std::vector<SelfTrainingStage>;

/// The mean of one number of a stage over the seeds that have come to it, without those that are none.
template <class Number> Json meanOver(const std::vector<Stages>& seeds, size_t stage, Number number)
{
    std::vector<double> values;
    for (const Stages& stages : seeds)
        if (stage < stages.size())
            if (const double value = number(stages[stage]); std::isfinite(value))
                values.push_back(value);
    return values.empty() ? Json() : Json(meanAndSd(values).mean);
}

template <class Number> std::vector<double> eachRun(const std::vector<Stages>& seeds, Number number)
{
    std::vector<double> out;
    for (const Stages& stages : seeds)
        out.push_back(number(stages));
    return out;
}

double sumOf(const Stages& stages, double SelfTrainingStage::*number)
{
    double out = 0;
    for (const SelfTrainingStage& stage : stages)
        out += stage.*number;
    return out;
}

Json methodJson(const std::string& name, const std::vector<Stages>& seeds)
{
    const MeanAndSd accuracy = meanAndSd(eachRun(seeds, [](const Stages& s) { return s.back().accuracy; }));
    Json out = {{"name", name}, {"accuracyMean", accuracy.mean}, {"accuracySd", sdJson(accuracy)},
        {"seeds", seeds.size()},
        {"seconds",
            meanAndSd(eachRun(seeds, [](const Stages& s) { return sumOf(s, &SelfTrainingStage::seconds); })).mean},
        {"cpuSeconds",
            meanAndSd(eachRun(seeds, [](const Stages& s) { return sumOf(s, &SelfTrainingStage::cpuSeconds); })).mean},
        {"stages", Json::array()}};
    const size_t most = std::ranges::max(seeds, {}, &Stages::size).size();
    for (size_t i = 0; i < most; ++i) {
        const auto mean = [&](auto number) { return meanOver(seeds, i, number); };
        const auto reached = std::ranges::count_if(seeds, [i](const Stages& stages) { return i < stages.size(); });
        out["stages"].push_back({{"labelled", mean([](const SelfTrainingStage& s) { return double(s.labelled); })},
            {"added", mean([](const SelfTrainingStage& s) { return double(s.added.size()); })},
            {"precision", mean([](const SelfTrainingStage& s) { return s.precision; })},
            {"edges", mean([](const SelfTrainingStage& s) { return double(s.edges); })},
            {"removed", mean([](const SelfTrainingStage& s) { return double(s.removed.size()); })},
            {"accuracy", mean([](const SelfTrainingStage& s) { return s.accuracy; })},
            {"layers", mean([](const SelfTrainingStage& s) { return double(s.layers); })},
            {"keep", mean([](const SelfTrainingStage& s) { return s.keep; })},
            {"calibrationError", mean([](const SelfTrainingStage& s) { return s.calibrationError; })},
            {"calibratedError", mean([](const SelfTrainingStage& s) { return s.calibratedError; })},
            {"seconds", mean([](const SelfTrainingStage& s) { return s.seconds; })},
            {"cpuSeconds", mean([](const SelfTrainingStage& s) { return s.cpuSeconds; })}, {"splits", reached}});
    }
    return out;
}

/// The one stage of a method that does not look at the graph.
SelfTrainingStage probeFeatures(
    const Graph& graph, const GraphSplit& split, const FeatureProbe& probe, const JobContext& context)
{
    SelfTrainingStage out;
    out.layers = 1;
    out.labelled = int(split.train.size());
    out.precision = std::numeric_limits<double>::quiet_NaN(); // nothing joins
    const ThreadClock clock;
    Matrix answers = probe(graph, split.train, context);
    out.predictions = largestOf(answers);
    softmaxOfMembers(answers, 1);
    out.seconds = clock.seconds();
    out.cpuSeconds = clock.cpuSeconds();
    out.confidences = valuesAt(answers, out.predictions);
    out.accuracy = accuracyOn(split.test, out.predictions, graph.labels);
    out.calibrationError = out.calibratedError = expectedCalibrationError(answers, split.test, graph.labels);
    return out;
}

} // namespace

void checkSelfTrainingName(const std::string& name)
{
    if (name != kFeatureProbeName)
        selfTrainingVariant(name, {});
}

SelfTrainingOptions selfTrainingVariant(const std::string& name, const SelfTrainingOptions& common)
{
    using Switch = bool SelfTrainingOptions::*;
    static const std::map<std::string, Switch> parts = {{"SPF", &SelfTrainingOptions::filtersBySampling},
        {"DS", &SelfTrainingOptions::sizes}, {"DR", &SelfTrainingOptions::regularises},
        {"PGP", &SelfTrainingOptions::prunes}, {"EVEN", &SelfTrainingOptions::drawsEvenly},
        {"ES", &SelfTrainingOptions::stopsWhenDoubtful}};
    // "CaGCN-st-3" is a method: the part is what follows the last sign, where it is one.
    const size_t sign = name.find_last_of("+-");
    const std::string part = sign == std::string::npos ? std::string() : name.substr(sign + 1);
    const auto known = parts.find(part);
    SelfTrainingOptions out = common;
    const auto takeMethod = [&](const std::string& word) {
        out.method = selfTrainingMethod(word);
        out.drawsEvenly = out.method == SelfTrainingMethod::Fastrain;
    };
    if (known == parts.end()) {
        takeMethod(name);
        return out;
    }
    takeMethod(name.substr(0, sign));
    const bool calibrates = out.method == SelfTrainingMethod::CaGcnSt || out.method == SelfTrainingMethod::CaGcnSt3;
    if (out.method != SelfTrainingMethod::Fastrain && !(calibrates && part == "EVEN"))
        throw Error(ErrorKind::Input, std::string("is no part of ") + toString(out.method), part,
            "FASTRAIN has SPF, DS, DR, PGP, EVEN and ES, CaGCN-st has EVEN.");
    out.*known->second = name[sign] == '+';
    return out;
}

RunRecord studySelfTraining(const Graph& graph, const SelfTrainingStudyOptions& options, const JobContext& context)
{
    std::vector<std::optional<SelfTrainingOptions>> variants; // none: the probe of the features
    for (const std::string& name : options.methods) {
        if (name == kFeatureProbeName && options.featureProbe)
            variants.emplace_back();
        else
            variants.emplace_back(selfTrainingVariant(name, options.training));
    }
    if (variants.empty() || options.seeds < 1)
        throw Error(ErrorKind::Input, "has no method or no split", "study of self-training", "Name one at least.");
    const SelfTrainingOptions& common = options.training;
    RunClock clock("fastrain",
        {{"graph", graph.name}, {"methods", options.methods}, {"labelsPerClass", options.labelsPerClass},
            {"seeds", options.seeds}, {"network", toString(common.kind)}, {"hidden", common.hidden},
            {"dropout", common.dropout}, {"epochs", common.epochs}, {"learningRate", common.rate},
            {"weightDecay", common.decay}, {"stages", common.stages}, {"threshold", common.threshold},
            {"addedShare", common.addedShare}, {"filterAsksWholeGraph", common.filterAsksWholeGraph},
            {"pruningTrustsLabels", common.pruningTrustsLabels}, {"evenShare", common.evenShare}},
        context.seed);
    clock.setHashes({}, hashOf(graph));

    const auto seeds = size_t(options.seeds);
    std::vector<GraphSplit> splits;
    for (size_t seed = 0; seed < seeds; ++seed)
        splits.push_back(drawSplit(graph, options.labelsPerClass, 0, context.seed + seed));
    std::vector<std::vector<Stages>> found(variants.size(), std::vector<Stages>(seeds));
    const size_t count = variants.size() * seeds;
    std::atomic<int64_t> done = 0;
    runTasks(count, options.threads, context, [&](size_t task, const JobContext& quiet) {
        const size_t seed = task / variants.size(), method = task % variants.size(); // all of a split side by side
        if (std::optional<SelfTrainingOptions> own = variants[method]) {
            own->seed = context.seed + seed;
            found[method][seed] = selfTrain(graph, splits[seed], *own, quiet);
        } else {
            found[method][seed] = {probeFeatures(graph, splits[seed], options.featureProbe, quiet)};
        }
        context.partial(SelfTrainingStudyCell{int(method), int(seed), found[method][seed]});
        context.progress(++done, int64_t(count), options.methods[method]);
    });

    Json results = {{"methods", Json::array()}, {"comparisons", Json::array()}, {"nodes", graph.nodes()},
        {"edges", graph.edges()}, {"classes", graph.classes.size()}, {"notes", graph.notes}};
    Json accuracies = Json::array();
    for (size_t method = 0; method < variants.size(); ++method) {
        results["methods"].push_back(methodJson(options.methods[method], found[method]));
        accuracies.push_back(Json::array());
        for (const Stages& stages : found[method]) {
            accuracies.back().push_back(Json::array());
            for (const SelfTrainingStage& stage : stages)
                accuracies.back().back().push_back(stage.accuracy);
        }
        const auto last = [&](size_t of) {
            return eachRun(found[of], [](const Stages& s) { return s.back().accuracy; });
        };
        for (size_t other = 0; other < method; ++other) {
            Json comparison = pairedDifferenceJson(last(method), last(other));
            comparison["method"] = options.methods[method];
            comparison["against"] = options.methods[other];
            comparison["cpuRatio"] = results["methods"][other]["cpuSeconds"].get<double>()
                / std::max(1e-9, results["methods"][method]["cpuSeconds"].get<double>());
            results["comparisons"].push_back(std::move(comparison));
        }
    }
    return clock.finish(std::move(results), {{"accuracies", std::move(accuracies)}});
}

} // namespace clipscope
