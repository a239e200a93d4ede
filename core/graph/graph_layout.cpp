// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_layout.h"

#include "base/random.h"
#include "graph/parallel_tasks_internal.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

namespace clipscope {

namespace {

constexpr double kTheta = .9;
constexpr int kCoarsest = 5; // nodes of the graph that is laid out first
constexpr double kLeastMerged = .1; // of the nodes of a level; else another level is not worth it
constexpr size_t kMostMerged = 4; // nodes that become one
constexpr int kCheap = 3000; // nodes of a level that has time for more rounds
constexpr int kCheapRounds = 300;
constexpr int kRounds = 100;
constexpr double kDamping = .7; // of a step towards where a node alone would come to rest
constexpr double kCooled = .02; // what is left of the longest step after all rounds
constexpr double kAtRest = .01; // mean step in distances between nodes: nobody sees less
constexpr size_t kBlock = 512; // nodes a thread takes at a time
constexpr size_t kSharedBlocks = 4; // fewer are done sooner by one
constexpr double kHeld =
    .75; // share of the nodes that stay; those farther out come nearer, arms would make all else small
constexpr double kRim = .93; // share of a part's nodes that others keep away from
constexpr double kAround = .8; // free room around a part, in distances between nodes
constexpr auto kBetweenSteps = std::chrono::milliseconds(100);

/// A graph of merged nodes.
struct Level {
    SparseMatrix edges;
    std::vector<float> masses;
    std::vector<int> parents; ///< in the next level; empty in the last one
};

/// Each node joins the neighbour it hangs on most for its mass that is still alone, else a small group next to it.
std::vector<int> merged(const Level& level, Random& random, int& groups)
{
    const int nodes = level.edges.rows;
    std::vector<int> out(size_t(nodes), -1), sizes;
    for (const int64_t at : random.permutation(nodes)) {
        const int node = int(at);
        if (out[size_t(node)] >= 0)
            continue;
        int alone = -1, group = -1;
        double best = 0, bestGroup = 0;
        const auto others = level.edges.columnsOf(node);
        for (size_t k = 0; k < others.size(); ++k) {
            const int other = others[k], of = out[size_t(other)];
            const double pull = level.edges.valuesOf(node)[k] / level.masses[size_t(other)];
            if (of < 0 && pull > best) {
                best = pull;
                alone = other;
            } else if (of >= 0 && size_t(sizes[size_t(of)]) < kMostMerged && pull > bestGroup) {
                bestGroup = pull;
                group = of;
            }
        }
        if (alone < 0 && group >= 0) {
            out[size_t(node)] = group;
            ++sizes[size_t(group)];
            continue;
        }
        out[size_t(node)] = int(sizes.size());
        sizes.push_back(1);
        if (alone >= 0) {
            out[size_t(alone)] = out[size_t(node)];
            ++sizes.back();
        }
    }
    groups = int(sizes.size());
    return out;
}

Level nextLevel(const Level& level, int groups)
{
    Level out;
    out.masses.assign(size_t(groups), 0);
    std::vector<SparseEntry> entries;
    for (int node = 0; node < level.edges.rows; ++node) {
        const int own = level.parents[size_t(node)];
        out.masses[size_t(own)] += level.masses[size_t(node)];
        const auto others = level.edges.columnsOf(node);
        for (size_t k = 0; k < others.size(); ++k)
            if (const int other = level.parents[size_t(others[k])]; other != own)
                entries.push_back({own, other, level.edges.valuesOf(node)[k]});
    }
    // sparseMatrix() keeps the first of several: what joins the same two is added up here.
    std::sort(entries.begin(), entries.end(), [](const SparseEntry& a, const SparseEntry& b) {
        return a.row != b.row ? a.row < b.row : a.column < b.column;
    });
    std::vector<SparseEntry> sums;
    for (const SparseEntry& entry : entries) {
        if (!sums.empty() && sums.back().row == entry.row && sums.back().column == entry.column)
            sums.back().value += entry.value;
        else
            sums.push_back(entry);
    }
    out.edges = sparseMatrix(groups, groups, std::move(sums));
    return out;
}

/// Of a connected graph.
class PartLayout {
public:
    PartLayout(SparseMatrix adjacency, Random& random, const JobContext& context)
        : m_random(random)
    {
        Level first;
        first.edges = std::move(adjacency);
        for (int node = 0; node < first.edges.rows; ++node)
            first.masses.push_back(1 + float(first.edges.columnsOf(node).size()));
        m_levels.push_back(std::move(first));
        while (m_levels.back().edges.rows > kCoarsest) {
            context.throwIfStopped();
            int groups = 0;
            std::vector<int> parents = merged(m_levels.back(), m_random, groups);
            if (groups > (1 - kLeastMerged) * m_levels.back().edges.rows)
                break;
            m_levels.back().parents = std::move(parents);
            m_levels.push_back(nextLevel(m_levels.back(), groups));
        }
    }

    int nodes() const { return m_levels.front().edges.rows; }
    /// Node steps of run().
    int64_t work() const
    {
        int64_t out = 0;
        for (const Level& level : m_levels)
            out += int64_t(level.edges.rows) * roundsOf(level);
        return out;
    }

    /// Calls after(steps of nodes) when so many more are done.
    void run(int threads, const JobContext& context, const std::function<void(int64_t)>& after)
    {
        const Level& last = m_levels.back();
        const double spread = std::sqrt(double(last.edges.rows)) * distanceIn(last);
        for (int node = 0; node < last.edges.rows; ++node) {
            const double x = m_random.uniform(-spread, spread), y = m_random.uniform(-spread, spread);
            m_places.push_back({float(x), float(y)});
        }
        for (m_level = m_levels.size(); m_level-- > 0;) {
            if (m_level + 1 < m_levels.size())
                unmerge(m_levels[m_level]);
            settle(m_levels[m_level], threads, context, after);
        }
        m_level = 0;
    }

    /// Where the nodes are by now, around 0, 0; those far out drawn nearer.
    std::vector<GraphPlace> places() const
    {
        std::vector<GraphPlace> out = m_places;
        if (out.empty())
            return std::vector<GraphPlace>(size_t(nodes()));
        for (size_t level = m_level; level-- > 0;) {
            std::vector<GraphPlace> finer;
            for (const int parent : m_levels[level].parents)
                finer.push_back(out[size_t(parent)]);
            out = std::move(finer);
        }
        centre(out);
        const double held = radiusOf(out, kHeld);
        for (GraphPlace& place : out)
            if (const double far = std::hypot(double(place.x), double(place.y)); held > 0 && far > held) {
                const double nearer = held * (1 + std::log(far / held)) / far;
                place = {float(place.x * nearer), float(place.y * nearer)};
            }
        return out;
    }

    static void centre(std::vector<GraphPlace>& places)
    {
        double x = 0, y = 0;
        for (const GraphPlace& place : places) {
            x += place.x / double(places.size());
            y += place.y / double(places.size());
        }
        for (GraphPlace& place : places)
            place = {float(place.x - x), float(place.y - y)};
    }

    /// Of the circle around 0, 0 that has this share of them.
    static double radiusOf(const std::vector<GraphPlace>& places, double share)
    {
        std::vector<double> far;
        for (const GraphPlace& place : places)
            far.push_back(std::hypot(double(place.x), double(place.y)));
        const auto at = far.begin() + std::min<ptrdiff_t>(std::ssize(far) - 1, ptrdiff_t(share * double(far.size())));
        std::nth_element(far.begin(), at, far.end());
        return *at;
    }

private:
    static int roundsOf(const Level& level) { return level.edges.rows <= kCheap ? kCheapRounds : kRounds; }

    /// About what lies between two neighbours at rest: pull and push of a mean edge are equal there.
    static double distanceIn(const Level& level)
    {
        const double mass = std::accumulate(level.masses.begin(), level.masses.end(), 0.);
        const double weight = std::accumulate(level.edges.values.begin(), level.edges.values.end(), 0.);
        return weight > 0 ? std::sqrt(mass * mass / (double(level.edges.rows) * weight)) : 1;
    }

    void unmerge(const Level& level)
    {
        const double apart = .3 * distanceIn(level);
        std::vector<GraphPlace> places;
        for (const int parent : level.parents) {
            const GraphPlace at = m_places[size_t(parent)];
            const double dx = m_random.uniform(-apart, apart), dy = m_random.uniform(-apart, apart);
            places.push_back({float(at.x + dx), float(at.y + dy)});
        }
        m_places = std::move(places);
    }

    void settle(const Level& level, int threads, const JobContext& context, const std::function<void(int64_t)>& after)
    {
        const double distance = distanceIn(level);
        const int rounds = roundsOf(level);
        const double cooling = std::pow(kCooled, 1. / rounds);
        double longest = distance * (level.parents.empty() ? std::sqrt(double(level.edges.rows)) : 2);
        for (int round = 0; round < rounds; ++round) {
            const double mean = step(level, longest, threads, context);
            const bool atRest = mean < kAtRest * distance;
            after(int64_t(level.edges.rows) * (atRest ? rounds - round : 1));
            if (atRest)
                break;
            longest *= cooling;
        }
    }

    /// All nodes at once; returns the mean length of their steps.
    double step(const Level& level, double longest, int threads, const JobContext& context)
    {
        context.throwIfStopped();
        const size_t nodes = m_places.size();
        const RepulsionTree tree(m_places, level.masses, kTheta);
        std::vector<GraphPlace> next(nodes);
        std::vector<double> lengths((nodes + kBlock - 1) / kBlock, 0);
        const auto moveBlock = [&](size_t block) {
            for (size_t node = block * kBlock; node < std::min(nodes, (block + 1) * kBlock); ++node) {
                const double own = level.masses[node];
                const RepulsionTree::Push push = tree.pushOn(int(node));
                const GraphPlace at = m_places[node];
                double x = own * push.x, y = own * push.y, stiffness = own * push.stiffness;
                const auto others = level.edges.columnsOf(int(node));
                const auto weights = level.edges.valuesOf(int(node));
                for (size_t k = 0; k < others.size(); ++k) {
                    const GraphPlace other = m_places[size_t(others[k])];
                    x += double(weights[k]) * (double(other.x) - at.x);
                    y += double(weights[k]) * (double(other.y) - at.y);
                    stiffness += weights[k];
                }
                const double scale = stiffness > 0 ? kDamping / stiffness : 0, length = std::hypot(x, y) * scale;
                const double kept = length > longest ? longest / length : 1;
                next[node] = {float(at.x + x * scale * kept), float(at.y + y * scale * kept)};
                lengths[block] += length * kept;
            }
        };
        if (lengths.size() < kSharedBlocks) {
            for (size_t block = 0; block < lengths.size(); ++block)
                moveBlock(block);
        } else {
            runTasks(lengths.size(), threads, context, [&](size_t block, const JobContext&) { moveBlock(block); });
        }
        m_places = std::move(next);
        return std::accumulate(lengths.begin(), lengths.end(), 0.) / double(nodes);
    }

    Random& m_random;
    std::vector<Level> m_levels; ///< the graph first
    size_t m_level = 0; ///< the one under way
    std::vector<GraphPlace> m_places; ///< in it; empty before run()
};

/// The nodes of each connected part, rising; the largest part first.
std::vector<std::vector<int>> partsOf(const SparseMatrix& edges)
{
    std::vector<std::vector<int>> out;
    std::vector<bool> seen(size_t(edges.rows), false);
    for (int first = 0; first < edges.rows; ++first) {
        if (seen[size_t(first)])
            continue;
        std::vector<int> part = {first};
        seen[size_t(first)] = true;
        for (size_t next = 0; next < part.size(); ++next)
            for (const int other : edges.columnsOf(part[next]))
                if (!seen[size_t(other)]) {
                    seen[size_t(other)] = true;
                    part.push_back(other);
                }
        std::sort(part.begin(), part.end());
        out.push_back(std::move(part));
    }
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
    return out;
}

/// Edges between `nodes`, which rise, by their places among these.
SparseMatrix within(const SparseMatrix& edges, const std::vector<int>& nodes)
{
    SparseMatrix out;
    out.rows = out.columns = int(nodes.size());
    for (const int node : nodes) {
        const auto others = edges.columnsOf(node);
        const auto weights = edges.valuesOf(node);
        for (size_t k = 0; k < others.size(); ++k) {
            out.indices.push_back(int(std::lower_bound(nodes.begin(), nodes.end(), others[k]) - nodes.begin()));
            out.values.push_back(weights[k]);
        }
        out.offsets.push_back(int64_t(out.indices.size()));
    }
    return out;
}

/// The largest part in the middle, the others in rings around it, as loose as it is.
std::vector<GraphPlace> together(
    const std::vector<std::vector<int>>& parts, const std::vector<std::vector<GraphPlace>>& places, size_t nodes)
{
    std::vector<double> scales, rooms; // of each part: its circle, and free ground around it
    double loose = 0;
    for (const std::vector<GraphPlace>& part : places) {
        const double radius = PartLayout::radiusOf(part, kRim), root = std::sqrt(double(part.size()));
        if (scales.empty())
            loose = radius > 0 ? radius / root : 1;
        scales.push_back(radius > 0 ? loose * root / radius : 1);
        rooms.push_back(loose * (radius > 0 ? root + kAround : kAround));
    }
    std::vector<GraphPlace> out(nodes);
    const auto put = [&](size_t part, double x, double y) {
        for (size_t i = 0; i < parts[part].size(); ++i)
            out[size_t(parts[part][i])] = {
                float(places[part][i].x * scales[part] + x), float(places[part][i].y * scales[part] + y)};
    };
    put(0, 0, 0);
    double inner = rooms[0];
    for (size_t first = 1; first < parts.size();) {
        // As many as there is room for in this ring, spread over all of it.
        const double middle = inner + rooms[first]; // the widest comes first
        std::vector<double> turns;
        double sum = 0;
        for (size_t part = first; part < parts.size(); ++part) {
            const double turn = 2 * std::asin(std::min(1., rooms[part] / middle));
            if (!turns.empty() && sum + turn > 2 * std::numbers::pi)
                break;
            turns.push_back(turn);
            sum += turn;
        }
        double angle = 0;
        for (const double turn : turns) {
            const double share = turn / sum * 2 * std::numbers::pi;
            put(first++, middle * std::cos(angle + share / 2), middle * std::sin(angle + share / 2));
            angle += share;
        }
        inner = middle + rooms[first - turns.size()];
    }
    PartLayout::centre(out);
    double square = 0;
    for (const GraphPlace& place : out)
        square += double(place.x) * place.x + double(place.y) * place.y;
    const double scale = square > 0 ? double(nodes) / std::sqrt(square) : 1;
    for (GraphPlace& place : out)
        place = {float(place.x * scale), float(place.y * scale)};
    return out;
}

} // namespace

std::vector<GraphPlace> layOutGraph(
    const SparseMatrix& adjacency, const GraphLayoutOptions& options, const JobContext& context)
{
    if (adjacency.rows == 0)
        return {};
    Random random(context.seed);
    const std::vector<std::vector<int>> parts = partsOf(adjacency);
    std::vector<PartLayout> layouts;
    std::vector<std::vector<GraphPlace>> places;
    int64_t done = 0, total = 0;
    for (const std::vector<int>& part : parts) {
        layouts.emplace_back(within(adjacency, part), random, context);
        places.push_back(layouts.back().places());
        total += layouts.back().work();
    }
    std::chrono::steady_clock::time_point told;
    for (size_t part = 0; part < parts.size(); ++part) {
        layouts[part].run(options.threads, context, [&](int64_t steps) {
            done += steps;
            context.progress(done, total, "placing nodes");
            const auto now = std::chrono::steady_clock::now();
            if (!context.onPartial || now - told < kBetweenSteps)
                return;
            told = now;
            places[part] = layouts[part].places();
            context.partial(GraphLayoutStep{
                std::make_shared<const std::vector<GraphPlace>>(together(parts, places, size_t(adjacency.rows)))});
        });
        places[part] = layouts[part].places();
    }
    return together(parts, places, size_t(adjacency.rows));
}

} // namespace clipscope
