// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/self_training.h"

#include "base/error.h"
#include "base/random.h"
#include "graph/calibration.h"
#include "graph/gnn_training.h"
#include "graph/k_means.h"
#include "graph/thread_clock_internal.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

namespace clipscope {

namespace {

using Method = SelfTrainingMethod;

constexpr std::pair<Method, const char*> kMethods[] = {{Method::Gcn, "GCN"}, {Method::Li, "Li"}, {Method::M3s, "M3S"},
    {Method::CaGcnSt, "CaGCN-st"}, {Method::CaGcnSt3, "CaGCN-st-3"}, {Method::Fastrain, "FASTRAIN"}};

constexpr double kDeepShare = .025; ///< of the nodes: with fewer labelled ones three layers
constexpr double kSampleKeep = .9; ///< SPF's thinned graphs
constexpr int kSamples = 10;
constexpr int kMostClusters = 200, kClusterRounds = 10; ///< of M3S

class SelfTraining {
public:
    SelfTraining(
        const Graph& graph, const GraphSplit& split, const SelfTrainingOptions& options, const JobContext& context)
        : m_graph(graph)
        , m_split(split)
        , m_options(options)
        , m_context(context)
        , m_propagation(propagation(options.kind, graph.adjacency))
        , m_smoothing(options.kind == GnnKind::Gcn ? SparseMatrix() : gcnPropagation(graph.adjacency))
        , m_train(targetsOf(graph, split.train))
        , m_labels(size_t(graph.nodes()), -1)
    {
        std::vector<int> perClass(graph.classes.size(), 0);
        for (size_t i = 0; i < m_train.nodes.size(); ++i) {
            m_labels[size_t(m_train.nodes[i])] = m_train.labels[i];
            ++perClass[size_t(m_train.labels[i])];
        }
        const auto bare = std::ranges::find(perClass, 0);
        if (bare != perClass.end())
            throw Error(ErrorKind::Input,
                "has no labelled node of the class " + graph.classes[size_t(bare - perClass.begin())]
                    + " to learn from",
                graph.name, "Label one node of each class at least, or leave the class out.");
        m_mostPerClass = *std::ranges::max_element(perClass);
    }

    std::vector<SelfTrainingStage> run()
    {
        const int stages = m_options.method == Method::Gcn ? 1 : m_options.stages;
        std::vector<SelfTrainingStage> out;
        for (int number = 0; number < stages; ++number) {
            m_context.throwIfStopped();
            m_context.progress(number, stages, toString(m_options.method));
            out.push_back(stage(number));
            m_context.partial(out.back());
            if (isFastrain() && m_options.stopsWhenDoubtful && number > 0
                && sureness(out.back()) < sureness(out[out.size() - 2]))
                break;
        }
        m_context.progress(stages, stages, toString(m_options.method));
        return out;
    }

private:
    bool isFastrain() const { return m_options.method == Method::Fastrain; }
    bool calibrates() const
    {
        return isFastrain() || m_options.method == Method::CaGcnSt || m_options.method == Method::CaGcnSt3;
    }
    /// That of the calibration, which is a GCN whatever is calibrated.
    const SparseMatrix& smoothing() const { return m_options.kind == GnnKind::Gcn ? m_propagation : m_smoothing; }

    GnnShape shape() const
    {
        GnnShape out;
        out.kind = m_options.kind;
        out.hidden = m_options.hidden;
        out.dropout = m_options.dropout;
        const bool deep = isFastrain() ? m_options.sizes && double(m_train.nodes.size()) < kDeepShare * m_graph.nodes()
                                       : m_options.method == Method::CaGcnSt3;
        out.layers = deep ? 3 : 2;
        return out;
    }

    double keep(int layers) const
    {
        if (!calibrates())
            return 1;
        if (!isFastrain() || !m_options.regularises)
            return .9;
        if (layers == 2)
            return .8;
        return m_mostPerClass == 1 ? 1 : .9;
    }

    /// Mean confidence of what becomes labels after it; 0: nothing does.
    static double sureness(const SelfTrainingStage& stage)
    {
        double sum = 0;
        for (const int node : stage.added)
            sum += double(stage.confidences[size_t(node)]);
        return stage.added.empty() ? 0 : sum / double(stage.added.size());
    }

    SelfTrainingStage stage(int number)
    {
        const ThreadClock clock;
        SelfTrainingStage out;
        const GnnShape form = shape();
        out.layers = form.layers;
        out.keep = keep(form.layers);
        out.labelled = int(m_train.nodes.size());
        out.edges = edges();

        Gnn gnn(form, m_graph.features.columns(), int(m_graph.classes.size()), {&m_options.seed, 1});
        GnnTrainingOptions training;
        training.epochs = m_options.epochs;
        training.rate = m_options.rate;
        training.decay = m_options.decay;
        training.keep = out.keep;
        training.seed = deriveSeed(m_options.seed, uint64_t(number));
        trainGnn(gnn, m_graph.features, m_propagation, m_train, {}, training, m_context);

        const Matrix logits = logitsOf(gnn, m_graph.features, m_propagation);
        Matrix plain = logits;
        softmaxOfMembers(plain, 1);
        out.predictions = largestOf(logits);
        Matrix calibrated = plain;
        if (calibrates()) {
            CalibrationOptions calibration;
            calibration.seed = training.seed;
            const std::vector<float> temperatures =
                calibratedTemperatures(logits, smoothing(), m_train, calibration, m_context);
            calibrated = logits;
            for (size_t node = 0; node < calibrated.rows; ++node)
                for (float& value : calibrated.row(node))
                    value *= temperatures[node];
            softmaxOfMembers(calibrated, 1);
        }
        out.confidences = valuesAt(calibrated, out.predictions);

        out.added = candidates(out, gnn);
        if (isFastrain() && m_options.filtersBySampling)
            keepWhatSamplesAgreeOn(out, gnn, number);
        if (m_options.drawsEvenly && calibrates()) {
            keepSurestOfEach(out.added, out, m_options.evenShare);
            std::ranges::sort(out.added);
        }
        for (const int node : out.added) {
            m_train.nodes.push_back(node);
            m_train.labels.push_back(out.predictions[size_t(node)]);
        }
        if (isFastrain() && m_options.prunes)
            prune(out);
        out.seconds = clock.seconds();
        out.cpuSeconds = clock.cpuSeconds();

        out.accuracy = accuracyOn(m_split.test, out.predictions, m_graph.labels);
        out.calibrationError = expectedCalibrationError(plain, m_split.test, m_graph.labels);
        out.calibratedError = expectedCalibrationError(calibrated, m_split.test, m_graph.labels);
        std::vector<int> known;
        std::ranges::copy_if(
            out.added, std::back_inserter(known), [&](int node) { return m_graph.labels[size_t(node)] >= 0; });
        out.precision = accuracyOn(known, out.predictions, m_graph.labels);
        return out;
    }

    /// Of the graph as it is now, loops left out.
    int64_t edges() const
    {
        int64_t out = 0;
        for (int row = 0; row < m_propagation.rows; ++row)
            for (const int column : m_propagation.columnsOf(row))
                out += column != row;
        return out / 2;
    }

    std::vector<bool> labelled() const
    {
        std::vector<bool> out(size_t(m_graph.nodes()), false);
        for (const int node : m_train.nodes)
            out[size_t(node)] = true;
        return out;
    }

    /// Nodes whose answer may become a label.
    std::vector<int> candidates(const SelfTrainingStage& stage, const Gnn& gnn) const
    {
        const std::vector<bool> isLabelled = labelled();
        std::vector<int> out;
        if (m_options.method == Method::Gcn)
            return out;
        for (int node = 0; node < m_graph.nodes(); ++node)
            if (!isLabelled[size_t(node)]
                && (!calibrates() || double(stage.confidences[size_t(node)]) > m_options.threshold))
                out.push_back(node);
        if (calibrates())
            return out;
        keepSurestOfEach(out, stage, m_options.addedShare); // Li, M3S
        if (m_options.method == Method::M3s) {
            const std::vector<int> classOf = clusteredClasses(gnn);
            std::erase_if(out, [&](int node) { return classOf[size_t(node)] != stage.predictions[size_t(node)]; });
        }
        return out;
    }

    /// Of each class the surest nodes, the surest first; `share` of all nodes at most, evenly over the classes.
    void keepSurestOfEach(std::vector<int>& nodes, const SelfTrainingStage& stage, double share) const
    {
        std::ranges::stable_sort(nodes, std::greater<>(), [&](int node) { return stage.confidences[size_t(node)]; });
        const auto most = size_t(std::max(1., std::round(share * m_graph.nodes() / double(m_graph.classes.size()))));
        std::vector<size_t> taken(m_graph.classes.size(), 0);
        std::erase_if(nodes, [&](int node) { return ++taken[size_t(stage.predictions[size_t(node)])] > most; });
    }

    /// The class whose labelled nodes are nearest to the centre of each node's cluster.
    std::vector<int> clusteredClasses(const Gnn& gnn) const
    {
        const Matrix vectors =
            gnn.hiddenVectors(m_graph.features, MessageFlowBuilder(m_propagation).wholeGraph(gnn.shape().layers));
        const Clusters clusters = kMeans(vectors, std::min(kMostClusters, std::max(1, m_graph.nodes() / 10)),
            kClusterRounds, deriveSeed(m_options.seed, "clusters"), m_context);
        Matrix centres(m_graph.classes.size(), vectors.columns);
        std::vector<float> counts(centres.rows, 0);
        for (size_t i = 0; i < m_train.nodes.size(); ++i) {
            const auto label = size_t(m_train.labels[i]);
            ++counts[label];
            for (size_t j = 0; j < vectors.columns; ++j)
                centres.at(label, j) += vectors.at(size_t(m_train.nodes[i]), j);
        }
        std::vector<int> classOfCluster;
        for (size_t c = 0; c < clusters.centres.rows; ++c) {
            double least = std::numeric_limits<double>::max();
            int best = 0;
            for (size_t label = 0; label < centres.rows; ++label) {
                double distance = 0;
                for (size_t j = 0; j < vectors.columns; ++j) {
                    const double apart = double(clusters.centres.at(c, j) - centres.at(label, j) / counts[label]);
                    distance += apart * apart;
                }
                if (distance < least) {
                    least = distance;
                    best = int(label);
                }
            }
            classOfCluster.push_back(best);
        }
        std::vector<int> out;
        for (const int cluster : clusters.of)
            out.push_back(classOfCluster[size_t(cluster)]);
        return out;
    }

    /// SPF.
    void keepWhatSamplesAgreeOn(SelfTrainingStage& stage, const Gnn& gnn, int number) const
    {
        if (stage.added.empty())
            return;
        MessageFlowBuilder builder(m_propagation);
        std::vector<bool> agreed(stage.added.size(), true);
        std::vector<int> first;
        if (m_options.filterAsksWholeGraph)
            for (const int node : stage.added)
                first.push_back(stage.predictions[size_t(node)]);
        for (int sample = 0; sample < kSamples; ++sample) {
            m_context.throwIfStopped();
            const uint64_t seed =
                deriveSeed(deriveSeed(m_options.seed, "samples"), uint64_t(number * kSamples + sample));
            const MessageFlow flow = builder.flow(stage.added, gnn.shape().layers, kSampleKeep, seed);
            const std::vector<int> answers = largestOf(gnn.logits(inputOf(m_graph.features, flow), flow));
            if (first.empty())
                first = answers;
            for (size_t i = 0; i < answers.size(); ++i)
                agreed[i] = agreed[i] && answers[i] == first[i];
        }
        std::vector<int> kept;
        for (size_t i = 0; i < agreed.size(); ++i)
            if (agreed[i])
                kept.push_back(stage.added[i]);
        stage.added = std::move(kept);
    }

    /// PGP. What is left is as heavy as before.
    void prune(SelfTrainingStage& stage)
    {
        const std::vector<bool> isLabelled = labelled();
        const auto answer = [&](int node) {
            const int given = m_labels[size_t(node)];
            return m_options.pruningTrustsLabels && given >= 0 ? given : stage.predictions[size_t(node)];
        };
        const auto goes = [&](int row, int column) {
            return isLabelled[size_t(row)] && isLabelled[size_t(column)] && answer(row) != answer(column);
        };
        for (int row = 0; row < m_propagation.rows; ++row)
            for (const int column : m_propagation.columnsOf(row))
                if (row < column && goes(row, column))
                    stage.removed.emplace_back(row, column);
        if (stage.removed.empty())
            return;
        const auto stays = [&](int row, int column) { return !goes(row, column); };
        m_propagation = filtered(m_propagation, stays);
        if (m_options.kind != GnnKind::Gcn)
            m_smoothing = filtered(m_smoothing, stays);
    }

    const Graph& m_graph;
    const GraphSplit& m_split;
    SelfTrainingOptions m_options;
    const JobContext& m_context;
    SparseMatrix m_propagation; ///< loses edges by and by
    SparseMatrix m_smoothing; ///< see smoothing()
    NodeTargets m_train; ///< grows
    std::vector<int> m_labels; ///< those given; -1 elsewhere
    int m_mostPerClass = 0;
};

} // namespace

const char* toString(SelfTrainingMethod method)
{
    return std::ranges::find(kMethods, method, &std::pair<Method, const char*>::first)->second;
}

SelfTrainingMethod selfTrainingMethod(const std::string& name)
{
    std::string names;
    for (const auto& [method, word] : kMethods) {
        if (name == word)
            return method;
        names += (names.empty() ? "" : ", ") + std::string(word);
    }
    throw Error(ErrorKind::Input, "is no method of self-training", name, "Use one of " + names + ".");
}

std::vector<SelfTrainingStage> selfTrain(
    const Graph& graph, const GraphSplit& split, const SelfTrainingOptions& options, const JobContext& context)
{
    return SelfTraining(graph, split, options, context).run();
}

} // namespace clipscope
