// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

namespace clipscope {

/// Version, machine, licence and the encoder in use with its device and precision.
class AboutDialog : public QDialog {
    Q_OBJECT
public:
    explicit AboutDialog(const QString& encoder, QWidget* parent = nullptr);
};

} // namespace clipscope
