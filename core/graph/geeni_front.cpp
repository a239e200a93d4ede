// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/geeni_front.h"

#include "base/error.h"
#include "base/random.h"
#include "graph/accuracy_front.h"
#include "graph/ensemble_rivals.h"
#include "graph/isolation.h"
#include "graph/paired_json_internal.h"
#include "graph/thread_clock_internal.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

namespace clipscope {

namespace {

constexpr std::pair<EdgeMeasure, const char*> kMeasures[] = {
    {EdgeMeasure::Answers, "answers"}, {EdgeMeasure::Features, "features"}};

constexpr const char* kEnsemble = "ensemble";

std::string percentOf(double share)
{
    std::string out = std::to_string(share * 100);
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.')
        out.pop_back();
    return out + " %";
}

class FrontPoints {
public:
    FrontPoints(const Graph& graph, const GraphSplit& split, const GnnEnsemble& ensemble,
        const EnsembleOptions& trained, const Matrix& probabilities, const GeeniFrontOptions& options, bool rescales,
        const JobContext& context)
        : m_graph(graph)
        , m_split(split)
        , m_ensemble(ensemble)
        , m_trained(trained)
        , m_probabilities(probabilities)
        , m_options(options)
        , m_rescales(rescales)
        , m_context(context)
        , m_answers(answersOf(probabilities, ensemble.members()))
    {
    }

    std::vector<GeeniPoint> all()
    {
        findSilent();
        addMembers();
        addPlainNetwork();
        addStudent();
        const double least = ask(kEnsemble, m_ensemble).validation - m_options.slack;
        askApproximated("isolated", m_ensemble.restricted(m_silent, {}, m_rescales));
        prune(least);
        return std::move(m_points);
    }

private:
    void findSilent()
    {
        const bool canLearn = !targetsOf(m_graph, m_split.validation).nodes.empty();
        const ErrorDetector detector =
            m_options.detector == ErrorDetector::Learned && !canLearn ? ErrorDetector::Entropy : m_options.detector;
        const std::vector<float> scores = errorScores(detector, m_graph, m_split, m_answers, m_trained.seed, m_context);
        m_silent = errorNodes(scores, m_split, m_options.share);
        const Gnn::Cost once = m_ensemble.cost();
        m_detectionMacs = double(once.features + once.messages);
        if (detector == ErrorDetector::Learned) { // asks a plain network too
            const uint64_t seed = 0;
            const Gnn::Cost plain =
                Gnn({}, m_graph.features.columns(), int(m_graph.classes.size()), {&seed, 1}).cost(m_graph.features, 0);
            m_detectionMacs += double(plain.features + plain.messages);
        }
    }

    /// What `answer` says, how right it is and how long it takes (the least of three times).
    GeeniPoint& add(std::string name, const Gnn::Cost& cost, int members, const std::function<Matrix()>& answer)
    {
        m_context.throwIfStopped();
        GeeniPoint point;
        point.name = std::move(name);
        point.cpuSeconds = std::numeric_limits<double>::infinity();
        Matrix said;
        for (int i = 0; i < 3; ++i) {
            const ThreadClock clock;
            said = answer();
            point.cpuSeconds = std::min(point.cpuSeconds, clock.cpuSeconds());
        }
        const std::vector<int> predictions = answersOf(said, members).predictions;
        point.accuracy = accuracyOn(m_split.test, predictions, m_graph.labels);
        point.validation = accuracyOn(m_split.validation, predictions, m_graph.labels);
        point.featureMacs = double(cost.features);
        point.messageMacs = double(cost.messages);
        return m_points.emplace_back(std::move(point));
    }

    GeeniPoint& ask(std::string name, const GnnEnsemble& ensemble)
    {
        GeeniPoint& point =
            add(std::move(name), ensemble.cost(), ensemble.members(), [&] { return ensemble.probabilities(); });
        const GnnEnsemble::Reach reach = ensemble.reach(m_split.test);
        point.nodesNeeded = reach.nodes;
        point.messagesNeeded = reach.messages;
        return point;
    }

    GeeniPoint& askApproximated(std::string name, const GnnEnsemble& ensemble)
    {
        GeeniPoint& point = ask(std::move(name), ensemble);
        point.detectionMacs = m_detectionMacs;
        return point;
    }

    void addMembers()
    {
        const int members = m_ensemble.members();
        const Gnn::Cost cost = m_ensemble.cost();
        std::vector<GeeniPoint> each;
        for (int member = 0; member < members; ++member) {
            const std::vector<int> predictions = largestOf(m_probabilities, members, member);
            GeeniPoint point;
            point.accuracy = accuracyOn(m_split.test, predictions, m_graph.labels);
            point.validation = accuracyOn(m_split.validation, predictions, m_graph.labels);
            point.featureMacs = double(cost.features) / members;
            point.messageMacs = double(cost.messages) / members;
            each.push_back(std::move(point));
        }
        GeeniPoint mean = each.front();
        mean.name = "one member (mean)";
        mean.accuracy = mean.validation = 0;
        for (const GeeniPoint& point : each) {
            mean.accuracy += point.accuracy / members;
            mean.validation += point.validation / members;
        }
        const ThreadClock clock;
        m_ensemble.probabilities();
        mean.cpuSeconds = clock.cpuSeconds() / members;
        const GnnEnsemble::Reach reach = m_ensemble.reach(m_split.test);
        mean.nodesNeeded = reach.nodes;
        mean.messagesNeeded = reach.messages;
        GeeniPoint best = *std::ranges::max_element(each, {}, &GeeniPoint::validation);
        best.name = "one member (by validation)";
        best.cpuSeconds = mean.cpuSeconds;
        best.nodesNeeded = mean.nodesNeeded;
        best.messagesNeeded = mean.messagesNeeded;
        m_points.push_back(std::move(mean));
        m_points.push_back(std::move(best));
    }

    /// A network with all features, edges and labels, by itself and by MC-dropout.
    void addPlainNetwork()
    {
        const uint64_t seed = deriveSeed(m_trained.seed, "plain");
        Gnn gnn(m_trained.shape, m_graph.features.columns(), int(m_graph.classes.size()), {&seed, 1});
        const SparseMatrix messages = propagation(m_trained.shape.kind, m_graph.adjacency);
        GnnTrainingOptions training = m_trained.training;
        training.seed = seed;
        trainGnn(gnn, m_graph.features, messages, targetsOf(m_graph, m_split.train),
            targetsOf(m_graph, m_split.validation), training, m_context);
        Gnn::Cost cost = gnn.cost(m_graph.features, messages.entries());
        const MessageFlow flow = MessageFlowBuilder(messages).flow(m_split.test, gnn.shape().layers);
        const auto needs = [&](GeeniPoint& point) {
            point.nodesNeeded = double(flow.nodes.size());
            for (const auto& weights : flow.weights)
                point.messagesNeeded += double(weights->entries());
        };
        needs(add("one network", cost, 1, [&] {
            Matrix out = logitsOf(gnn, m_graph.features, messages);
            softmaxOfMembers(out, 1);
            return out;
        }));
        const int passes = m_options.dropoutPasses;
        cost.features *= passes;
        cost.messages *= passes;
        needs(add("MC-dropout, " + std::to_string(passes) + " passes", cost, passes,
            [&] { return dropoutProbabilities(gnn, m_graph.features, messages, passes); }));
    }

    void addStudent()
    {
        StudentOptions options;
        options.shape = m_trained.shape;
        options.training = m_trained.training;
        options.training.keep = 1;
        options.teaching = m_options.teaching;
        options.seed = deriveSeed(m_trained.seed, "student");
        const MlpStudent student(m_graph, m_split, m_answers.mean, m_silent, options, m_context);
        add("plain network, taught", student.cost(), 1, [&] { return student.probabilities(); }).nodesNeeded =
            double(m_split.test.size());
    }

    /// Edges, units, and both as far as validation allows.
    void prune(double leastValidation)
    {
        const SparseMatrix& adjacency = m_graph.adjacency;
        NodeFeatures said;
        said.vectors = m_answers.mean;
        const std::vector<float> likeness =
            endCosines(adjacency, m_options.edges == EdgeMeasure::Answers ? said : m_graph.features);
        std::vector<SparseMatrix> edges;
        for (const double share : m_options.edgeShares) {
            edges.push_back(withoutLowestEdges(adjacency, likeness, share));
            askApproximated(
                "isolated, edges -" + percentOf(share), m_ensemble.restricted(m_silent, edges.back(), m_rescales))
                .edgesLeft = 1 - share;
        }
        GnnTrainingOptions tuning = m_trained.training;
        tuning.epochs = m_options.tuningEpochs;
        tuning.seed = deriveSeed(m_trained.seed, "tuning");
        GnnEnsemble narrow = m_ensemble, accepted = m_ensemble;
        double units = 1, acceptedUnits = 1, acceptedEdges = 1;
        bool goesOn = true;
        for (const double share : m_options.unitShares) {
            narrow = narrow.narrowed(share / units, m_split, tuning, m_context);
            units = share;
            GeeniPoint& point = askApproximated(
                "isolated, units -" + percentOf(1 - share), narrow.restricted(m_silent, {}, m_rescales));
            point.unitsLeft = share;
            goesOn = goesOn && !(point.validation < leastValidation);
            if (goesOn) {
                accepted = narrow;
                acceptedUnits = share;
            }
        }
        GnnEnsemble chosen = accepted.restricted(m_silent, {}, m_rescales);
        for (size_t i = 0; i < edges.size(); ++i) {
            GnnEnsemble next = accepted.restricted(m_silent, edges[i], m_rescales);
            const EnsembleAnswers answers = answersOf(next.probabilities(), next.members());
            if (accuracyOn(m_split.validation, answers.predictions, m_graph.labels) < leastValidation)
                break;
            chosen = std::move(next);
            acceptedEdges = 1 - m_options.edgeShares[i];
        }
        GeeniPoint& point = askApproximated("isolated, edges and units by validation", chosen);
        point.unitsLeft = acceptedUnits;
        point.edgesLeft = acceptedEdges;
    }

    const Graph& m_graph;
    const GraphSplit& m_split;
    const GnnEnsemble& m_ensemble;
    const EnsembleOptions& m_trained;
    const Matrix& m_probabilities;
    const GeeniFrontOptions& m_options;
    const bool m_rescales;
    const JobContext& m_context;
    const EnsembleAnswers m_answers;
    std::vector<bool> m_silent;
    double m_detectionMacs = 0;
    std::vector<GeeniPoint> m_points;
};

} // namespace

const char* toString(EdgeMeasure measure)
{
    return std::ranges::find(kMeasures, measure, &std::pair<EdgeMeasure, const char*>::first)->second;
}

EdgeMeasure edgeMeasure(const std::string& name)
{
    for (const auto& [measure, word] : kMeasures)
        if (name == word)
            return measure;
    throw Error(ErrorKind::Input, "is nothing that edges are pruned by", name, "Use answers or features.");
}

std::vector<GeeniPoint> geeniPoints(const Graph& graph, const GraphSplit& split, const GnnEnsemble& ensemble,
    const EnsembleOptions& trained, const Matrix& probabilities, const GeeniFrontOptions& options, bool rescales,
    const JobContext& context)
{
    return FrontPoints(graph, split, ensemble, trained, probabilities, options, rescales, context).all();
}

Json frontJson(std::span<const std::vector<GeeniPoint>> repetitions)
{
    const auto values = [&](size_t i, auto number) {
        std::vector<double> out;
        for (const std::vector<GeeniPoint>& points : repetitions)
            out.push_back(number(points[i]));
        return out;
    };
    const auto mean = [&](size_t i, double GeeniPoint::*number) {
        return meanAndSd(values(i, [&](const GeeniPoint& point) { return point.*number; })).mean;
    };
    const std::vector<GeeniPoint>& first = repetitions.front();
    const auto accuracy = [](const GeeniPoint& point) { return point.accuracy; };
    const auto ensemble = size_t(std::ranges::find(first, kEnsemble, &GeeniPoint::name) - first.begin());
    Json out = Json::array();
    std::vector<double> costs, accuracies;
    for (size_t i = 0; i < first.size(); ++i) {
        const std::vector<double> own = values(i, accuracy);
        const MeanAndSd all = meanAndSd(own);
        accuracies.push_back(all.mean);
        costs.push_back(mean(i, &GeeniPoint::featureMacs) + mean(i, &GeeniPoint::messageMacs));
        const double validation = mean(i, &GeeniPoint::validation);
        out.push_back({{"name", first[i].name}, {"accuracy", all.mean}, {"accuracySd", sdJson(all)},
            {"againstEnsemble", pairedDifferenceJson(own, values(ensemble, accuracy))},
            {"validation", std::isfinite(validation) ? Json(validation) : Json()}, {"macs", costs.back()},
            {"featureMacs", mean(i, &GeeniPoint::featureMacs)}, {"messageMacs", mean(i, &GeeniPoint::messageMacs)},
            {"detectionMacs", mean(i, &GeeniPoint::detectionMacs)}, {"cpuSeconds", mean(i, &GeeniPoint::cpuSeconds)},
            {"unitsLeft", mean(i, &GeeniPoint::unitsLeft)}, {"edgesLeft", mean(i, &GeeniPoint::edgesLeft)},
            {"nodesNeeded", mean(i, &GeeniPoint::nodesNeeded)},
            {"messagesNeeded", mean(i, &GeeniPoint::messagesNeeded)}});
    }
    const std::vector<bool> onFront = onAccuracyFront(costs, accuracies);
    for (size_t i = 0; i < out.size(); ++i)
        out[i]["onFront"] = bool(onFront[i]);
    return out;
}

} // namespace clipscope
