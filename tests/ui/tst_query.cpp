// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/score_formula.h"
#include "models/shell_words.h"
#include "search/query_bar.h"
#include "search/query_command.h"
#include "search/query_words.h"
#include "support/test_data.h"

#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace clipscope;

class QueryTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void words_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("wanted");
        QTest::addColumn<QStringList>("unwanted");
        QTest::newRow("plain") << "a brown  bear "
                               << "a brown bear" << QStringList();
        QTest::newRow("one") << "a star -night"
                             << "a star" << QStringList{"night"};
        QTest::newRow("phrase") << "-\"night sky\" a star"
                                << "a star" << QStringList{"night sky"};
        QTest::newRow("two") << "-night a star -sea"
                             << "a star" << QStringList{"night", "sea"};
        QTest::newRow("hyphen") << "a t-shirt"
                                << "a t-shirt" << QStringList();
        QTest::newRow("minus alone") << "a - b"
                                     << "a - b" << QStringList();
        QTest::newRow("dashes") << "--x"
                                << "--x" << QStringList();
        QTest::newRow("unfinished") << "a -\"night"
                                    << "a -\"night" << QStringList();
        QTest::newRow("other script") << QString::fromUtf8("\xd0\xbc\xd0\xb5\xd0\xb4 -\xd0\xbd\xd0\xbe\xd1\x87\xd1\x8c")
                                      << QString::fromUtf8("\xd0\xbc\xd0\xb5\xd0\xb4")
                                      << QStringList{QString::fromUtf8("\xd0\xbd\xd0\xbe\xd1\x87\xd1\x8c")};
    }

    void words()
    {
        QFETCH(QString, text);
        QFETCH(QString, wanted);
        QFETCH(QStringList, unwanted);
        const QueryWords words = parseQueryWords(text);
        QCOMPARE(words.wanted, wanted);
        QCOMPARE(words.unwanted, unwanted);
    }

    void typingIsToldOnceAfterAPause()
    {
        QueryBar bar;
        bar.show();
        bar.focusWords();
        QSignalSpy changed(&bar, &QueryBar::queryChanged);
        QTest::keyClicks(focus(bar), "a bear");
        QCOMPARE(changed.size(), 0);
        QTRY_COMPARE(changed.size(), 1);
        QCOMPARE(bar.query().positives.at(0).words, std::string("a bear"));
        QTest::qWait(2 * QueryBar::kPauseMs);
        QCOMPARE(changed.size(), 1);
    }

    void enterTellsAtOnceAndGoesToTheResults()
    {
        QueryBar bar;
        bar.show();
        bar.focusWords();
        QSignalSpy changed(&bar, &QueryBar::queryChanged);
        QSignalSpy entered(&bar, &QueryBar::enterPressed);
        QTest::keyClicks(focus(bar), "a bear");
        QTest::keyClick(focus(bar), Qt::Key_Return);
        QCOMPARE(changed.size(), 1);
        QCOMPARE(entered.size(), 1);
        QTest::keyClick(focus(bar), Qt::Key_Return);
        QCOMPARE(changed.size(), 1); // nothing new to ask
        QCOMPARE(entered.size(), 2);
        QTest::keyClick(focus(bar), Qt::Key_Down);
        QCOMPARE(entered.size(), 3);
        QSignalSpy escaped(&bar, &QueryBar::escapePressed);
        QTest::keyClick(focus(bar), Qt::Key_Escape);
        QCOMPARE(escaped.size(), 1);
    }

    void chips()
    {
        QueryBar bar;
        bar.show();
        bar.setWords("a star -night");
        bar.addTerm(QueryTerm::clip(7, 1, 2, .5), "clip_0111.mp4 0:01.0", true);
        Query query = bar.query();
        QCOMPARE(query.positives.size(), size_t(1));
        QCOMPARE(query.negatives.size(), size_t(2));
        QCOMPARE(query.negatives[1].video, VideoId(7));
        QCOMPARE(chipCount(bar), 1);
        // A long name does not push the words out of the bar.
        bar.addTerm(QueryTerm::clip(8, 1, 2), QString(300, QLatin1Char('n')), false);
        QVERIFY(bar.minimumSizeHint().width() < 700);
        bar.setWords({});
        bar.focusWords();
        QTest::keyClick(focus(bar), Qt::Key_Backspace);
        QTest::keyClick(focus(bar), Qt::Key_Backspace);
        QTRY_COMPARE(chipCount(bar), 0);
        QVERIFY(bar.isEmpty());
        bar.replaceBy(QueryTerm::clip(9, 0, 1), "b.mp4 0:00.0");
        bar.findChild<QToolButton*>("term")->click();
        QVERIFY(bar.isEmpty());
    }

    void then()
    {
        QueryBar bar;
        bar.resize(700, 40);
        bar.show();
        bar.setWords("a red ball bounces");
        bar.askThen();
        QTest::keyClicks(focus(bar), "a star spins");
        QCOMPARE(bar.query().thenWords, std::string("a star spins"));
        QTest::keyClick(focus(bar), Qt::Key_Escape);
        QCOMPARE(bar.query().thenWords, std::string());
        QCOMPARE(bar.words(), QStringLiteral("a red ball bounces"));
    }

    void commands()
    {
        Query query;
        query.positives = {QueryTerm::text("a brown bear's cub")};
        query.negatives = {QueryTerm::text("night")};
        query.thenWords = "it sleeps";
        query.thenWithinSec = 20;
        query.by = MatchBy::Picture;
        query.top = 5;
        bool complete = false;
        const QString command = searchCommand("/v/my films.clipscope", query, &complete);
        QVERIFY(complete);
        QCOMPARE(command,
            QStringLiteral(
                "clipscope-cli search --library '/v/my films.clipscope' 'a brown bear'\\''s cub' --not night "
                "--then 'it sleeps' --within 20 --by picture --top 5"));
        // What the shell makes of it are the words again.
        std::string said;
        QCOMPARE(test::runProgram({"/bin/sh", "-c",
                                      "set -- " + command.mid(int(qstrlen("clipscope-cli "))).toStdString()
                                          + "; printf '%s|' \"$@\""},
                     &said),
            0);
        QCOMPARE(QString::fromStdString(said),
            QStringLiteral("search|--library|/v/my films.clipscope|a brown bear's cub|--not|night|--then|it "
                           "sleeps|--within|20|--by|picture|--top|5|"));
        query.positives.push_back(QueryTerm::clip(3, 0, 1));
        searchCommand("/v", query, &complete);
        QVERIFY(!complete);
        QCOMPARE(shellQuoted("-x"), QStringLiteral("'-x'"));
        QCOMPARE(shellQuoted(""), QStringLiteral("''"));
    }

    void formulas()
    {
        Query query;
        QVERIFY(scoreFormula(query).isEmpty());
        query.positives = {QueryTerm::text("a star")};
        query.negatives = {QueryTerm::text("night", .5)};
        query.by = MatchBy::Picture;
        QVERIFY2(scoreFormula(query).contains(
                     QString::fromUtf8("cos(\u201ca star\u201d) \u2212 0.5 \u00b7 cos(\u201cnight\u201d)")),
            qPrintable(scoreFormula(query)));
        query.by = MatchBy::Names;
        QVERIFY(!scoreFormula(query).contains("cos"));
    }

private:
    /// The field that has the bar's focus, on a platform without a window manager.
    static QWidget* focus(QueryBar& bar) { return bar.focusWidget() ? bar.focusWidget() : bar.focusProxy(); }
    static int chipCount(QueryBar& bar)
    {
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        return int(bar.findChildren<QToolButton*>("term").size());
    }
};

QTEST_MAIN(QueryTest)
#include "tst_query.moc"
