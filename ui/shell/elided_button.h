// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QToolButton>

namespace clipscope {

/// A tool button with one line of text that gives way: cut with an ellipsis where there is no room, and then the whole
/// of it is the tool tip. text() is always the whole.
class ElidedButton : public QToolButton {
    Q_OBJECT
public:
    using QToolButton::QToolButton;
    QSize minimumSizeHint() const override;

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    QString shown() const;
};

} // namespace clipscope
