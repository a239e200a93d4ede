// SPDX-License-Identifier: GPL-3.0-or-later
#include "desk.h"
#include "experiment_pages.h"
#include "shell/action_registry.h"
#include "shell/settings.h"
#include "shell/shortcut_editor.h"
#include "shell/shortcuts_model.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableView>
#include <QTest>

using namespace clipscope;
using namespace clipscope::test;

namespace {
void press(QWidget& dialog, const QString& text)
{
    for (QPushButton* button : dialog.findChildren<QPushButton*>())
        if (button->text().remove('&') == text)
            return QTest::mouseClick(button, Qt::LeftButton);
    QFAIL(qPrintable("no button " + text));
}
} // namespace

class ShortcutsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// A key may stand twice where the two never meet.
    void conflictsKeepToScopes()
    {
        QWidget window, grid, player;
        ActionRegistry actions(&window);
        const QKeySequence m(Qt::Key_M), ctrlM(Qt::CTRL | Qt::Key_M);
        actions.add("grid.more", "Grid", "More", {m}, {&grid}, [] {});
        actions.add("player.mute", "Player", "Mute", {m}, {&player}, [] {});
        actions.add("window.map", "Window", "Map", {ctrlM}, {}, [] {});
        QVERIFY(!actions.conflict("grid.more", m));
        QCOMPARE(actions.conflict("window.map", m)->id, QString("grid.more"));
        QCOMPARE(actions.conflict("grid.more", ctrlM)->id, QString("window.map"));
        QVERIFY(!actions.conflict("window.map", ctrlM)); // itself
        QVERIFY(!actions.conflict("nothing", m));
        QVERIFY(!actions.conflict("grid.more", {}));
    }

    void changesComeAndGo()
    {
        QWidget window;
        ActionRegistry actions(&window);
        actions.add("a", "G", "A", {QKeySequence(Qt::Key_F5), QKeySequence(Qt::Key_F6)}, {}, [] {});
        actions.add("b", "G", "B", {}, {}, [] {});
        QVERIFY(actions.changedShortcuts().empty());
        actions.setShortcuts("a", {});
        actions.setShortcuts("b", {QKeySequence(Qt::CTRL | Qt::Key_B)});
        const std::map<QString, QStringList> changed = actions.changedShortcuts();
        QCOMPARE(changed, (std::map<QString, QStringList>{{"a", {}}, {"b", {"Ctrl+B"}}}));
        actions.restoreDefaults();
        QVERIFY(actions.changedShortcuts().empty());
        QCOMPARE(actions.action("a")->shortcuts().size(), 2);
        actions.applyShortcuts(changed);
        QCOMPARE(actions.changedShortcuts(), changed);
        actions.applyShortcuts({{"gone", {"Ctrl+G"}}, {"b", {""}}}); // a file of another version
        QCOMPARE(actions.action("b")->shortcuts().size(), 0);
    }

    void theEditor()
    {
        QWidget window;
        ActionRegistry actions(&window);
        actions.add("library.open", "Library", "&Open", {QKeySequence(Qt::CTRL | Qt::Key_O)}, {}, [] {});
        actions.add("search.focus", "Search", "Go to the &query", {QKeySequence(Qt::CTRL | Qt::Key_F)}, {}, [] {});
        ShortcutEditor editor(actions);
        const QAbstractItemModelTester tester(&editor.model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        editor.show();
        QVERIFY(QTest::qWaitForWindowExposed(&editor));
        editor.choose("search.focus");
        auto* key = editor.findChild<QKeySequenceEdit*>();
        QCOMPARE(key->keySequence(), QKeySequence(Qt::CTRL | Qt::Key_F));
        const auto note = [&](const QString& id) {
            return editor.model().index(editor.model().rowOf(id), ShortcutsModel::Note).data().toString();
        };
        // Taken from another command: it holds, and both say so.
        QTest::keyClick(key, Qt::Key_O, Qt::ControlModifier);
        QTRY_COMPARE(actions.action("search.focus")->shortcut(), QKeySequence(Qt::CTRL | Qt::Key_O));
        QVERIFY(note("search.focus").contains("Library: Open"));
        QVERIFY(note("library.open").contains("Search: Go to the query"));
        QCOMPARE(editor.model().conflicts(), 2);
        // A letter alone would be lost to every field.
        press(editor, "No key");
        QVERIFY(actions.action("search.focus")->shortcuts().isEmpty());
        QCOMPARE(editor.model().conflicts(), 0);
        QTest::keyClick(key, Qt::Key_B);
        QTRY_VERIFY(note("search.focus").contains("typed into a field"));
        press(editor, "As at first");
        QCOMPARE(actions.action("search.focus")->shortcut(), QKeySequence(Qt::CTRL | Qt::Key_F));
        QVERIFY(note("search.focus").isEmpty());
        actions.setShortcuts("library.open", {});
        QVERIFY(note("library.open").contains("Ctrl+O"));
        press(editor, "Restore all");
        QVERIFY(actions.changedShortcuts().empty());
        // Found by words.
        auto* words = editor.findChild<QLineEdit*>();
        words->setText("QUERY");
        QCOMPARE(editor.findChild<QTableView*>()->model()->rowCount(), 1);
    }

    /// What the user chose is there the next time, and works.
    void keptInTheSettings()
    {
        Desk desk;
        desk.action("app.shortcuts")->trigger();
        auto& editor = desk.part<ShortcutEditor>();
        editor.choose("help.keys");
        QTest::keyClick(editor.findChild<QKeySequenceEdit*>(), Qt::Key_F12);
        QTRY_COMPARE(desk.action("help.keys")->shortcut(), QKeySequence(Qt::Key_F12));
        QTRY_VERIFY_WITH_TIMEOUT(desk.jobs.isIdle(), kPatience);
        Settings again = Settings::load(desk.settings.file);
        QCOMPARE(again.shortcuts, (std::map<QString, QStringList>{{"help.keys", {"F12"}}}));
        JobManager jobs;
        MainWindow second(jobs, again);
        QCOMPARE(second.actions().action("help.keys")->shortcut(), QKeySequence(Qt::Key_F12));
        QCOMPARE(second.actions().action("view.commands")->shortcuts().size(), 2);
    }

    /// As it comes, no key reaches two commands.
    void theWindowHasNoConflicts()
    {
        Desk desk(experimentPages());
        const ShortcutsModel model(desk.window->actions());
        for (int row = 0; row < model.rowCount(); ++row)
            QCOMPARE(model.index(row, ShortcutsModel::Note).data().toString(), QString());
        QCOMPARE(model.conflicts(), 0);
    }
};

QTEST_MAIN(ShortcutsTest)
#include "tst_shortcuts.moc"
