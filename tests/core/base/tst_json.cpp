// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/json.h"
#include "support/test_data.h"

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
    void sameKeyInDifferentObjectsIsFine()
    {
        QCOMPARE(parseJson("[{\"a\":1},{\"a\":{\"a\":2}}]", "x").size(), size_t(2));
    }
};

QTEST_GUILESS_MAIN(TestJson)
#include "tst_json.moc"
