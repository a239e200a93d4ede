// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/gnn_training.h"

#include "base/error.h"
#include "base/random.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

namespace clipscope {

namespace {

/// Adam's memory of a network.
class Adam {
public:
    Adam(Gnn& gnn, const GnnTrainingOptions& options)
        : m_gnn(gnn)
        , m_options(options)
        , m_mean(gnn.parameters().size())
        , m_square(gnn.parameters().size())
    {
    }

    void step()
    {
        ++m_steps;
        AdamStep step;
        step.rate = float(m_options.rate);
        step.correction1 = float(1 - std::pow(double(step.beta1), m_steps));
        step.correction2 = float(1 - std::pow(double(step.beta2), m_steps));
        const size_t all = m_mean.size(), decaying = m_options.decaysAllLayers ? all : m_gnn.firstLayerParameters();
        step.decay = float(m_options.decay);
        update(step, 0, decaying);
        step.decay = 0;
        update(step, decaying, all - decaying);
    }

private:
    void update(const AdamStep& step, size_t first, size_t count)
    {
        adamUpdate(step, m_gnn.gradient().subspan(first, count), std::span(m_mean).subspan(first, count),
            std::span(m_square).subspan(first, count), m_gnn.parameters().subspan(first, count));
    }

    Gnn& m_gnn;
    const GnnTrainingOptions& m_options;
    std::vector<float> m_mean, m_square;
    int m_steps = 0;
};

/// The parameters that each member will end with.
class KeptEpochs {
public:
    KeptEpochs(Gnn& gnn, const NodeFeatures& features, const SparseMatrix& propagation, const NodeTargets& validation,
        const GnnTrainingOptions& options)
        : m_gnn(gnn)
        , m_validation(validation)
        , m_options(options)
        , m_flow(MessageFlowBuilder(propagation).flow(validation.nodes, gnn.shape().layers))
        , m_input(inputOf(features, m_flow))
        , m_members(size_t(gnn.members()))
        , m_kept(gnn.parameters().begin(), gnn.parameters().end())
    {
    }

    /// False when all members have stopped.
    bool look(int epoch)
    {
        Matrix logits = m_gnn.logits(m_input, m_flow);
        const bool byLoss = m_options.stopping == Stopping::RisingLoss;
        std::vector<int> rights;
        for (int member = 0; member < m_gnn.members(); ++member) {
            const std::vector<int> predictions = largestOf(logits, m_gnn.members(), member);
            rights.push_back(0);
            for (size_t i = 0; i < predictions.size(); ++i)
                rights.back() += predictions[i] == m_validation.labels[i];
        }
        const std::vector<double> losses =
            byLoss ? crossEntropyOf(logits, m_validation, m_gnn.members()) : std::vector<double>(m_members.size(), 0);
        for (int member = 0; member < m_gnn.members(); ++member) {
            Member& own = m_members[size_t(member)];
            if (own.hasStopped || (!byLoss && rights[size_t(member)] <= own.rights))
                continue;
            own.rights = rights[size_t(member)];
            own.epoch = epoch;
            m_gnn.copyMember(member, m_gnn.parameters(), m_kept);
            if (byLoss)
                own.hasStopped = rises(own.losses, losses[size_t(member)] + penalty(member));
        }
        return !std::ranges::all_of(m_members, &Member::hasStopped);
    }

    void restore(GnnTrainingResult& result)
    {
        std::ranges::copy(m_kept, m_gnn.parameters().begin());
        for (const Member& member : m_members) {
            result.bestEpochs.push_back(member.epoch);
            result.bestValidation.push_back(double(member.rights) / double(m_validation.nodes.size()));
        }
    }

private:
    struct Member {
        int rights = -1; ///< of the epoch kept
        int epoch = 0;
        bool hasStopped = false;
        std::vector<double> losses; ///< of all epochs so far
    };

    double penalty(int member) const
    {
        const size_t decaying = m_options.decaysAllLayers ? m_gnn.parameters().size() : m_gnn.firstLayerParameters();
        return m_options.decay / 2 * m_gnn.squaresOf(member, decaying);
    }

    static bool rises(std::vector<double>& losses, double next)
    {
        constexpr size_t kWindow = 10;
        losses.push_back(next);
        return losses.size() > kWindow + 1
            && next > std::accumulate(losses.end() - kWindow - 1, losses.end() - 1, 0.) / double(kWindow);
    }

    Gnn& m_gnn;
    const NodeTargets& m_validation;
    const GnnTrainingOptions& m_options;
    MessageFlow m_flow;
    NodeFeatures m_input;
    std::vector<Member> m_members;
    std::vector<float> m_kept;
};

} // namespace

const char* toString(Stopping stopping)
{
    return stopping == Stopping::BestAccuracy ? "best-accuracy" : "rising-loss";
}

Stopping stoppingOf(const std::string& name)
{
    for (const Stopping stopping : {Stopping::BestAccuracy, Stopping::RisingLoss})
        if (name == toString(stopping))
            return stopping;
    throw Error(ErrorKind::Input, "is no way to end a training", name, "Use best-accuracy or rising-loss.");
}

NodeTargets targetsOf(const Graph& graph, std::span<const int> nodes)
{
    NodeTargets out;
    for (const int node : nodes)
        if (const int label = graph.labels[size_t(node)]; label >= 0) {
            out.nodes.push_back(node);
            out.labels.push_back(label);
        }
    return out;
}

std::vector<double> crossEntropyOf(Matrix& logits, const NodeTargets& targets, int members)
{
    const size_t classes = logits.columns / size_t(members);
    std::vector<double> out;
    for (size_t member = 0; member < size_t(members); ++member) {
        const auto weightOf = [&](size_t i) {
            return targets.weights.empty() ? 1. : double(targets.weights[i * size_t(members) + member]);
        };
        double all = 0, loss = 0;
        for (size_t i = 0; i < logits.rows; ++i)
            all += weightOf(i);
        for (size_t i = 0; i < logits.rows; ++i) {
            const std::span<float> row = logits.row(i).subspan(member * classes, classes);
            const double share = all > 0 ? weightOf(i) / all : 0;
            const auto own = size_t(targets.labels[i]);
            const float highest = *std::ranges::max_element(row), ownLogit = row[own];
            double sum = 0;
            for (float& value : row)
                sum += value = std::exp(value - highest);
            loss += share * (std::log(sum) + double(highest) - double(ownLogit));
            for (float& value : row)
                value *= float(share / sum);
            row[own] -= float(share);
        }
        out.push_back(loss);
    }
    return out;
}

std::vector<double> trainGnnOn(Gnn& gnn, const NodeFeatures& features, const SparseMatrix& propagation,
    std::span<const int> nodes, const NodeLoss& loss, const GnnTrainingOptions& options, const JobContext& context,
    const std::function<bool(int epoch)>& goesOn)
{
    if (nodes.empty())
        throw Error(ErrorKind::Input, "has no labelled node to learn from", "graph", "Label a node of each class.");
    MessageFlowBuilder builder(propagation);
    std::vector<double> out;
    Adam adam(gnn, options);
    MessageFlow flow;
    NodeFeatures input;
    for (int epoch = 0; epoch < options.epochs; ++epoch) {
        context.throwIfStopped();
        if (epoch == 0 || options.keep < 1) {
            flow = builder.flow(nodes, gnn.shape().layers, options.keep, deriveSeed(options.seed, uint64_t(epoch)));
            input = inputOf(features, flow);
        }
        Matrix logits = gnn.logitsForTraining(input, flow, uint64_t(epoch));
        const std::vector<double> losses = loss(logits);
        const double mean = std::accumulate(losses.begin(), losses.end(), 0.) / double(losses.size());
        if (!std::isfinite(mean))
            throw Error(ErrorKind::Model, "has a loss that is no number in epoch " + std::to_string(epoch + 1),
                "network on a graph", "Lower the learning rate, or look for huge features.");
        out.push_back(mean);
        gnn.backward(logits);
        adam.step();
        if (goesOn && !goesOn(epoch))
            break;
    }
    return out;
}

GnnTrainingResult trainGnn(Gnn& gnn, const NodeFeatures& features, const SparseMatrix& propagation,
    std::span<const int> nodes, const NodeLoss& loss, const NodeTargets& validation, const GnnTrainingOptions& options,
    const JobContext& context)
{
    std::optional<KeptEpochs> kept;
    if (!validation.nodes.empty())
        kept.emplace(gnn, features, propagation, validation, options);
    GnnTrainingResult result;
    result.losses = trainGnnOn(gnn, features, propagation, nodes, loss, options, context,
        [&](int epoch) { return !kept || kept->look(epoch); });
    if (kept)
        kept->restore(result);
    else
        result.bestEpochs.assign(size_t(gnn.members()), options.epochs - 1);
    return result;
}

GnnTrainingResult trainGnn(Gnn& gnn, const NodeFeatures& features, const SparseMatrix& propagation,
    const NodeTargets& targets, const NodeTargets& validation, const GnnTrainingOptions& options,
    const JobContext& context)
{
    const NodeLoss loss = [&](Matrix& logits) { return crossEntropyOf(logits, targets, gnn.members()); };
    return trainGnn(gnn, features, propagation, targets.nodes, loss, validation, options, context);
}

Matrix logitsOf(const Gnn& gnn, const NodeFeatures& features, const SparseMatrix& propagation)
{
    // All nodes in their order bring their own rows: no copy of the features.
    return gnn.logits(features, MessageFlowBuilder(propagation).wholeGraph(gnn.shape().layers));
}

void softmaxOfMembers(Matrix& logits, int members)
{
    const size_t classes = logits.columns / size_t(members);
    for (size_t i = 0; i < logits.rows; ++i)
        for (size_t member = 0; member < size_t(members); ++member) {
            const std::span<float> row = logits.row(i).subspan(member * classes, classes);
            const float highest = *std::ranges::max_element(row);
            float sum = 0;
            for (float& value : row)
                sum += value = std::exp(value - highest);
            for (float& value : row)
                value /= sum;
        }
}

Matrix meanOfMembers(const Matrix& values, int members)
{
    const size_t classes = values.columns / size_t(members);
    Matrix out(values.rows, classes);
    for (size_t i = 0; i < values.rows; ++i)
        for (size_t column = 0; column < values.columns; ++column)
            out.at(i, column % classes) += values.at(i, column) / float(members);
    return out;
}

std::vector<int> largestOf(const Matrix& values, int members, int member)
{
    const size_t classes = values.columns / size_t(members);
    std::vector<int> out;
    out.reserve(values.rows);
    for (size_t i = 0; i < values.rows; ++i) {
        const std::span<const float> row = values.row(i).subspan(size_t(member) * classes, classes);
        out.push_back(int(std::ranges::max_element(row) - row.begin()));
    }
    return out;
}

std::vector<float> valuesAt(const Matrix& values, std::span<const int> columns)
{
    std::vector<float> out;
    for (size_t row = 0; row < values.rows; ++row)
        out.push_back(values.at(row, size_t(columns[row])));
    return out;
}

double accuracyOn(std::span<const int> nodes, std::span<const int> predictions, std::span<const int> labels)
{
    if (nodes.empty())
        return std::numeric_limits<double>::quiet_NaN();
    const auto rights =
        std::ranges::count_if(nodes, [&](int node) { return predictions[size_t(node)] == labels[size_t(node)]; });
    return double(rights) / double(nodes.size());
}

} // namespace clipscope
