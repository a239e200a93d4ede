// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QWidget>

namespace clipscope {

/// A frame around a part of the window, over everything and in nobody's way: what a lesson points at. It follows the
/// part and goes where the part is hidden.
class Spotlight : public QWidget {
    Q_OBJECT
public:
    explicit Spotlight(QWidget* window);
    void pointAt(QWidget* part); ///< null: at nothing
    QWidget* target() const { return m_target; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void follow();

    QPointer<QWidget> m_target;
};

} // namespace clipscope
