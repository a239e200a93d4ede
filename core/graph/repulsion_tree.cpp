// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/repulsion_tree.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace clipscope {

namespace {
constexpr int kLeaf = 8; // so many are summed one by one faster than a square is looked at
constexpr int kDeepest = 32; // many at one place end here
} // namespace

RepulsionTree::RepulsionTree(std::span<const GraphPlace> places, std::span<const float> masses, double theta)
    : m_theta(theta)
    , m_order(places.size())
    , m_rank(places.size())
{
    std::iota(m_order.begin(), m_order.end(), 0);
    m_places.assign(places.begin(), places.end());
    m_masses.assign(masses.begin(), masses.end());
    float left = 0, top = 0, side = 0;
    if (!places.empty()) {
        const auto [minX, maxX] = std::minmax_element(
            places.begin(), places.end(), [](const GraphPlace& a, const GraphPlace& b) { return a.x < b.x; });
        const auto [minY, maxY] = std::minmax_element(
            places.begin(), places.end(), [](const GraphPlace& a, const GraphPlace& b) { return a.y < b.y; });
        left = minX->x;
        top = minY->y;
        side = std::max(maxX->x - minX->x, maxY->y - minY->y) * 1.0001F;
    }
    m_squares.reserve(places.size());
    m_squares.push_back({0, 0, 0, side, 0, int(places.size()), -1});
    build(0, left, top, 0);
    // What a sum walks over lies together.
    for (size_t i = 0; i < m_order.size(); ++i) {
        m_places[i] = places[size_t(m_order[i])];
        m_masses[i] = masses[size_t(m_order[i])];
        m_rank[size_t(m_order[i])] = int(i);
    }
}

/// Until the tree is whole, m_places and m_masses are in the caller's order.
void RepulsionTree::build(int square, float left, float top, int depth)
{
    Square own = m_squares[size_t(square)];
    double mass = 0, x = 0, y = 0;
    for (int i = own.first; i < own.end; ++i) {
        const auto node = size_t(m_order[size_t(i)]);
        mass += m_masses[node];
        x += double(m_masses[node]) * m_places[node].x;
        y += double(m_masses[node]) * m_places[node].y;
    }
    own.mass = float(mass);
    own.x = mass > 0 ? float(x / mass) : 0;
    own.y = mass > 0 ? float(y / mass) : 0;
    if (own.end - own.first > kLeaf && depth < kDeepest && own.side > 0) {
        const float half = own.side / 2, midX = left + half, midY = top + half;
        const auto split = [this](int first, int end, auto before) {
            return int(std::partition(m_order.begin() + first, m_order.begin() + end, [&](int node) {
                return before(m_places[size_t(node)]);
            }) - m_order.begin());
        };
        const int rows = split(own.first, own.end, [midY](const GraphPlace& p) { return p.y < midY; });
        const auto isLeft = [midX](const GraphPlace& p) { return p.x < midX; };
        const std::array<int, 5> bounds = {
            own.first, split(own.first, rows, isLeft), rows, split(rows, own.end, isLeft), own.end};
        own.children = int(m_squares.size());
        m_squares[size_t(square)] = own;
        for (size_t child = 0; child < 4; ++child)
            m_squares.push_back({0, 0, 0, half, bounds[child], bounds[child + 1], -1});
        for (int child = 0; child < 4; ++child)
            if (bounds[size_t(child)] < bounds[size_t(child) + 1])
                build(own.children + child, child % 2 == 0 ? left : midX, child < 2 ? top : midY, depth + 1);
        return;
    }
    m_squares[size_t(square)] = own;
}

RepulsionTree::Push RepulsionTree::pushOn(int i) const
{
    Push out;
    const int rank = m_rank[size_t(i)];
    const GraphPlace own = m_places[size_t(rank)];
    const double theta2 = m_theta * m_theta;
    const auto add = [&](float x, float y, float mass) {
        const double dx = double(own.x) - x, dy = double(own.y) - y, d2 = dx * dx + dy * dy;
        if (d2 <= 0)
            return;
        const double weight = mass / d2;
        out.x += weight * dx;
        out.y += weight * dy;
        out.stiffness += weight;
    };
    std::array<int, 4 * (kDeepest + 1)> stack; // each level leaves at most three behind
    size_t size = 0;
    stack[size++] = 0;
    while (size > 0) {
        const Square& square = m_squares[size_t(stack[--size])];
        if (square.first == square.end)
            continue;
        const bool inside = rank >= square.first && rank < square.end;
        if (!inside) {
            const double dx = double(own.x) - square.x, dy = double(own.y) - square.y;
            if (double(square.side) * square.side < theta2 * (dx * dx + dy * dy)) {
                add(square.x, square.y, square.mass);
                continue;
            }
        }
        if (square.children < 0) {
            for (int k = square.first; k < square.end; ++k)
                if (k != rank)
                    add(m_places[size_t(k)].x, m_places[size_t(k)].y, m_masses[size_t(k)]);
        } else {
            for (int child = 0; child < 4; ++child)
                stack[size++] = square.children + child;
        }
    }
    return out;
}

} // namespace clipscope
