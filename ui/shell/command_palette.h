// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QLineEdit;
class QListWidget;

namespace clipscope {

class ActionRegistry;

/// Finds any command by its words and runs it.
class CommandPalette : public QDialog {
    Q_OBJECT
public:
    explicit CommandPalette(const ActionRegistry& actions, QWidget* parent = nullptr);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void fill();
    void run();

    const ActionRegistry& m_actions;
    QLineEdit* m_words = nullptr;
    QListWidget* m_list = nullptr;
};

} // namespace clipscope
