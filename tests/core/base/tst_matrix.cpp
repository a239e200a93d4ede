// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/matrix.h"
#include "support/test_data.h"

#include <cmath>

using namespace clipscope;

class TestMatrix : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void productOfKnownMatrices()
    {
        Matrix a;
        a.append(std::vector<float>{1, 2, 3});
        a.append(std::vector<float>{0, 1, 0});
        Matrix b;
        b.append(std::vector<float>{4, 5, 6});
        const Matrix p = multiplyTransposed(a, b);
        QCOMPARE(p.rows, size_t(2));
        QCOMPARE(p.at(0, 0), 32.F);
        QCOMPARE(p.at(1, 0), 5.F);
    }
    void dotUsesEveryElement()
    {
        for (size_t n = 0; n < 40; ++n) {
            std::vector<float> a(n);
            double expect = 0;
            for (size_t i = 0; i < n; ++i) {
                a[i] = float(i + 1);
                expect += double((i + 1) * (i + 1));
            }
            QCOMPARE(double(dot(a, a)), expect);
        }
    }
    void zeroRowsStayZero()
    {
        Matrix m(2, 3);
        m.at(1, 0) = 3;
        m.at(1, 1) = 4;
        normaliseRows(m);
        QCOMPARE(m.at(0, 0), 0.F);
        QCOMPARE(norm(m.row(1)), 1.F);
        QCOMPARE(m.at(1, 1), .8F);
    }
    void rowsOfAnotherWidthAreRefused()
    {
        Matrix m(1, 3);
        QVERIFY_EXCEPTION_THROWN(m.append(std::vector<float>{1}), Error);
        QVERIFY_EXCEPTION_THROWN(multiplyTransposed(m, Matrix(1, 2)), Error);
    }
};

QTEST_GUILESS_MAIN(TestMatrix)
#include "tst_matrix.moc"
