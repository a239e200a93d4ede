// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QLineEdit;

namespace clipscope {

class LabelKeys;

/// The names of the nine labels that the keys give. They hold when the dialog is closed.
class LabelKeysDialog : public QDialog {
    Q_OBJECT
public:
    /// `key`, 1 to 9: whose name is to be written first.
    LabelKeysDialog(LabelKeys& keys, int key, QWidget* parent = nullptr);
    void done(int result) override;

private:
    LabelKeys& m_keys;
    QList<QLineEdit*> m_names;
};

} // namespace clipscope
