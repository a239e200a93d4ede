// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

namespace clipscope {

class ActionRegistry;

/// Every key, in groups, made from the action registry.
class KeyListDialog : public QDialog {
    Q_OBJECT
public:
    explicit KeyListDialog(const ActionRegistry& actions, QWidget* parent = nullptr);
};

} // namespace clipscope
