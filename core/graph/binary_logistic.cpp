// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/binary_logistic.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace clipscope {

namespace {

constexpr int kMostSteps = 50;
constexpr double kEnough = 1e-8; ///< of a step

double sigmoid(double x)
{
    return 1 / (1 + std::exp(-x));
}

/// Solves a * x = b for a symmetric positive definite a [n, n], by Cholesky; x replaces b.
void solve(std::vector<double> a, std::vector<double>& b)
{
    const size_t n = b.size();
    for (size_t j = 0; j < n; ++j)
        for (size_t i = j; i < n; ++i) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; ++k)
                sum -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = i == j ? std::sqrt(std::max(sum, 1e-12)) : sum / a[j * n + j];
        }
    for (size_t i = 0; i < n; ++i) {
        for (size_t k = 0; k < i; ++k)
            b[i] -= a[i * n + k] * b[k];
        b[i] /= a[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; ++k)
            b[i] -= a[k * n + i] * b[k];
        b[i] /= a[i * n + i];
    }
}

} // namespace

BinaryLogistic::BinaryLogistic(const Matrix& features, const std::vector<bool>& flags, double penalty)
    : m_mean(features.columns, 0)
    , m_scale(features.columns, 0)
    , m_weights(features.columns + 1, 0)
{
    const size_t n = features.rows, dim = features.columns, all = dim + 1;
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < dim; ++j)
            m_mean[j] += double(features.at(i, j)) / double(n);
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < dim; ++j)
            m_scale[j] += std::pow(double(features.at(i, j)) - m_mean[j], 2) / double(n);
    for (double& scale : m_scale)
        scale = scale > 1e-12 ? 1 / std::sqrt(scale) : 0; // what never changes tells nothing
    std::vector<double> row(all, 1);
    for (int step = 0; step < kMostSteps; ++step) {
        std::vector<double> gradient(all, 0), curvature(all * all, 0);
        for (size_t i = 0; i < n; ++i) {
            double score = m_weights[dim];
            for (size_t j = 0; j < dim; ++j) {
                row[j] = (double(features.at(i, j)) - m_mean[j]) * m_scale[j];
                score += m_weights[j] * row[j];
            }
            const double p = sigmoid(score), weight = std::max(p * (1 - p), 1e-9);
            for (size_t j = 0; j < all; ++j) {
                gradient[j] += (double(flags[i]) - p) * row[j];
                for (size_t k = 0; k <= j; ++k)
                    curvature[j * all + k] += weight * row[j] * row[k];
            }
        }
        for (size_t j = 0; j < dim; ++j) {
            gradient[j] -= penalty * m_weights[j];
            curvature[j * all + j] += penalty;
        }
        curvature[dim * all + dim] += 1e-9;
        solve(std::move(curvature), gradient);
        double longest = 0;
        for (size_t j = 0; j < all; ++j) {
            m_weights[j] += gradient[j];
            longest = std::max(longest, std::abs(gradient[j]));
        }
        if (longest < kEnough)
            break;
    }
}

float BinaryLogistic::probability(std::span<const float> features) const
{
    double score = m_weights.back();
    for (size_t j = 0; j < features.size(); ++j)
        score += m_weights[j] * (double(features[j]) - m_mean[j]) * m_scale[j];
    return float(sigmoid(score));
}

} // namespace clipscope
