// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/normal_form.h"
#include "base/text.h"
#include "support/test_data.h"

#include <QElapsedTimer>

#include <cmath>

using namespace clipscope;

class TestText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void invalidBytesBecomeReplacementCharacters()
    {
        QCOMPARE(validUtf8("caf\xc3\xa9"), std::string("caf\xc3\xa9"));
        QCOMPARE(validUtf8("a\xff"
                           "b"),
            std::string("a\xEF\xBF\xBD"
                        "b"));
        QCOMPARE(validUtf8(std::string_view("a\0b", 3)),
            std::string("a\xEF\xBF\xBD"
                        "b"));
        QVERIFY(isValidUtf8("\xf0\x9f\x90\xbb"));
        QVERIFY(!isValidUtf8("\xed\xa0\x80"));
    }
    void twoSpellingsOfOneWordAreOne() { QCOMPARE(composed("e\xcc\x81"), std::string("\xc3\xa9")); }
    void normalForms()
    {
        const std::string small = "\xc3\xa9\xef\xac\x81\xef\xbc\xa1"; // e with acute, the ligature fi, a full-width A
        QCOMPARE(normalForm(small, {}), std::string("e\xcc\x81\xef\xac\x81\xef\xbc\xa1"));
        QCOMPARE(normalForm(small, {.composes = true}), small);
        QCOMPARE(normalForm(small, {.composes = true, .compatible = true}),
            std::string("\xc3\xa9"
                        "fiA"));
        QCOMPARE(normalForm(small, {.composes = true, .compatible = true, .foldsCase = true}),
            std::string("\xc3\xa9"
                        "fia"));
        // Marks change places by their classes (dot below before acute), and Tibetan signs that are no marks become
        // two.
        QCOMPARE(composed("e\xcc\x81\xcc\xa3"), std::string("\xe1\xba\xb9\xcc\x81"));
        QCOMPARE(normalForm("\xe0\xbd\xb3", {}), std::string("\xe0\xbd\xb1\xe0\xbd\xb2"));
        QVERIFY(normalForm(std::u32string_view(U"e\u0301"), {.composes = true}) == U"\u00e9");
        QCOMPARE(composed(""), std::string());
    }
    void aMillionMarksDoNotTakeTheSquareOfTheirNumber_data()
    {
        QTest::addColumn<QByteArray>("piece");
        QTest::newRow("marks out of order") << QByteArray("\xCC\x81\xCC\xA3");
        QTest::newRow("letters that become marks out of order") << QByteArray("\xe0\xbd\xb3");
    }
    void aMillionMarksDoNotTakeTheSquareOfTheirNumber()
    {
        QFETCH(QByteArray, piece);
        const std::string text = 'e' + piece.repeated(300'000).toStdString();
        QElapsedTimer clock;
        clock.start();
        const std::string form = composed(text);
        QVERIFY2(clock.elapsed() < 10'000, qPrintable(QString::number(clock.elapsed())));
        QVERIFY(composed(form) == form);
    }
    void timesAndBytesRead()
    {
        QCOMPARE(formatTime(62.54), std::string("1:02.5"));
        QCOMPARE(formatTime(3723.96), std::string("1:02:04.0"));
        QCOMPARE(formatTime(59.96), std::string("1:00.0"));
        QCOMPARE(formatTime(-5), std::string("0:00.0"));
        QCOMPARE(formatTime(std::nan("")), std::string("0:00.0"));
        QCOMPARE(formatTime(HUGE_VAL), formatTime(1e300));
        QVERIFY(formatTime(HUGE_VAL).starts_with("277777777:46:40"));
        QCOMPARE(formatBytes(54906542), std::string("54.9 MB"));
        QCOMPARE(formatBytes(10), std::string("10 B"));
    }
    void trimming()
    {
        QCOMPARE(trimmed("  a b\n"), std::string("a b"));
        QCOMPARE(trimmed(" \t"), std::string());
    }
};

QTEST_GUILESS_MAIN(TestText)
#include "tst_text.moc"
