// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "retrieval/retrieval_metrics.h"
#include "support/test_data.h"

#include <cmath>

using namespace clipscope;
using clipscope::test::errorOf;

namespace {

std::vector<std::vector<int64_t>> diagonal(int64_t n)
{
    std::vector<std::vector<int64_t>> truth;
    for (int64_t i = 0; i < n; ++i)
        truth.push_back({i});
    return truth;
}

} // namespace

class TestRetrievalMetrics : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void identityIsPerfect()
    {
        Matrix scores(12, 12);
        for (size_t i = 0; i < 12; ++i)
            scores.at(i, i) = 1;
        const RetrievalMetrics m = retrievalMetrics(scores, diagonal(12));
        QCOMPARE(m.r1, 1.0);
        QCOMPARE(m.r5, 1.0);
        QCOMPARE(m.r10, 1.0);
        QCOMPARE(m.medianRank, 1.0);
        QCOMPARE(m.meanRank, 1.0);
        QCOMPARE(m.queries, int64_t(12));
    }
    void equalScoresAreTheWorstRank()
    {
        // A model that says the same of everything must not look good.
        const RetrievalMetrics m = retrievalMetrics(Matrix(20, 20), diagonal(20));
        QCOMPARE(m.r1, 0.0);
        QCOMPARE(m.r10, 0.0);
        QCOMPARE(m.medianRank, 20.0);
        QCOMPARE(m.meanRank, 20.0);
    }
    void knownRanks()
    {
        Matrix scores(4, 12);
        for (size_t q = 0; q < 4; ++q)
            for (size_t c = 0; c < 12; ++c)
                scores.at(q, c) = -float(c);
        // The right candidates stand at places 1, 2, 6 and 11.
        const std::vector<std::vector<int64_t>> truth = {{0}, {1}, {5}, {10}};
        QCOMPARE(retrievalRanks(scores, truth), std::vector<int64_t>({1, 2, 6, 11}));
        const RetrievalMetrics m = retrievalMetrics(scores, truth);
        QCOMPARE(m.r1, .25);
        QCOMPARE(m.r5, .5);
        QCOMPARE(m.r10, .75);
        QCOMPARE(m.medianRank, 4.0);
        QCOMPARE(m.meanRank, 5.0);
        const std::vector<std::vector<int64_t>> odd = {{0}, {1}, {5}};
        scores.rows = 3;
        scores.values.resize(36);
        QCOMPARE(retrievalMetrics(scores, odd).medianRank, 2.0);
    }
    void severalRightCandidatesCountOnce()
    {
        Matrix scores(1, 5);
        scores.values = {.9F, .8F, .8F, .8F, .1F};
        // Best right candidate .8: beaten by .9, tied with one wrong .8; the other right one is no rival.
        QCOMPARE(retrievalRanks(scores, {{1, 3}}), std::vector<int64_t>({3}));
        QCOMPARE(retrievalRanks(scores, {{1, 2, 3}}), std::vector<int64_t>({2}));
        QCOMPARE(retrievalRanks(scores, {{4, 0}}), std::vector<int64_t>({1}));
        QCOMPARE(retrievalRanks(scores, {{3, 3}}), std::vector<int64_t>({4}));
    }
    void aScoreThatIsNoNumberRanksLast()
    {
        Matrix scores(1, 4);
        scores.values = {.1F, NAN, .2F, -INFINITY};
        QCOMPARE(retrievalRanks(scores, {{1}}), std::vector<int64_t>({4}));
        QCOMPARE(retrievalRanks(scores, {{2}}), std::vector<int64_t>({1}));
    }
    void sizesThatDoNotFitAreRefused()
    {
        QVERIFY(!errorOf<Error>([] { retrievalMetrics(Matrix(2, 2), diagonal(3)); }).empty());
        QVERIFY(!errorOf<Error>([] { retrievalMetrics(Matrix(2, 2), {{0}, {2}}); }).empty());
        QVERIFY(!errorOf<Error>([] { retrievalMetrics(Matrix(2, 2), {{0}, {-1}}); }).empty());
        QVERIFY(!errorOf<Error>([] { retrievalMetrics(Matrix(2, 2), {{0}, {}}); }).empty());
        QCOMPARE(retrievalMetrics(Matrix(), {}).queries, int64_t(0));
    }
};

QTEST_GUILESS_MAIN(TestRetrievalMetrics)
#include "tst_retrieval_metrics.moc"
