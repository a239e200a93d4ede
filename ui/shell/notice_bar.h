// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <functional>

class QLabel;
class QPushButton;
class QTimer;

namespace clipscope {

/// One sentence over the pages with at most one button that mends or undoes, instead of a dialog. The newest one
/// stands.
class NoticeBar : public QWidget {
    Q_OBJECT
public:
    explicit NoticeBar(QWidget* parent = nullptr);
    /// `seconds` 0: until it is closed.
    void show(const QString& text, const QString& actionText = {}, std::function<void()> action = {}, int seconds = 0);
    QString text() const;

private:
    QLabel* m_text = nullptr;
    QPushButton* m_action = nullptr;
    QTimer* m_timer = nullptr;
    std::function<void()> m_run;
};

} // namespace clipscope
