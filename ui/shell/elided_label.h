// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace clipscope {

/// One line of plain text that gives way: cut with an ellipsis where there is no room, the whole of it in the tool tip
/// and for screen readers. A long file name must not decide how wide the window is.
class ElidedLabel : public QLabel {
    Q_OBJECT
public:
    explicit ElidedLabel(Qt::TextElideMode mode = Qt::ElideMiddle, QWidget* parent = nullptr);
    void setWhole(const QString& text, const QString& toolTip = {});
    const QString& whole() const { return m_whole; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void fit();

    Qt::TextElideMode m_mode;
    QString m_whole;
    QString m_toolTip;
};

} // namespace clipscope
