// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/geeni_study.h"

#include "base/error.h"
#include "base/random.h"
#include "graph/graph_trace.h"
#include "graph/isolation.h"
#include "graph/paired_json_internal.h"
#include "graph/parallel_tasks_internal.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>

namespace clipscope {

namespace {

/// One detector at one q, in one repetition.
struct Isolated {
    double accuracy = 0, validation = 0;
    double messagesLeft = 0; ///< share
    double precision = 0; ///< NaN where nobody is silent or known
    double macs = 0;
    double seconds = 0; ///< of the answer, the detector's own not counted
};

struct Repetition {
    double single = 0, ensemble = 0, validation = 0;
    double macs = 0, seconds = 0; ///< of the ensemble's answer on the whole graph
    std::vector<double> areas; ///< [detector]
    std::vector<std::vector<Isolated>> isolated; ///< [detector][share]
    std::vector<GeeniPoint> front;
};

template <class Values, class Number> std::vector<double> each(const Values& values, Number number)
{
    std::vector<double> out;
    for (const auto& value : values)
        out.push_back(number(value));
    return out;
}

/// Mean of what is a number; null where nothing is.
Json meanJson(std::vector<double> values)
{
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    return values.empty() ? Json() : Json(meanAndSd(values).mean);
}

class GeeniStudy {
public:
    GeeniStudy(const Graph& graph, const GraphSplit& split, const GeeniStudyOptions& options)
        : m_graph(graph)
        , m_split(split)
        , m_options(options)
    {
    }

    /// What it did to each node is written to `trace`, where there is one.
    Repetition repetition(uint64_t seed, const JobContext& context, GraphTrace* trace) const
    {
        EnsembleOptions options = m_options.ensemble;
        options.seed = seed;
        const GnnEnsemble ensemble(m_graph, m_split, options, context);
        Repetition out;
        Matrix probabilities;
        out.seconds = secondsOf([&] { probabilities = ensemble.probabilities(); });
        out.macs = macsOf(ensemble.cost());
        const EnsembleAnswers answers = answersOf(probabilities, ensemble.members());
        for (int member = 0; member < ensemble.members(); ++member)
            out.single += accuracyOn(m_split.test, largestOf(probabilities, ensemble.members(), member), m_graph.labels)
                / ensemble.members();
        out.ensemble = accuracyOn(m_split.test, answers.predictions, m_graph.labels);
        out.validation = accuracyOn(m_split.validation, answers.predictions, m_graph.labels);
        TracedStage whole;
        if (trace) {
            traceEnsemble(*trace, answers);
            whole = stageOf(answers, {});
            whole.accuracy = out.ensemble;
        }
        for (const ErrorDetector detector : m_options.detectors) {
            const std::vector<float> scores = errorScores(detector, m_graph, m_split, answers, seed, context);
            out.areas.push_back(areaOnTest(scores, answers));
            TracedMethod* traced = nullptr;
            if (trace)
                traced = &trace->methods.emplace_back(TracedMethod{toString(detector), scores, {whole}});
            std::vector<Isolated>& row = out.isolated.emplace_back();
            for (const double share : m_options.shares) {
                context.throwIfStopped();
                TracedStage* stage = traced ? &traced->stages.emplace_back() : nullptr;
                row.push_back(isolate(ensemble, answers, errorNodes(scores, m_split, share), stage));
                if (stage)
                    stage->share = share;
            }
        }
        if (m_options.approximates)
            out.front = geeniPoints(
                m_graph, m_split, ensemble, options, probabilities, m_options.front, m_options.rescales, context);
        return out;
    }

private:
    template <class Work> static double secondsOf(Work work)
    {
        const auto start = std::chrono::steady_clock::now();
        work();
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }

    static double macsOf(const Gnn::Cost& cost) { return double(cost.features + cost.messages); }

    bool isWrong(const EnsembleAnswers& answers, int node) const
    {
        return answers.predictions[size_t(node)] != m_graph.labels[size_t(node)];
    }

    double areaOnTest(const std::vector<float>& scores, const EnsembleAnswers& answers) const
    {
        std::vector<float> own;
        std::vector<bool> wrong;
        for (const int node : m_split.test) {
            own.push_back(scores[size_t(node)]);
            wrong.push_back(isWrong(answers, node));
        }
        return areaUnderRoc(own, wrong);
    }

    void traceEnsemble(GraphTrace& trace, const EnsembleAnswers& answers) const
    {
        trace.given = m_split.train;
        trace.validation = m_split.validation;
        trace.members = answers.members;
        for (const float votes : answers.votes.values)
            trace.votes.push_back(int(std::lround(votes)));
    }

    TracedStage stageOf(const EnsembleAnswers& answers, const std::vector<bool>& silent) const
    {
        TracedStage out;
        out.labelled = int(m_split.train.size());
        out.edges = m_graph.edges();
        out.predictions = answers.predictions;
        out.confidences = valuesAt(answers.mean, answers.predictions);
        for (int node = 0; node < m_graph.nodes(); ++node)
            if (!silent.empty() && silent[size_t(node)])
                out.silent.push_back(node);
        return out;
    }

    Isolated isolate(const GnnEnsemble& ensemble, const EnsembleAnswers& before, const std::vector<bool>& silent,
        TracedStage* stage) const
    {
        Isolated out;
        Matrix probabilities;
        out.seconds = secondsOf([&] { probabilities = ensemble.probabilities(silent, m_options.rescales); });
        const EnsembleAnswers after = answersOf(probabilities, ensemble.members());
        out.accuracy = accuracyOn(m_split.test, after.predictions, m_graph.labels);
        out.validation = accuracyOn(m_split.validation, after.predictions, m_graph.labels);
        out.macs = macsOf(ensemble.cost(silent));
        const double all = double(m_graph.adjacency.entries());
        out.messagesLeft = 1 - double(messagesOf(m_graph.adjacency, silent)) / all;
        int known = 0, wrong = 0;
        for (int node = 0; node < m_graph.nodes(); ++node)
            if (silent[size_t(node)] && m_graph.labels[size_t(node)] >= 0) {
                ++known;
                wrong += isWrong(before, node);
            }
        out.precision = double(wrong) / known;
        if (stage) {
            *stage = stageOf(after, silent);
            stage->accuracy = out.accuracy;
            stage->precision = out.precision;
        }
        return out;
    }

    const Graph& m_graph;
    const GraphSplit& m_split;
    const GeeniStudyOptions& m_options;
};

Json isolatedJson(const GeeniStudyOptions& options, const std::vector<Repetition>& all, size_t detector, size_t share)
{
    const auto values = [&](auto number) {
        return each(all, [&](const Repetition& r) { return number(r.isolated[detector][share]); });
    };
    const std::vector<double> accuracies = values([](const Isolated& i) { return i.accuracy; });
    const MeanAndSd accuracy = meanAndSd(accuracies);
    return {{"detector", toString(options.detectors[detector])}, {"q", options.shares[share]},
        {"accuracy", accuracy.mean}, {"accuracySd", sdJson(accuracy)},
        {"againstSingle", pairedDifferenceJson(accuracies, each(all, [](const Repetition& r) { return r.single; }))},
        {"againstEnsemble",
            pairedDifferenceJson(accuracies, each(all, [](const Repetition& r) { return r.ensemble; }))},
        {"validation", meanJson(values([](const Isolated& i) { return i.validation; }))},
        {"messagesLeft", meanJson(values([](const Isolated& i) { return i.messagesLeft; }))},
        {"precision", meanJson(values([](const Isolated& i) { return i.precision; }))},
        {"macs", meanJson(values([](const Isolated& i) { return i.macs; }))},
        {"seconds", meanJson(values([](const Isolated& i) { return i.seconds; }))}};
}

/// The q that the validation nodes like best, in each repetition by itself.
Json pickedJson(const GeeniStudyOptions& options, const std::vector<Repetition>& all, size_t detector)
{
    std::vector<double> accuracies, shares;
    for (const Repetition& r : all) {
        double best = r.validation, share = 0, accuracy = r.ensemble;
        for (size_t i = 0; i < options.shares.size(); ++i)
            if (r.isolated[detector][i].validation > best) {
                best = r.isolated[detector][i].validation;
                share = options.shares[i];
                accuracy = r.isolated[detector][i].accuracy;
            }
        accuracies.push_back(accuracy);
        shares.push_back(share);
    }
    const MeanAndSd accuracy = meanAndSd(accuracies);
    return {{"detector", toString(options.detectors[detector])}, {"q", meanAndSd(shares).mean},
        {"accuracy", accuracy.mean}, {"accuracySd", sdJson(accuracy)},
        {"againstSingle", pairedDifferenceJson(accuracies, each(all, [](const Repetition& r) { return r.single; }))},
        {"againstEnsemble",
            pairedDifferenceJson(accuracies, each(all, [](const Repetition& r) { return r.ensemble; }))}};
}

Json frontConfig(const GeeniFrontOptions& front)
{
    return {{"detector", toString(front.detector)}, {"q", front.share}, {"edgesBy", toString(front.edges)},
        {"edgeShares", front.edgeShares}, {"unitShares", front.unitShares}, {"tuningEpochs", front.tuningEpochs},
        {"slack", front.slack}, {"dropoutPasses", front.dropoutPasses}, {"teaching", front.teaching}};
}

} // namespace

RunRecord studyGeeni(
    const Graph& graph, const GraphSplit& split, const GeeniStudyOptions& options, const JobContext& context)
{
    if (options.seeds < 1 || options.detectors.empty() || options.shares.empty())
        throw Error(ErrorKind::Input, "has no repetition, detector or share", "study of isolation",
            "Ask for one of each at least.");
    const EnsembleOptions& ensemble = options.ensemble;
    Json detectors = Json::array();
    for (const ErrorDetector detector : options.detectors)
        detectors.push_back(toString(detector));
    RunClock clock("geeni",
        {{"graph", graph.name}, {"members", ensemble.members}, {"diversity", toString(ensemble.diversity)},
            {"network", toString(ensemble.shape.kind)}, {"layers", ensemble.shape.layers},
            {"hidden", ensemble.shape.hidden}, {"dropout", ensemble.shape.dropout},
            {"epochs", ensemble.training.epochs}, {"stopping", toString(ensemble.training.stopping)},
            {"learningRate", ensemble.training.rate}, {"weightDecay", ensemble.training.decay},
            {"featureShare", ensemble.featureShare}, {"edgeShare", ensemble.edgeShare}, {"detectors", detectors},
            {"shares", options.shares}, {"rescales", options.rescales},
            {"front", options.approximates ? frontConfig(options.front) : Json()}, {"seeds", options.seeds},
            {"train", split.train.size()}, {"validation", split.validation.size()}, {"test", split.test.size()}},
        context.seed);
    clock.setHashes({}, hashOf(graph));
    const GeeniStudy study(graph, split, options);
    std::vector<Repetition> all(size_t(options.seeds));
    std::atomic<int64_t> done = 0;
    runTasks(all.size(), options.threads, context, [&](size_t i, const JobContext& quiet) {
        GraphTrace trace;
        all[i] = study.repetition(deriveSeed(context.seed, i), quiet, i == 0 ? &trace : nullptr);
        if (i == 0)
            context.partial(trace);
        context.progress(++done, int64_t(all.size()), "repetitions");
    });

    const MeanAndSd single = meanAndSd(each(all, [](const Repetition&r) { return r.single; })),
                    joint = meanAndSd(each(all, [](const Repetition&r) { return r.ensemble; }));
    Json results = {{"meanSingle", single.mean}, {"meanSingleSd", sdJson(single)}, {"ensemble", joint.mean},
        {"ensembleSd", sdJson(joint)},
        {"ensembleAgainstSingle",
            pairedDifferenceJson(each(all, [](const Repetition& r) { return r.ensemble; }),
                each(all, [](const Repetition& r) { return r.single; }))},
        {"ensembleMacs", meanJson(each(all, [](const Repetition& r) { return r.macs; }))},
        {"ensembleSeconds", meanJson(each(all, [](const Repetition& r) { return r.seconds; }))},
        {"members", ensemble.members}, {"nodes", graph.nodes()}, {"edges", graph.edges()}, {"notes", graph.notes},
        {"isolated", Json::array()}, {"picked", Json::array()}, {"areas", Json::object()}};
    for (size_t detector = 0; detector < options.detectors.size(); ++detector) {
        for (size_t share = 0; share < options.shares.size(); ++share)
            results["isolated"].push_back(isolatedJson(options, all, detector, share));
        results["picked"].push_back(pickedJson(options, all, detector));
        results["areas"][toString(options.detectors[detector])] =
            meanJson(each(all, [&](const Repetition& r) { return r.areas[detector]; }));
    }
    if (options.approximates) {
        std::vector<std::vector<GeeniPoint>> points;
        for (const Repetition& r : all)
            points.push_back(r.front);
        results["front"] = frontJson(points);
    }
    Json accuracies = Json::array();
    for (const Repetition& r : all) {
        Json isolated = Json::array();
        for (const std::vector<Isolated>& row : r.isolated)
            isolated.push_back(each(row, [](const Isolated& i) { return i.accuracy; }));
        accuracies.push_back({{"single", r.single}, {"ensemble", r.ensemble}, {"isolated", std::move(isolated)}});
    }
    return clock.finish(std::move(results), {{"accuracies", std::move(accuracies)}});
}

} // namespace clipscope
