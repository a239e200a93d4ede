// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/random.h"
#include "index/best_rows.h"
#include "index/vector_index.h"
#include "support/test_data.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

using namespace clipscope;
using clipscope::test::errorOf;

namespace {

/// Small whole numbers: every inner product is exact in float32 whatever the order of summing, and many are equal.
Matrix wholeNumbers(uint64_t seed, size_t rows, size_t columns)
{
    Random random(seed);
    Matrix m(rows, columns);
    for (float& v : m.values)
        v = float(random.integer(-2, 3));
    return m;
}

Matrix unitRows(uint64_t seed, size_t rows, size_t columns)
{
    Random random(seed);
    Matrix m(rows, columns);
    for (float& v : m.values)
        v = float(random.normal());
    normaliseRows(m);
    return m;
}

std::vector<Neighbour> bruteForce(const Matrix& rows, std::span<const float> query, size_t k)
{
    std::vector<Neighbour> all;
    for (size_t i = 0; i < rows.rows; ++i) {
        double sum = 0;
        for (size_t j = 0; j < rows.columns; ++j)
            sum += double(rows.at(i, j)) * double(query[j]);
        all.push_back({int64_t(i), float(sum)});
    }
    std::stable_sort(all.begin(), all.end(), [](const Neighbour& a, const Neighbour& b) { return a.score > b.score; });
    all.resize(std::min(k, all.size()));
    return all;
}

} // namespace

class TestVectorIndex : public QObject {
    Q_OBJECT

    void everyIndex()
    {
        QTest::addColumn<std::string>("factory");
        for (const std::string& factory : registeredIndexes())
            QTest::newRow(factory.c_str()) << factory;
    }

private Q_SLOTS:
    void equalsBruteForceAndItsTieRule_data() { everyIndex(); }
    void equalsBruteForceAndItsTieRule()
    {
        QFETCH(std::string, factory);
        const size_t dim = 19;
        const Matrix rows = wholeNumbers(1, 700, dim);
        const Matrix queries = wholeNumbers(2, 20, dim);
        const auto index = makeIndex(factory, int(dim));
        index->add(rows);
        QCOMPARE(index->size(), int64_t(700));
        QCOMPARE(index->dim(), int(dim));
        QCOMPARE(index->name(), factory);
        for (size_t q = 0; q < queries.rows; ++q)
            for (const size_t k : {size_t(1), size_t(7), size_t(100), size_t(700)})
                QVERIFY(index->search(queries.row(q), int64_t(k)) == bruteForce(rows, queries.row(q), k));
    }

    void equalRowsComeInRowOrder_data() { everyIndex(); }
    void equalRowsComeInRowOrder()
    {
        QFETCH(std::string, factory);
        const auto index = makeIndex(factory, 3);
        Matrix rows(500, 3);
        for (size_t i = 0; i < rows.rows; ++i)
            rows.at(i, i % 50 == 49 ? 1 : 0) = 1;
        index->add(rows);
        const float query[] = {0, 1, 0};
        const auto found = index->search(query, 13);
        QCOMPARE(found.size(), size_t(13));
        for (size_t i = 0; i < 10; ++i)
            QVERIFY((found[i] == Neighbour{int64_t(49 + 50 * i), 1}));
        for (size_t i = 10; i < 13; ++i)
            QVERIFY((found[i] == Neighbour{int64_t(i - 10), 0}));
    }

    void scoresAreAllInnerProductsInRowOrder_data() { everyIndex(); }
    void scoresAreAllInnerProductsInRowOrder()
    {
        QFETCH(std::string, factory);
        const Matrix rows = unitRows(3, 300, 64);
        const Matrix query = unitRows(4, 1, 64);
        const auto index = makeIndex(factory, 64);
        index->add(rows);
        const auto scores = index->scores(query.row(0));
        QCOMPARE(scores.size(), size_t(300));
        for (const Neighbour& n : bruteForce(rows, query.row(0), 300))
            QVERIFY(std::abs(scores[size_t(n.row)] - n.score) < 1e-6F);
        for (const Neighbour& n : index->search(query.row(0), 10))
            QVERIFY(std::abs(scores[size_t(n.row)] - n.score) < 1e-6F);
    }

    void emptyAndTooLargeK_data() { everyIndex(); }
    void emptyAndTooLargeK()
    {
        QFETCH(std::string, factory);
        const auto index = makeIndex(factory, 4);
        const float query[] = {1, 2, 3, 4};
        QVERIFY(index->search(query, 5).empty());
        QVERIFY(index->scores(query).empty());
        index->add(Matrix());
        QCOMPARE(index->size(), int64_t(0));
        index->add(wholeNumbers(5, 3, 4));
        QCOMPARE(index->search(query, 1000).size(), size_t(3));
        QVERIFY(index->search(query, 0).empty());
        QVERIFY(index->search(query, -1).empty());
    }

    void piecesGiveTheSameAsOneAdd_data() { everyIndex(); }
    void piecesGiveTheSameAsOneAdd()
    {
        QFETCH(std::string, factory);
        const Matrix rows = wholeNumbers(6, 101, 8);
        const Matrix query = wholeNumbers(7, 1, 8);
        const auto whole = makeIndex(factory, 8);
        whole->add(rows);
        const auto pieces = makeIndex(factory, 8);
        for (size_t from = 0; from < rows.rows;) {
            Matrix piece;
            for (size_t i = 0; i < 7 && from < rows.rows; ++i)
                piece.append(rows.row(from++));
            pieces->add(piece);
        }
        QCOMPARE(pieces->size(), int64_t(101));
        QVERIFY(pieces->search(query.row(0), 101) == whole->search(query.row(0), 101));
    }

    void wrongLengthsAndNumbersAreRefused_data() { everyIndex(); }
    void wrongLengthsAndNumbersAreRefused()
    {
        QFETCH(std::string, factory);
        const auto index = makeIndex(factory, 4);
        index->add(wholeNumbers(8, 3, 4));
        const float shortQuery[] = {1, 2, 3};
        QVERIFY(errorOf<Error>([&] { index->search(shortQuery, 1); }).find("3 numbers") != std::string::npos);
        QVERIFY(!errorOf<Error>([&] { index->scores(shortQuery); }).empty());
        QVERIFY(!errorOf<Error>([&] { index->add(wholeNumbers(8, 2, 5)); }).empty());
        const float odd[] = {1, std::numeric_limits<float>::quiet_NaN(), 0, 0};
        QVERIFY(errorOf<Error>([&] { index->search(odd, 1); }).find("not finite") != std::string::npos);
        Matrix infinite(1, 4);
        infinite.at(0, 2) = std::numeric_limits<float>::infinity();
        QVERIFY(!errorOf<Error>([&] { index->add(infinite); }).empty());
        QCOMPARE(index->size(), int64_t(3));
    }

    void threadsSearchAtOnce_data() { everyIndex(); }
    void threadsSearchAtOnce()
    {
        QFETCH(std::string, factory);
        const Matrix rows = wholeNumbers(9, 2000, 16);
        const Matrix queries = wholeNumbers(10, 40, 16);
        const auto index = makeIndex(factory, 16);
        index->add(rows);
        std::atomic<int> wrong = 0;
        {
            std::vector<std::jthread> threads;
            for (size_t t = 0; t < 4; ++t)
                threads.emplace_back([&, t] {
                    for (size_t q = t; q < queries.rows; q += 2)
                        wrong += index->search(queries.row(q), 9) != bruteForce(rows, queries.row(q), 9);
                });
        }
        QCOMPARE(wrong.load(), 0);
    }

    void bestRowsKeepsTheTieRule()
    {
        const float scores[] = {1, 3, 3, 2, 3};
        const std::vector<Neighbour> expected{{1, 3}, {2, 3}, {4, 3}, {3, 2}};
        QVERIFY(bestRows(scores, 4) == expected);
        QCOMPARE(bestRows(scores, 99).size(), size_t(5));
        QVERIFY(bestRows(scores, 0).empty());
    }

    void unknownIndexesAreRefusedByName()
    {
        const std::string message = errorOf<Error>([] { makeIndex("magic", 4); });
        QVERIFY(message.find("magic") != std::string::npos && message.find("faiss:Flat") != std::string::npos);
        QVERIFY(errorOf<Error>([] { makeIndex("faiss:Nonsense7", 4); }).find("faiss:Nonsense7") != std::string::npos);
        QVERIFY(!errorOf<Error>([] { makeIndex("exact", 0); }).empty());
    }

    void tooFewRowsToTrainIsAnError()
    {
        const auto index = makeIndex("faiss:IVF64,Flat", 8);
        const std::string message = errorOf<Error>([&] { index->add(unitRows(11, 10, 8)); });
        QVERIFY2(message.find("faiss:IVF64,Flat") != std::string::npos
                && message.find("training points") != std::string::npos,
            message.c_str());
    }

    void approximateFamiliesFindMostAndAlwaysGiveK_data()
    {
        QTest::addColumn<std::string>("factory");
        QTest::addColumn<double>("recall");
        QTest::newRow("graph") << std::string("faiss:HNSW32") << 0.9;
        QTest::newRow("inverted lists") << std::string("faiss:IVF8,Flat") << 0.2;
        QTest::newRow("behind a rotation") << std::string("faiss:PCA24,IVF8,Flat") << 0.1;
        QTest::newRow("codes") << std::string("faiss:SQ8") << 0.9;
    }
    void approximateFamiliesFindMostAndAlwaysGiveK()
    {
        QFETCH(std::string, factory);
        QFETCH(double, recall);
        const Matrix rows = unitRows(12, 1000, 32);
        const Matrix queries = unitRows(13, 20, 32);
        const auto index = makeIndex(factory, 32);
        index->add(rows);
        int found = 0;
        for (size_t q = 0; q < queries.rows; ++q) {
            const auto truth = bruteForce(rows, queries.row(q), 10);
            const auto hits = index->search(queries.row(q), 10);
            QCOMPARE(hits.size(), size_t(10));
            QVERIFY(std::is_sorted(hits.begin(), hits.end(), better));
            for (const Neighbour& t : truth)
                found += std::any_of(hits.begin(), hits.end(), [&](const Neighbour& h) { return h.row == t.row; });
            QCOMPARE(index->search(queries.row(q), 1000).size(), size_t(1000));
            QCOMPARE(index->scores(queries.row(q)).size(), size_t(1000));
        }
        QVERIFY2(found >= recall * 200, std::to_string(found).c_str());
    }
};

QTEST_GUILESS_MAIN(TestVectorIndex)
#include "tst_vector_index.moc"
