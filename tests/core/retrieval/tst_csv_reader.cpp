// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "retrieval/caption_readers.h"
#include "retrieval/csv_reader.h"
#include "support/test_data.h"

using namespace clipscope;
using clipscope::test::errorOf;

using Rows = std::vector<std::vector<std::string>>;

class TestCsvReader : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void plainRows()
    {
        QCOMPARE(parseCsv("a,b\n1,2\n", "x"), Rows({{"a", "b"}, {"1", "2"}}));
        QCOMPARE(parseCsv("a,b\n1,2", "x"), Rows({{"a", "b"}, {"1", "2"}}));
        QCOMPARE(parseCsv("a,b\n,\n", "x"), Rows({{"a", "b"}, {"", ""}}));
        QVERIFY(parseCsv("", "x").empty());
    }
    void lineEndsOfEverySystem()
    {
        const Rows expected = {{"a", "b"}, {"1", "2"}, {"3", "4"}};
        QCOMPARE(parseCsv("a,b\r\n1,2\r\n3,4\r\n", "x"), expected);
        QCOMPARE(parseCsv("a,b\r1,2\r3,4", "x"), expected);
        QCOMPARE(parseCsv("a,b\n\n1,2\r\n \r\n3,4\n\n", "x"), expected);
    }
    void quotes()
    {
        QCOMPARE(parseCsv("a,\"b, \"\"c\"\"\nd\",e", "x"), Rows({{"a", "b, \"c\"\nd", "e"}}));
        QCOMPARE(parseCsv("\"\",\"a\" ,b \"c\" d", "x"), Rows({{"", "a", "b \"c\" d"}}));
    }
    void separatorsAndByteOrderMark()
    {
        QCOMPARE(
            parseCsv("\xEF\xBB\xBFpath;caption\na;one, two\n", "x"), Rows({{"path", "caption"}, {"a", "one, two"}}));
        QCOMPARE(parseCsv("path\tcaption\na\tone; two\n", "x"), Rows({{"path", "caption"}, {"a", "one; two"}}));
        QCOMPARE(parseCsv("\"a;b;c\",d\n", "x"), Rows({{"a;b;c", "d"}}));
    }
    void linesAreThoseOfTheFile()
    {
        const std::vector<CsvRow> rows = readCsvRows("a,b\n\"1\n2\r\n3\",x\n\nlast,y\n", "x");
        QCOMPARE(rows.size(), size_t(3));
        QCOMPARE(rows[1].line, int64_t(2));
        QCOMPARE(rows[2].line, int64_t(6));
    }
    void invalidBytesBecomeReadable() { QCOMPARE(parseCsv("caf\xe9,b", "x")[0][0], std::string("caf\xEF\xBF\xBD")); }
    void errorsNameFileAndLine()
    {
        const std::string open = errorOf<Error>([] { parseCsv("a,b\nc,\"never\nclosed", "films.csv"); });
        QVERIFY2(open.starts_with("films.csv") && open.find("line 2") != std::string::npos, open.c_str());
        const std::string after = errorOf<Error>([] { parseCsv("a,b\n\"c\"d,e", "films.csv"); });
        QVERIFY2(after.find("line 2") != std::string::npos, after.c_str());
        QVERIFY(errorOf<Error>([] {
            parseCsv("\xFF\xFE"
                     "a",
                "films.csv");
        }).find("UTF-16")
            != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestCsvReader)
#include "tst_csv_reader.moc"
