// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/gnn.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace clipscope {

Gnn Gnn::narrowed(int hidden) const
{
    GnnShape shape = m_shape;
    shape.hidden = std::clamp(hidden, 1, m_shape.hidden);
    Gnn out(shape, int(m_layers.front().inputs), m_classes, m_seeds);
    out.m_blind = m_blind;
    const bool isSage = m_shape.kind == GnnKind::Sage;
    for (size_t member = 0; member < m_seeds.size(); ++member) {
        std::vector<size_t> rows(m_layers.front().inputs); // of the member's part of a layer that stay
        std::iota(rows.begin(), rows.end(), size_t(0));
        for (size_t i = 0; i < m_layers.size(); ++i) {
            const Layer &from = m_layers[i], &to = out.m_layers[i];
            std::vector<size_t> columns(from.outputs);
            std::iota(columns.begin(), columns.end(), size_t(0));
            if (!isLast(i))
                columns = heaviestUnits(i, member, size_t(shape.hidden));
            const auto place = [&](const Layer& layer, size_t at, size_t row, size_t column) {
                return at
                    + (i == 0 ? (row * m_seeds.size() + member) * layer.outputs
                              : (member * layer.inputs + row) * layer.outputs)
                    + column;
            };
            for (size_t row = 0; row < rows.size(); ++row)
                for (size_t column = 0; column < columns.size(); ++column) {
                    out.m_parameters[place(to, to.weight, row, column)] =
                        m_parameters[place(from, from.weight, rows[row], columns[column])];
                    if (isSage)
                        out.m_parameters[place(to, to.selfWeight, row, column)] =
                            m_parameters[place(from, from.selfWeight, rows[row], columns[column])];
                }
            const auto copyVector = [&](size_t fromAt, size_t toAt) {
                for (size_t column = 0; column < columns.size(); ++column)
                    out.m_parameters[toAt + member * to.outputs + column] =
                        m_parameters[fromAt + member * from.outputs + columns[column]];
            };
            copyVector(from.bias, to.bias);
            if (m_shape.kind == GnnKind::Gat) {
                copyVector(from.attentionTo, to.attentionTo);
                copyVector(from.attentionFrom, to.attentionFrom);
            }
            rows = std::move(columns);
        }
    }
    return out;
}

std::vector<size_t> Gnn::heaviestUnits(size_t layer, size_t member, size_t hidden) const
{
    const Layer& next = m_layers[layer + 1];
    const auto weightOf = [&](size_t unit) {
        double sum = 0;
        const auto add = [&](size_t at) {
            const float* row = m_parameters.data() + at + (member * next.inputs + unit) * next.outputs;
            for (size_t c = 0; c < next.outputs; ++c)
                sum += double(row[c]) * double(row[c]);
        };
        add(next.weight);
        if (m_shape.kind == GnnKind::Sage)
            add(next.selfWeight);
        return sum;
    };
    const size_t heads = m_layers[layer].heads, width = m_layers[layer].outputs / heads;
    std::vector<size_t> out;
    for (size_t head = 0; head < heads; ++head) {
        std::vector<size_t> units(width);
        std::iota(units.begin(), units.end(), head * width);
        std::ranges::stable_sort(units, std::greater<>(), weightOf);
        units.resize(std::min(hidden, width));
        std::ranges::sort(units);
        out.insert(out.end(), units.begin(), units.end());
    }
    return out;
}

} // namespace clipscope
