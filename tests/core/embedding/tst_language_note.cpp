// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/language_note.h"
#include "support/test_data.h"

using namespace clipscope;

class TestLanguageNote : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void scripts_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("outside");
        QTest::newRow("english") << QByteArray("a brown bear") << false;
        QTest::newRow("accents") << QByteArray("\xc3\xa9l\xc3\xa8ve fran\xc3\xa7"
                                               "ais")
                                 << false;
        QTest::newRow("vietnamese") << QByteArray("ti\xe1\xba\xbfng vi\xe1\xbb\x87t") << false;
        QTest::newRow("empty") << QByteArray() << false;
        QTest::newRow("digits") << QByteArray("12 34 !?") << false;
        QTest::newRow("emoji") << QByteArray("\xf0\x9f\x90\xbb") << false;
        QTest::newRow("broken bytes") << QByteArray("\xff\xfe\xc3") << false;
        QTest::newRow("cyrillic") << QByteArray("\xd0\xbc\xd0\xb5\xd0\xb4\xd0\xb2\xd0\xb5\xd0\xb4\xd1\x8c") << true;
        QTest::newRow("chinese") << QByteArray("\xe6\xa3\x95\xe7\x86\x8a") << true;
        QTest::newRow("arabic") << QByteArray("\xd8\xaf\xd8\xa8") << true;
        QTest::newRow("one foreign word") << QByteArray("a bear in \xe6\xa3\x95\xe7\x86\x8a") << false;
        QTest::newRow("one english word") << QByteArray("\xe6\xa3\x95\xe7\x86\x8a\xe6\xa3\x95 tv") << true;
    }
    void scripts()
    {
        QFETCH(QByteArray, text);
        QFETCH(bool, outside);
        QCOMPARE(mostlyOutsideLatin(text.toStdString()), outside);
    }
};

QTEST_GUILESS_MAIN(TestLanguageNote)
#include "tst_language_note.moc"
