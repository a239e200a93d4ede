// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.h"
#include "index/int8_index.h"
#include "index/scan_kernels.h"
#include "support/test_data.h"

#include <cmath>
#include <hwy/targets.h>

using namespace clipscope;

namespace {

/// Every instruction set that this processor has and the kernels are compiled for.
std::vector<int64_t> targets()
{
    std::vector<int64_t> out;
    for (int64_t left = hwy::SupportedTargets(); left != 0; left &= left - 1) {
        hwy::SetSupportedTargetsForTest(left & -left);
        // One that the kernels lack is answered by none.
        if (scanInstructions() == hwy::TargetName(left & -left))
            out.push_back(left & -left);
        hwy::SetSupportedTargetsForTest(0);
    }
    return out;
}

std::vector<float> normals(uint64_t seed, size_t count)
{
    Random random(seed);
    std::vector<float> out(count);
    for (float& v : out)
        v = float(random.normal());
    return out;
}

} // namespace

class TestScanKernels : public QObject {
    Q_OBJECT

    void everyTarget()
    {
        QTest::addColumn<qint64>("target");
        for (const int64_t target : targets())
            QTest::newRow(hwy::TargetName(target)) << qint64(target);
    }
    static void useOnly(qint64 target) { hwy::SetSupportedTargetsForTest(target); }

private Q_SLOTS:
    void cleanup() { hwy::SetSupportedTargetsForTest(0); }

    void theBestOfThisProcessorIsChosen()
    {
        qInfo("%s of %d", scanInstructions().c_str(), int(targets().size()));
        QVERIFY(!targets().empty());
        QCOMPARE(scanInstructions(), std::string(hwy::TargetName(targets().front())));
    }

    void floatDotsFollowTheirDefinition_data() { everyTarget(); }
    void floatDotsFollowTheirDefinition()
    {
        QFETCH(qint64, target);
        useOnly(target);
        for (const size_t dim : {1U, 3U, 8U, 19U, 31U, 32U, 33U, 64U, 100U, 384U, 512U, 1280U}) {
            const std::vector<float> rows = normals(dim, 7 * dim);
            const std::vector<float> query = normals(dim + 1, dim);
            float together[7];
            floatDots(rows.data(), 7, dim, query.data(), together);
            for (size_t i = 0; i < 7; ++i) {
                double sum = 0;
                double size = 0;
                for (size_t j = 0; j < dim; ++j) {
                    const double product = double(rows[i * dim + j]) * double(query[j]);
                    sum += product;
                    size += std::fabs(product);
                }
                QVERIFY(std::fabs(double(together[i]) - sum) <= 1e-6 * size);
                // The neighbours make no difference, to the last digit.
                float alone = 0;
                floatDots(rows.data() + i * dim, 1, dim, query.data(), &alone);
                QCOMPARE(alone, together[i]);
            }
        }
    }

    void codeDotsAreExact_data() { everyTarget(); }
    void codeDotsAreExact()
    {
        QFETCH(qint64, target);
        useOnly(target);
        Random random(7);
        for (const size_t bytes : {64U, 128U, 512U, 1280U, 16384U}) {
            std::vector<uint8_t> codes(6 * bytes);
            std::vector<int8_t> query(bytes);
            for (uint8_t& c : codes)
                c = uint8_t(random.integer(0, 256));
            for (int8_t& q : query)
                q = int8_t(random.integer(-127, 128));
            // The largest sums of either sign, which saturating arithmetic would spoil.
            std::fill_n(codes.begin(), bytes, uint8_t(255));
            std::fill_n(query.begin(), bytes / 2, bytes % 128 == 0 ? int8_t(127) : int8_t(-127));
            int32_t sums[6];
            codeDots(codes.data(), 6, bytes, query.data(), sums);
            for (size_t i = 0; i < 6; ++i) {
                int64_t sum = 0;
                for (size_t j = 0; j < bytes; ++j)
                    sum += int64_t(codes[i * bytes + j]) * query[j];
                QCOMPARE(int64_t(sums[i]), sum);
            }
        }
    }

    void codeSumsFollowTheirDefinition_data() { everyTarget(); }
    void codeSumsFollowTheirDefinition()
    {
        QFETCH(qint64, target);
        useOnly(target);
        Random random(9);
        const size_t bytes = 192;
        std::vector<uint8_t> codes(11 * bytes);
        for (uint8_t& c : codes)
            c = uint8_t(random.integer(1, 256));
        const std::vector<float> weights = normals(3, 11);
        std::vector<float> sums(bytes);
        codeSum(codes.data(), 11, bytes, weights.data(), sums.data());
        for (size_t j = 0; j < bytes; ++j) {
            double sum = 0;
            for (size_t i = 0; i < 11; ++i)
                sum += double(weights[i]) * (double(codes[i * bytes + j]) - 128);
            QVERIFY(std::fabs(double(sums[j]) - sum) < 1e-3);
        }
        codeSum(codes.data(), 0, bytes, weights.data(), sums.data());
        QVERIFY(std::all_of(sums.begin(), sums.end(), [](float v) { return v == 0; }));
    }

    void everyTargetFindsTheSame()
    {
        Matrix rows(3000, 96);
        rows.values = normals(4, rows.values.size());
        normaliseRows(rows);
        Int8Index index(96);
        index.add(rows);
        const std::vector<float> query(rows.row(5).begin(), rows.row(5).end());
        std::vector<std::vector<Neighbour>> found;
        std::vector<std::vector<float>> codes;
        for (const int64_t target : targets()) {
            useOnly(target);
            found.push_back(index.search(query, 20));
            codes.push_back(index.codeScores(query));
        }
        for (size_t t = 1; t < found.size(); ++t) {
            QVERIFY(codes[t] == codes[0]); // to the last digit
            for (size_t i = 0; i < 20; ++i) {
                QCOMPARE(found[t][i].row, found[0][i].row);
                QVERIFY(std::fabs(found[t][i].score - found[0][i].score) < 1e-6F);
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestScanKernels)
#include "tst_scan_kernels.moc"
