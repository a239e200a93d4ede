// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/random.h"
#include "index/exact_index.h"
#include "index/int8_index.h"
#include "index/scan_kernels.h"
#include "support/test_data.h"

#include <cmath>

using namespace clipscope;
using clipscope::test::errorOf;

namespace {

/// Few themes and many rows around each, as the frames of videos are.
Matrix clustered(uint64_t seed, size_t rows, size_t columns, double spread)
{
    Random random(seed);
    Matrix themes(20, columns);
    for (float& v : themes.values)
        v = float(random.normal());
    Matrix out(rows, columns);
    for (size_t i = 0; i < rows; ++i) {
        const auto theme = themes.row(size_t(random.integer(0, 20)));
        for (size_t j = 0; j < columns; ++j)
            out.at(i, j) = theme[j] + float(spread * random.normal());
    }
    normaliseRows(out);
    return out;
}

/// Rows and scores of both are the same to the last digit.
bool isExact(const Matrix& rows, const Matrix& queries)
{
    Int8Index index(int(rows.columns));
    ExactIndex exact(int(rows.columns));
    index.add(rows);
    exact.add(rows);
    for (size_t q = 0; q < queries.rows; ++q)
        for (const int64_t k : {1, 10, 200})
            if (index.search(queries.row(q), k) != exact.search(queries.row(q), k))
                return false;
    return true;
}

} // namespace

class TestInt8Index : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void findsExactlyWhatTheExactScanFinds()
    {
        QVERIFY(isExact(clustered(1, 20000, 64, .5), clustered(2, 10, 64, .5)));
        QVERIFY(isExact(clustered(3, 5000, 512, .3), clustered(3, 10, 512, .3)));
    }
    void rowsCloserThanTheirCodesTell()
    {
        // A thousand rows that round to the same codes: only float32 tells them apart.
        Matrix rows = clustered(4, 3000, 128, .5);
        Random random(5);
        for (size_t i = 0; i < 1000; ++i)
            for (size_t j = 0; j < 128; ++j)
                rows.at(3 * i, j) = rows.at(0, j) * float(1 + 1e-4 * random.normal());
        Matrix query;
        query.append(rows.row(0));
        QVERIFY(isExact(rows, query));
    }
    void rowsOfEverySizeKeepTheirOrder()
    {
        // One row is a million times as long as the next, some are zero, some beyond what codes can hold.
        Matrix rows = clustered(6, 4000, 32, 1);
        Random random(7);
        for (size_t i = 0; i < rows.rows; ++i) {
            const double size = i % 50 == 0 ? 0 : std::pow(10., random.integer(-18, 17));
            for (float& v : rows.row(i))
                v *= float(size);
        }
        const Matrix queries = clustered(8, 5, 32, 1);
        QVERIFY(isExact(rows, queries));
        for (const float size : {0.F, 1e-20F, 1e-3F, 1e9F, 1e15F}) {
            Matrix odd = queries;
            for (float& v : odd.values)
                v *= size;
            QVERIFY(isExact(rows, odd));
        }
    }
    void oneLargeNumberInARowIsNoHarm()
    {
        Matrix rows = clustered(9, 2000, 100, .2);
        for (size_t i = 0; i < rows.rows; i += 3)
            rows.at(i, i % 100) = 50;
        QVERIFY(isExact(rows, clustered(10, 8, 100, .2)));
    }
    void codeScoresAreClose()
    {
        const Matrix rows = clustered(11, 3000, 512, .4);
        const Matrix query = clustered(12, 1, 512, .4);
        Int8Index index(512);
        index.add(rows);
        const std::vector<float> exact = index.scores(query.row(0));
        const std::vector<float> codes = index.codeScores(query.row(0));
        double worst = 0;
        for (size_t i = 0; i < exact.size(); ++i)
            worst = std::max(worst, std::fabs(double(exact[i]) - double(codes[i])));
        qInfo("worst %.5f", worst);
        QVERIFY(worst > 0 && worst < .003);
        // A part is what all are there.
        const std::vector<float> part = index.scoresOf(query.row(0), 1001, 50);
        QVERIFY(std::equal(part.begin(), part.end(), exact.begin() + 1001));
    }
    void codeLengthIsThatOfTheWeightedSum()
    {
        const Matrix rows = clustered(13, 40, 70, .6);
        Int8Index index(70);
        index.add(rows);
        const std::vector<float> weights = {.1F, .4F, .2F, .3F};
        std::vector<float> sum(70);
        for (size_t i = 0; i < weights.size(); ++i)
            for (size_t j = 0; j < 70; ++j)
                sum[j] += weights[i] * rows.at(9 + i, j);
        QVERIFY(std::fabs(index.codeLength(9, weights) - norm(sum)) < .003F);
    }
    void rowsMayLieElsewhere()
    {
        const Matrix rows = clustered(14, 3000, 48, .5);
        auto owner = std::make_shared<Int8Index>(48);
        owner->add(rows);
        const std::weak_ptr<Int8Index> watched = owner;
        const CodedRows there = owner->coded();
        auto view = std::make_unique<Int8Index>(48, there, std::move(owner));
        QCOMPARE(view->size(), int64_t(3000));
        Int8Index same(48);
        same.add(rows);
        QVERIFY(view->search(rows.row(7), 12) == same.search(rows.row(7), 12));
        QVERIFY(errorOf<Error>([&] { view->add(rows); }).find("cannot be added") != std::string::npos);
        QVERIFY(!watched.expired());
        view.reset();
        QVERIFY(watched.expired());
        QVERIFY(!errorOf<Error>([&] { Int8Index(47, same.coded(), nullptr); }).empty());
    }
};

QTEST_GUILESS_MAIN(TestInt8Index)
#include "tst_int8_index.moc"
