// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_layout.h"

#include "base/error.h"
#include "base/random.h"
#include "graph/graph.h"
#include "graph/graph_reader.h"
#include "support/test_data.h"

#include <QElapsedTimer>

#include <algorithm>
#include <any>
#include <cmath>
#include <numeric>
#include <stop_token>

using namespace clipscope;
using namespace clipscope::test;

namespace {

using Places = std::vector<GraphPlace>;

SparseMatrix edgesOf(int nodes, const std::vector<SparseEntry>& edges)
{
    std::vector<std::string> notes;
    return adjacencyOf(nodes, edges, "made", notes);
}

/// Two complete graphs of `size` nodes with one edge between them.
SparseMatrix twoCliques(int size)
{
    std::vector<SparseEntry> edges = {{0, size}};
    for (int i = 0; i < size; ++i)
        for (int j = 0; j < i; ++j) {
            edges.push_back({i, j});
            edges.push_back({size + i, size + j});
        }
    return edgesOf(2 * size, edges);
}

SparseMatrix path(int nodes)
{
    std::vector<SparseEntry> edges;
    for (int i = 1; i < nodes; ++i)
        edges.push_back({i - 1, i});
    return edgesOf(nodes, edges);
}

double distance(const GraphPlace& a, const GraphPlace& b)
{
    return std::hypot(double(a.x) - b.x, double(a.y) - b.y);
}

GraphPlace middleOf(const Places& places, int first, int end)
{
    double x = 0, y = 0;
    for (int i = first; i < end; ++i) {
        x += places[size_t(i)].x;
        y += places[size_t(i)].y;
    }
    return {float(x / (end - first)), float(y / (end - first))};
}

JobContext seeded(uint64_t seed)
{
    JobContext out;
    out.seed = seed;
    return out;
}

/// Mean length of the edges over the mean distance of all pairs tried: 1 where neighbours are anywhere.
double nearness(const SparseMatrix& edges, const Places& places)
{
    double near = 0, all = 0;
    for (int node = 0; node < edges.rows; ++node)
        for (const int other : edges.columnsOf(node))
            near += distance(places[size_t(node)], places[size_t(other)]);
    Random random(1);
    const int pairs = 20'000;
    for (int i = 0; i < pairs; ++i)
        all += distance(random.choice(places), random.choice(places));
    return near / double(edges.entries()) / (all / pairs);
}

} // namespace

class TestGraphLayout : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Far masses together are nearly what they are one by one; with theta 0 they are exactly that.
    void repulsion()
    {
        Random random(3);
        Places places;
        std::vector<float> masses;
        for (int i = 0; i < 2000; ++i) {
            const double x = random.normal() * 10, y = random.normal();
            places.push_back({float(x), float(y)});
            masses.push_back(float(1 + random.below(9)));
        }
        places[7] = places[8]; // the very same place
        const RepulsionTree exact(places, masses, 0), near(places, masses, .9);
        double off = 0, sum = 0;
        for (int i = 0; i < 2000; ++i) {
            double x = 0, y = 0, stiffness = 0;
            for (int j = 0; j < 2000; ++j) {
                const double dx = double(places[size_t(i)].x) - places[size_t(j)].x,
                             dy = double(places[size_t(i)].y) - places[size_t(j)].y, d2 = dx * dx + dy * dy;
                if (d2 <= 0)
                    continue;
                x += masses[size_t(j)] * dx / d2;
                y += masses[size_t(j)] * dy / d2;
                stiffness += masses[size_t(j)] / d2;
            }
            const RepulsionTree::Push e = exact.pushOn(i), n = near.pushOn(i);
            QVERIFY(std::hypot(e.x - x, e.y - y) < 1e-6 * std::max(1., std::hypot(x, y)));
            QVERIFY(std::abs(e.stiffness - stiffness) < 1e-6 * stiffness);
            off += std::hypot(n.x - x, n.y - y);
            sum += std::hypot(x, y);
        }
        qInfo("error of the sums with theta .9: %.2f %%", 100 * off / sum);
        QVERIFY(off / sum < .03);
        QVERIFY(off > 0); // else the tree sums one by one
    }

    void cliquesComeApart()
    {
        const Places places = layOutGraph(twoCliques(20), {}, seeded(1));
        const GraphPlace a = middleOf(places, 0, 20), b = middleOf(places, 20, 40);
        double widest = 0;
        for (int i = 0; i < 20; ++i)
            widest = std::max({widest, distance(places[size_t(i)], a), distance(places[size_t(20 + i)], b)});
        QVERIFY2(distance(a, b) > 2 * widest, qPrintable(QString::number(distance(a, b) / widest)));
        // The promise about centre and size.
        const GraphPlace centre = middleOf(places, 0, 40);
        QVERIFY(std::hypot(centre.x, centre.y) < 1e-3);
        double square = 0;
        for (const GraphPlace& place : places)
            square += double(place.x) * place.x + double(place.y) * place.y;
        QVERIFY(std::abs(std::sqrt(square / 40) - std::sqrt(40.)) < 1e-3);
    }

    void pathIsStraight_data()
    {
        QTest::addColumn<int>("nodes");
        QTest::newRow("one level") << 30;
        QTest::newRow("several levels") << 300;
    }
    void pathIsStraight()
    {
        QFETCH(int, nodes);
        for (uint64_t seed = 0; seed < 3; ++seed) {
            const Places places = layOutGraph(path(nodes), {}, seeded(seed));
            double length = 0;
            for (int i = 1; i < nodes; ++i)
                length += distance(places[size_t(i - 1)], places[size_t(i)]);
            const double straight = distance(places.front(), places.back()) / length;
            QVERIFY2(straight > (nodes > 100 ? .8 : .95), qPrintable(QString::number(straight)));
        }
    }

    void partsStaySideBySide()
    {
        std::vector<SparseEntry> edges;
        for (int i = 0; i < 10; ++i)
            for (int j = 0; j < i; ++j)
                edges.push_back({i, j});
        const Places places = layOutGraph(edgesOf(40, edges), {}, seeded(2)); // and thirty nodes alone
        for (size_t i = 0; i < 40; ++i) {
            QVERIFY(std::isfinite(places[i].x) && std::isfinite(places[i].y));
            QVERIFY(std::hypot(places[i].x, places[i].y) < 4 * std::sqrt(40.));
            for (size_t j = 0; j < i; ++j)
                QVERIFY(distance(places[i], places[j]) > .05);
        }
        QCOMPARE(layOutGraph(edgesOf(1, {}), {}, {}), (Places{{0, 0}}));
        QVERIFY(layOutGraph(SparseMatrix(), {}, {}).empty());
    }

    void sameSeedSamePlaces()
    {
        const SparseMatrix edges = twoCliques(60);
        GraphLayoutOptions one, three;
        one.threads = 1;
        three.threads = 3;
        const SparseMatrix large = path(3000); // large enough to be shared by threads
        QVERIFY(layOutGraph(large, one, seeded(5)) == layOutGraph(large, three, seeded(5)));
        QVERIFY(layOutGraph(edges, one, seeded(5)) == layOutGraph(edges, one, seeded(5)));
        QVERIFY(!(layOutGraph(edges, one, seeded(5)) == layOutGraph(edges, one, seeded(6))));
    }

    void stopsAndTells()
    {
        std::stop_source stop;
        JobContext context = seeded(0);
        context.stop = stop.get_token();
        int64_t last = 0;
        context.onProgress = [&](const Progress& progress) {
            QVERIFY(progress.done >= last && progress.done <= progress.total);
            last = progress.done;
        };
        int steps = 0;
        context.onPartial = [&](const std::any& value) {
            const auto step = std::any_cast<GraphLayoutStep>(value);
            QCOMPARE(step.places->size(), size_t(20'000)); // whatever level it is at
            ++steps;
            if (steps == 3)
                stop.request_stop();
        };
        QVERIFY_THROWS_EXCEPTION(Cancelled, layOutGraph(path(20'000), {}, context));
        QCOMPARE(steps, 3);
    }

    /// 22,470 nodes and 170,823 edges.
    void realGraph()
    {
        NEED_SHARED("data/graphs/musae/facebook_edges.csv");
        const Graph graph = readGraph({sharedDir() / "data/graphs/musae", {}, {}});
        QElapsedTimer clock;
        clock.start();
        const Places places = layOutGraph(graph.adjacency, {}, seeded(1));
        const double seconds = double(clock.elapsed()) / 1000, near = nearness(graph.adjacency, places);
        qInfo("%d nodes, %lld edges: %.1f s; edges are %.3f of a mean distance long", graph.nodes(),
            static_cast<long long>(graph.edges()), seconds, near);
        QVERIFY(near < .35);
        QVERIFY(seconds < 90);
    }
};

QTEST_APPLESS_MAIN(TestGraphLayout)
#include "tst_graph_layout.moc"
