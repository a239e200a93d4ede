// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QKeySequenceEdit;
class QLabel;
class QLineEdit;
class QPushButton;
class QSortFilterProxyModel;
class QTableView;

namespace clipscope {

class ActionRegistry;
class ShortcutsModel;

/// Gives other keys to commands. Each change holds at once; a key that two commands would get is told, never refused.
class ShortcutEditor : public QDialog {
    Q_OBJECT
public:
    explicit ShortcutEditor(ActionRegistry& actions, QWidget* parent = nullptr);

    ShortcutsModel& model() { return *m_model; }
    void choose(const QString& id);

private:
    void showChosen();
    void take(const QList<QKeySequence>& keys);
    QString chosen() const;

    ActionRegistry& m_actions;
    ShortcutsModel* m_model;
    QSortFilterProxyModel* m_found;
    QLineEdit* m_words;
    QTableView* m_table;
    QKeySequenceEdit* m_key;
    QPushButton* m_none;
    QPushButton* m_first;
    QLabel* m_said;
};

} // namespace clipscope
