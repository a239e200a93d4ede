// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QCheckBox;
class QComboBox;
class QSpinBox;

namespace clipscope {

class ActionRegistry;
struct Settings;

/// What the window lets the user choose: theme, and how much of the computer background work may take. Each change
/// holds at once.
class SettingsDialog : public QDialog {
    Q_OBJECT
public:
    SettingsDialog(Settings& settings, ActionRegistry& actions, QWidget* parent = nullptr);

Q_SIGNALS:
    void workChanged(); ///< the settings hold the new values

private:
    void take();

    Settings& m_settings;
    QComboBox* m_theme;
    QSpinBox* m_threads;
    QCheckBox* m_lowPriority;
    QCheckBox* m_pauseOnBattery;
};

} // namespace clipscope
