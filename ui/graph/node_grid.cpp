// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/node_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace clipscope {

NodeGrid::NodeGrid(std::shared_ptr<const std::vector<GraphPlace>> places)
    : m_places(std::move(places))
{
    if (!m_places || m_places->empty())
        return;
    double right = std::numeric_limits<double>::lowest(), bottom = right;
    m_left = m_top = std::numeric_limits<double>::max();
    for (const GraphPlace& place : *m_places) {
        m_left = std::min(m_left, double(place.x));
        m_top = std::min(m_top, double(place.y));
        right = std::max(right, double(place.x));
        bottom = std::max(bottom, double(place.y));
    }
    const double width = std::max(right - m_left, 1e-6), height = std::max(bottom - m_top, 1e-6);
    // About as many squares as nodes; a graph on a line has no more either.
    const double count = double(m_places->size());
    m_side = std::max({std::sqrt(width * height / count), width / count, height / count});
    m_columns = 1 + int(width / m_side);
    m_rows = 1 + int(height / m_side);
    m_offsets.assign(size_t(m_columns) * size_t(m_rows) + 1, 0);
    const auto square = [&](const GraphPlace& place) {
        return size_t(row(place.y)) * size_t(m_columns) + size_t(column(place.x));
    };
    for (const GraphPlace& place : *m_places)
        ++m_offsets[square(place) + 1];
    for (size_t i = 1; i < m_offsets.size(); ++i)
        m_offsets[i] += m_offsets[i - 1];
    std::vector<int> next(m_offsets.begin(), m_offsets.end() - 1);
    m_nodes.resize(m_places->size());
    for (size_t node = 0; node < m_places->size(); ++node)
        m_nodes[size_t(next[square((*m_places)[node])]++)] = int(node);
}

int NodeGrid::column(double x) const
{
    return int(std::clamp((x - m_left) / m_side, 0., double(m_columns - 1)));
}

int NodeGrid::row(double y) const
{
    return int(std::clamp((y - m_top) / m_side, 0., double(m_rows - 1)));
}

int NodeGrid::nearest(const QPointF& at, double reach) const
{
    int found = -1;
    double best = reach * reach;
    if (m_nodes.empty())
        return found;
    for (int r = row(at.y() - reach); r <= row(at.y() + reach); ++r)
        for (int c = column(at.x() - reach); c <= column(at.x() + reach); ++c) {
            const size_t square = size_t(r) * size_t(m_columns) + size_t(c);
            for (int k = m_offsets[square]; k < m_offsets[square + 1]; ++k) {
                const int node = m_nodes[size_t(k)];
                const double dx = (*m_places)[size_t(node)].x - at.x(), dy = (*m_places)[size_t(node)].y - at.y();
                const double far = dx * dx + dy * dy;
                if (far < best || (far == best && node > found)) {
                    best = far;
                    found = node;
                }
            }
        }
    return found;
}

int NodeGrid::next(int node, const QPointF& direction) const
{
    int found = -1;
    double best = std::numeric_limits<double>::max();
    const GraphPlace from = (*m_places)[size_t(node)];
    for (size_t i = 0; i < m_nodes.size(); ++i) {
        const double dx = double((*m_places)[i].x) - from.x, dy = double((*m_places)[i].y) - from.y;
        const double ahead = dx * direction.x() + dy * direction.y(), far = std::hypot(dx, dy);
        if (int(i) == node || ahead <= .3 * far)
            continue;
        if (const double cost = far * far / ahead; cost < best) {
            best = cost;
            found = int(i);
        }
    }
    return found;
}

} // namespace clipscope
