// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/sparse_matrix.h"

#include "base/error.h"
#include "support/test_data.h"

using namespace clipscope;
using namespace clipscope::test;

class TestSparseMatrix : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fromEntries()
    {
        const SparseMatrix m = sparseMatrix(4, 3, {{2, 1, 5}, {0, 2, 1}, {0, 0, 2}, {2, 1, 7}});
        QCOMPARE(m.offsets, (std::vector<int64_t>{0, 2, 2, 3, 3}));
        QCOMPARE(m.indices, (std::vector<int>{0, 2, 1}));
        QCOMPARE(m.values, (std::vector<float>{2, 1, 5})); // of two at one place the first stays
        QCOMPARE(m.columnsOf(1).size(), size_t(0));
        QCOMPARE(sparseMatrix(0, 0, {}).entries(), int64_t(0));
        QVERIFY(!errorOf<Error>([] { sparseMatrix(2, 2, {{2, 0}}); }).empty());
        QVERIFY(!errorOf<Error>([] { sparseMatrix(2, 2, {{0, -1}}); }).empty());
    }

    void turned()
    {
        const SparseMatrix m = sparseMatrix(3, 4, {{0, 1, 1}, {0, 3, 2}, {1, 0, 3}, {2, 1, 4}, {2, 2, 5}});
        const SparseMatrix t = transposed(m);
        const Matrix dense = denseOf(m), turned = denseOf(t);
        QCOMPARE(turned.rows, size_t(4));
        for (size_t row = 0; row < dense.rows; ++row)
            for (size_t column = 0; column < dense.columns; ++column)
                QCOMPARE(turned.at(column, row), dense.at(row, column));
        QCOMPARE(transposed(t), m);
    }

    void rowSums()
    {
        SparseMatrix m = sparseMatrix(3, 3, {{0, 0, 1}, {0, 1, 3}, {2, 2, -2}});
        normaliseRowSums(m);
        QCOMPARE(m.values, (std::vector<float>{.25F, .75F, -1}));
    }

    void chosenEntries()
    {
        const SparseMatrix m = sparseMatrix(2, 2, {{0, 0, 1}, {0, 1, 2}, {1, 0, 3}});
        QCOMPARE(
            filtered(m, [](int row, int column) { return row != column; }), sparseMatrix(2, 2, {{0, 1, 2}, {1, 0, 3}}));
        QCOMPARE(filtered(m, [](int, int) { return true; }), m);
    }
};

QTEST_APPLESS_MAIN(TestSparseMatrix)
#include "tst_sparse_matrix.moc"
