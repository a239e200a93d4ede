// SPDX-License-Identifier: GPL-3.0-or-later
// The attention of a graph attention network (Velickovic et al. 2018, section 2.1), forth and back.
#include "graph/gnn.h"

#include "base/random.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace clipscope {

namespace {

constexpr float kNegativeSlope = .2F; ///< of the leaky ReLU
constexpr uint64_t kAttentionStream = 0x61747465; ///< keeps the attention's dropout apart from that of the input

float leaky(float x)
{
    return x > 0 ? x : kNegativeSlope * x;
}

/// [rows, groups] of the products of each group's part of a row with that of `vector` [groups * width].
Matrix groupProducts(const Matrix& product, size_t rows, size_t groups, const float* vector)
{
    const size_t width = product.columns / groups;
    Matrix out(rows, groups);
    for (size_t row = 0; row < rows; ++row)
        for (size_t group = 0; group < groups; ++group)
            out.at(row, group) = dot(product.row(row).subspan(group * width, width), {vector + group * width, width});
    return out;
}

/// Calls each(row, group, first, count) for the entries of each row, as they stand among values [groups, entries].
template <class Each> void forRowsOf(const SparseMatrix& weights, size_t groups, Each each)
{
    for (size_t group = 0; group < groups; ++group)
        for (size_t row = 0; row < size_t(weights.rows); ++row) {
            const auto first = size_t(weights.offsets[row]);
            each(row, group, group * weights.indices.size() + first, size_t(weights.offsets[row + 1]) - first);
        }
}

} // namespace

void Gnn::attend(size_t layer, const SparseMatrix& weights, std::span<const int> nodes, const Matrix& product,
    Trace* trace, uint64_t step, Matrix& out) const
{
    const Layer& l = m_layers[layer];
    const size_t groups = m_seeds.size() * l.heads, entries = weights.indices.size();
    const Matrix to = groupProducts(product, out.rows, groups, m_parameters.data() + l.attentionTo);
    const Matrix from = groupProducts(product, product.rows, groups, m_parameters.data() + l.attentionFrom);
    std::vector<float> scores(groups * entries), attention(groups * entries);
    forRowsOf(weights, groups, [&](size_t row, size_t group, size_t first, size_t count) {
        const int* neighbours = weights.indices.data() + weights.offsets[row];
        float highest = -INFINITY, sum = 0;
        for (size_t k = 0; k < count; ++k) {
            scores[first + k] = to.at(row, group) + from.at(size_t(neighbours[k]), group);
            highest = std::max(highest, leaky(scores[first + k]));
        }
        for (size_t k = 0; k < count; ++k)
            sum += attention[first + k] = std::exp(leaky(scores[first + k]) - highest);
        for (size_t k = 0; k < count; ++k)
            attention[first + k] /= sum;
    });
    if (!trace) {
        addSparseProduct(weights, attention, groups, view(product), view(out));
        return;
    }
    trace->droppedAttention = attention;
    if (m_shape.dropout > 0)
        forRowsOf(weights, groups, [&](size_t row, size_t group, size_t first, size_t count) {
            const uint64_t seed =
                deriveSeed(dropSeed(group / l.heads, layer, step), kAttentionStream + group % l.heads);
            dropOut({trace->droppedAttention.data() + first, count}, m_shape.dropout,
                deriveSeed(seed, uint64_t(nodes[row])));
        });
    addSparseProduct(weights, trace->droppedAttention, groups, view(product), view(out));
    trace->attention = std::move(attention);
    trace->attentionScores = std::move(scores);
}

void Gnn::attendBack(
    size_t layer, const SparseMatrix& weights, const Trace& trace, const Matrix& gradient, Matrix& productGradient)
{
    const Layer& l = m_layers[layer];
    const size_t groups = m_seeds.size() * l.heads, width = gradient.columns / groups;
    addTransposedSparseProduct(weights, trace.droppedAttention, groups, view(gradient), view(productGradient));
    std::vector<float> slopes(trace.attention.size());
    entryProducts(weights, groups, view(gradient), view(trace.product), slopes);
    Matrix toSlopes(gradient.rows, groups), fromSlopes(productGradient.rows, groups);
    forRowsOf(weights, groups, [&](size_t row, size_t group, size_t first, size_t count) {
        const float* attention = trace.attention.data() + first;
        const int* neighbours = weights.indices.data() + weights.offsets[row];
        float sum = 0;
        for (size_t k = 0; k < count; ++k) {
            // What dropout made of the attention, it makes of its slope.
            slopes[first + k] *= attention[k] > 0 ? trace.droppedAttention[first + k] / attention[k] : 0;
            sum += attention[k] * slopes[first + k];
        }
        for (size_t k = 0; k < count; ++k) {
            const float slope =
                attention[k] * (slopes[first + k] - sum) * (trace.attentionScores[first + k] > 0 ? 1 : kNegativeSlope);
            toSlopes.at(row, group) += slope;
            fromSlopes.at(size_t(neighbours[k]), group) += slope;
        }
    });
    const auto spread = [&](const Matrix& slope, size_t at) {
        for (size_t row = 0; row < slope.rows; ++row)
            for (size_t group = 0; group < groups; ++group)
                for (size_t c = group * width; c < (group + 1) * width; ++c) {
                    productGradient.at(row, c) += slope.at(row, group) * m_parameters[at + c];
                    m_gradient[at + c] += slope.at(row, group) * trace.product.at(row, c);
                }
    };
    spread(toSlopes, l.attentionTo);
    spread(fromSlopes, l.attentionFrom);
}

} // namespace clipscope
