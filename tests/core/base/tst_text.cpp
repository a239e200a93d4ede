// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.h"
#include "support/test_data.h"

using namespace clipscope;

class TestText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void invalidBytesBecomeReplacementCharacters()
    {
        QCOMPARE(validUtf8("caf\xc3\xa9"), std::string("caf\xc3\xa9"));
        QCOMPARE(validUtf8("a\xff" "b"), std::string("a\xEF\xBF\xBD" "b"));
        QCOMPARE(validUtf8(std::string_view("a\0b", 3)), std::string("a\xEF\xBF\xBD" "b"));
        QVERIFY(isValidUtf8("\xf0\x9f\x90\xbb"));
        QVERIFY(!isValidUtf8("\xed\xa0\x80"));
    }
    void twoSpellingsOfOneWordAreOne()
    {
        QCOMPARE(composed("e\xcc\x81"), std::string("\xc3\xa9"));
    }
    void timesAndBytesRead()
    {
        QCOMPARE(formatTime(62.54), std::string("1:02.5"));
        QCOMPARE(formatTime(3723.96), std::string("1:02:04.0"));
        QCOMPARE(formatTime(59.96), std::string("1:00.0"));
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
