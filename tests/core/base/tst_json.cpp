// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/json.h"
#include "support/test_data.h"

#include <QElapsedTimer>

using namespace clipscope;
using clipscope::test::errorOf;

class TestJson : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsAndKeepsOrder()
    {
        const Json j = parseJson("\xEF\xBB\xBF{\"b\": 1, \"a\": [true, null]}", "x");
        QCOMPARE(j.begin().key(), std::string("b"));
        QCOMPARE(j["a"].size(), size_t(2));
    }
    void refusesWhatIsAmbiguousOrHostile_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("expect");
        QTest::newRow("twice") << QByteArray("{\"a\":1,\"a\":2}") << QByteArray("twice");
        QTest::newRow("deep") << QByteArray(200, '[') + QByteArray(200, ']') << QByteArray("nested deeper");
        QTest::newRow("deep and cut off") << QByteArray(50'000'000, '[') << QByteArray("nested deeper");
        QTest::newRow("deep objects") << QByteArray("{\"a\":").repeated(100'000) << QByteArray("nested deeper");
        QTest::newRow("twice, escaped") << QByteArray("{\"a\":1,\"\\u0061\":2}") << QByteArray("twice");
        QTest::newRow("twice, far apart")
            << QByteArray("{\"a\":[{\"b\":1}],\"b\":{},\"a\":2}") << QByteArray("\"a\" twice");
        QTest::newRow("too large a number") << QByteArray("[1e999]") << QByteArray("not valid JSON");
        QTest::newRow("infinity") << QByteArray("[-Infinity]") << QByteArray("not valid JSON");
        QTest::newRow("NUL") << QByteArray("[1]\0", 4) << QByteArray("a NUL at byte 3");
        QTest::newRow("NUL and more behind") << QByteArray("{}\0{}", 5) << QByteArray("a NUL at byte 2");
        QTest::newRow("NUL in a text") << QByteArray("[\"\0\"]", 5) << QByteArray("a NUL at byte 2");
        QTest::newRow("two documents") << QByteArray("{}{}") << QByteArray("not valid JSON");
        QTest::newRow("nan") << QByteArray("[NaN]") << QByteArray("not valid JSON");
        QTest::newRow("cut") << QByteArray("{\"a\":") << QByteArray("not valid JSON");
        QTest::newRow("empty") << QByteArray("") << QByteArray("not valid JSON");
        QTest::newRow("invalid utf-8") << QByteArray("[\"\xff\"]") << QByteArray("not valid JSON");
    }
    void refusesWhatIsAmbiguousOrHostile()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expect);
        const std::string message = errorOf<Error>([&] { parseJson(text.toStdString(), "file.json"); });
        QVERIFY2(message.find(expect.toStdString()) != std::string::npos, message.c_str());
        QVERIFY(message.starts_with("file.json"));
    }
    void everyKindOfValueInItsPlace()
    {
        const char* text =
            R"({"z":[1,-2,3.5,"x",null,true,[],{}],"a":{"b":{"c":[[0]]},"d":18446744073709551615},"e":{}})";
        QCOMPARE(parseJson(text, "x").dump(), std::string(text));
        QVERIFY(parseJson("7", "x") == 7);
        QCOMPARE(parseJson(std::string(64, '[') + std::string(64, ']'), "x").size(), size_t(1));
    }
    void manyKeysDoNotTakeTheSquareOfTheirNumber()
    {
        std::string text = "{";
        for (int i = 0; i < 300'000; ++i)
            text += '"' + std::to_string(i) + "\":" + std::to_string(i) + ',';
        text.back() = '}';
        QElapsedTimer clock;
        clock.start();
        const Json j = parseJson(text, "x");
        // The square would be 45,000,000,000 comparisons: minutes.
        QVERIFY2(clock.elapsed() < 20'000, qPrintable(QString::number(clock.elapsed())));
        QCOMPARE(j.size(), size_t(300'000));
        QCOMPARE(j.begin().key(), std::string("0"));
        QVERIFY(std::prev(j.end()).value() == 299'999);
    }
    void sameKeyInDifferentObjectsIsFine()
    {
        QCOMPARE(parseJson("[{\"a\":1},{\"a\":{\"a\":2}}]", "x").size(), size_t(2));
    }
};

QTEST_GUILESS_MAIN(TestJson)
#include "tst_json.moc"
