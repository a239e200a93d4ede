// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/neighbour_graph.h"

#include "base/error.h"
#include "base/random.h"
#include "support/test_data.h"

#include <algorithm>

using namespace clipscope;
using namespace clipscope::test;

class TestNeighbourGraph : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Against every pair's cosine in double, for more rows than a block holds.
    void likeEveryPair()
    {
        Random random(1);
        Matrix vectors(150, 9);
        for (float& value : vectors.values)
            value = float(random.uniform(-1, 1));
        const auto cosine = [&](size_t a, size_t b) {
            double ab = 0, aa = 0, bb = 0;
            for (size_t i = 0; i < 9; ++i) {
                ab += double(vectors.at(a, i)) * double(vectors.at(b, i));
                aa += double(vectors.at(a, i)) * double(vectors.at(a, i));
                bb += double(vectors.at(b, i)) * double(vectors.at(b, i));
            }
            return ab / std::sqrt(aa * bb);
        };
        Matrix expected(150, 150);
        for (size_t a = 0; a < 150; ++a) {
            std::vector<size_t> order;
            for (size_t b = 0; b < 150; ++b)
                if (b != a)
                    order.push_back(b);
            std::ranges::sort(order, std::greater<>(), [&](size_t b) { return cosine(a, b); });
            for (size_t k = 0; k < 4; ++k)
                expected.at(a, order[k]) = expected.at(order[k], a) = 1;
        }
        QVERIFY(denseOf(neighbourAdjacency(vectors, 4, {})) == expected);
    }

    void few()
    {
        Matrix vectors(3, 2);
        vectors.values = {1, 0, 1, .1F, 0, 1};
        QCOMPARE(neighbourAdjacency(vectors, 10, {}).entries(), int64_t(6)); // all pairs
        QCOMPARE(neighbourAdjacency(vectors, 1, {}).entries(), int64_t(4));
        QVERIFY(!errorOf<Error>([] { neighbourAdjacency(Matrix(1, 2), 1, {}); }).empty());
        QVERIFY(!errorOf<Error>([&] { neighbourAdjacency(vectors, 0, {}); }).empty());
    }
};

QTEST_APPLESS_MAIN(TestNeighbourGraph)
#include "tst_neighbour_graph.moc"
