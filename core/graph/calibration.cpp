// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace clipscope {

namespace {

constexpr float kLeast = 1.1F; ///< the temperature is log(exp(t) + this)

float temperatureOf(float output)
{
    return std::log(std::exp(std::min(output, 80.F)) + kLeast);
}

/// d temperature / d output.
float slopeOf(float output)
{
    const float grown = std::exp(std::min(output, 80.F));
    return grown / (grown + kLeast);
}

} // namespace

double calibrationLoss(Matrix& scaled, std::span<const int> labels, double rankWeight)
{
    double loss = 0;
    const double share = 1 / double(scaled.rows);
    std::vector<double> p(scaled.columns);
    for (size_t i = 0; i < scaled.rows; ++i) {
        const std::span<float> row = scaled.row(i);
        const auto own = size_t(labels[i]);
        const double highest = double(*std::ranges::max_element(row));
        double sum = 0;
        for (size_t c = 0; c < row.size(); ++c)
            sum += p[c] = std::exp(double(row[c]) - highest);
        for (double& value : p)
            value /= sum;
        const auto first = size_t(std::ranges::max_element(p) - p.begin());
        size_t second = first == 0 ? 1 : 0;
        for (size_t c = 0; c < p.size(); ++c)
            if (c != first && p[c] > p[second])
                second = c;
        const bool hasSecond = p.size() > 1;
        const double gap = p[first] - (hasSecond ? p[second] : 0);
        loss += share * (-std::log(std::max(p[own], 1e-300)) + rankWeight * (first == own ? 1 - gap : gap));
        const double pull = share * rankWeight * (first == own ? -1 : 1);
        for (size_t c = 0; c < p.size(); ++c) {
            const double ofFirst = p[first] * ((c == first) - p[c]);
            const double ofSecond = hasSecond ? p[second] * ((c == second) - p[c]) : 0;
            row[c] = float(share * (p[c] - (c == own)) + pull * (ofFirst - ofSecond));
        }
    }
    return loss;
}

std::vector<float> calibratedTemperatures(const Matrix& logits, const SparseMatrix& propagation,
    const NodeTargets& targets, const CalibrationOptions& options, const JobContext& context)
{
    NodeFeatures features;
    features.vectors = logits;
    GnnShape shape;
    shape.hidden = options.hidden;
    shape.dropout = options.dropout;
    Gnn gnn(shape, int(logits.columns), 1, {&options.seed, 1});
    GnnTrainingOptions training;
    training.epochs = options.epochs;
    training.rate = options.rate;
    training.decay = options.decay;
    const auto loss = [&](Matrix& outputs) {
        Matrix scaled(outputs.rows, logits.columns);
        for (size_t i = 0; i < outputs.rows; ++i)
            for (size_t c = 0; c < logits.columns; ++c)
                scaled.at(i, c) = logits.at(size_t(targets.nodes[i]), c) * temperatureOf(outputs.at(i, 0));
        const double value = calibrationLoss(scaled, targets.labels, options.rankWeight);
        for (size_t i = 0; i < outputs.rows; ++i)
            outputs.at(i, 0) = dot(scaled.row(i), logits.row(size_t(targets.nodes[i]))) * slopeOf(outputs.at(i, 0));
        return std::vector<double>{value};
    };
    trainGnnOn(gnn, features, propagation, targets.nodes, loss, training, context);
    std::vector<float> out;
    for (const float output : logitsOf(gnn, features, propagation).values)
        out.push_back(temperatureOf(output));
    return out;
}

double expectedCalibrationError(
    const Matrix& probabilities, std::span<const int> nodes, std::span<const int> labels, int bins)
{
    if (nodes.empty())
        return std::numeric_limits<double>::quiet_NaN();
    struct Bin {
        double confidence = 0, rights = 0, count = 0;
    };
    std::vector<Bin> all(size_t(std::max(1, bins)));
    for (const int node : nodes) {
        const std::span<const float> row = probabilities.row(size_t(node));
        const auto best = std::ranges::max_element(row);
        Bin& bin = all[std::min(all.size() - 1, size_t(double(*best) * double(all.size())))];
        bin.confidence += double(*best);
        bin.rights += int(best - row.begin()) == labels[size_t(node)];
        ++bin.count;
    }
    double out = 0;
    for (const Bin& bin : all)
        out += std::abs(bin.confidence - bin.rights) / double(nodes.size());
    return out;
}

} // namespace clipscope
