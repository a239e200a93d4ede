// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/field_style.h"
#include "shell/theme.h"

#include <QApplication>
#include <QPainter>
#include <QRegularExpression>
#include <QStyleOptionViewItem>
#include <QTest>

using namespace clipscope;

class ThemeTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void contrastFormula()
    {
        QCOMPARE(contrast(Qt::black, Qt::white), 21.0);
        QCOMPARE(contrast(Qt::white, Qt::black), 21.0);
        QCOMPARE(contrast(Qt::red, Qt::red), 1.0);
        QVERIFY(qAbs(contrast(QColor("#777777"), Qt::white) - 4.48) < .01);
    }

    void textIsReadable_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::newRow("dark") << true;
        QTest::newRow("light") << false;
    }

    /// Every colour that text is written in, on every ground it is written on.
    void textIsReadable()
    {
        QFETCH(bool, dark);
        const Tokens& t = dark ? darkTokens() : lightTokens();
        QCOMPARE(t.dark, dark);
        for (const QColor& ground : {t.bg, t.surface, t.raised}) {
            for (const QColor& text : {t.text, t.muted, t.bad})
                QVERIFY2(contrast(text, ground) >= 4.5,
                    qPrintable(
                        QStringLiteral("%1 on %2: %3").arg(text.name(), ground.name()).arg(contrast(text, ground))));
            // Graphics that carry meaning: 3 : 1.
            for (const QColor& mark : {t.accent, t.heat})
                QVERIFY2(contrast(mark, ground) >= 3,
                    qPrintable(
                        QStringLiteral("%1 on %2: %3").arg(mark.name(), ground.name()).arg(contrast(mark, ground))));
        }
        QVERIFY(contrast(t.onAccent, t.accent) >= 4.5);
        QVERIFY(contrast(t.text, t.line) >= 4.5); // a pressed button, a chip
    }

    void thePaletteLeadsBackToItsTokens()
    {
        QVERIFY(tokensFor(paletteOf(darkTokens())).dark);
        QVERIFY(!tokensFor(paletteOf(lightTokens())).dark);
    }

    void theStyleSheetKnowsEveryToken()
    {
        for (const Tokens& tokens : {darkTokens(), lightTokens()}) {
            const QString sheet = styleSheetOf(tokens);
            QVERIFY(!QRegularExpression("\\{[a-zA-Z]+\\}").match(sheet).hasMatch());
            QCOMPARE(sheet.count('{'), sheet.count('}'));
        }
    }

    void checkBoxesAreSeen_data() { textIsReadable_data(); }

    /// The empty box stands out from its ground, and the ticked one from the empty one.
    void checkBoxesAreSeen()
    {
        QFETCH(bool, dark);
        const Tokens& t = dark ? darkTokens() : lightTokens();
        const FieldStyle style;
        for (const auto element : {QStyle::PE_IndicatorCheckBox, QStyle::PE_IndicatorItemViewItemCheck}) {
            const auto drawn = [&](QStyle::State state) {
                QImage image(14, 14, QImage::Format_RGB32);
                image.fill(t.bg);
                QStyleOptionViewItem item; // both elements take any option
                item.rect = image.rect();
                item.palette = paletteOf(t);
                item.state = state | QStyle::State_Enabled;
                QPainter painter(&image);
                style.drawPrimitive(element, &item, &painter);
                return image;
            };
            const QImage empty = drawn(QStyle::State_Off);
            const QImage ticked = drawn(QStyle::State_On);
            QVERIFY(contrast(empty.pixelColor(7, 0), t.bg) >= 3);
            QVERIFY(contrast(ticked.pixelColor(2, 11), empty.pixelColor(2, 11)) >= 3);
            QVERIFY(contrast(ticked.pixelColor(6, 9), ticked.pixelColor(2, 11)) >= 3); // the tick itself
        }
    }

    void choiceIsApplied()
    {
        Theme theme(*qApp);
        theme.setChoice(ThemeChoice::Light);
        QVERIFY(!tokensFor(QApplication::palette()).dark);
        theme.setChoice(ThemeChoice::Dark);
        QVERIFY(tokensFor(QApplication::palette()).dark);
        QVERIFY(qApp->styleSheet().contains(darkTokens().bg.name()));
        for (ThemeChoice choice : {ThemeChoice::System, ThemeChoice::Light, ThemeChoice::Dark})
            QCOMPARE(parseThemeChoice(nameOf(choice)), choice);
        QCOMPARE(parseThemeChoice("purple"), ThemeChoice::System);
    }
};

QTEST_MAIN(ThemeTest)
#include "tst_theme.moc"
