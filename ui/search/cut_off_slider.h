// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <vector>

namespace clipscope {

/// The scores of the hits as a small histogram, low ones left; hits left of the line are left out. Drag, click, or the
/// arrow keys; Home shows all again.
class CutOffSlider : public QWidget {
    Q_OBJECT
public:
    explicit CutOffSlider(QWidget* parent = nullptr);
    /// Of a new answer; the line goes back to the lowest score.
    void setScores(std::vector<double> scores);
    double cutOff() const { return m_cutOff; }
    QSize sizeHint() const override { return {120, 26}; }
    QSize minimumSizeHint() const override { return {80, 22}; }

Q_SIGNALS:
    void moved(double cutOff);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void moveTo(double cutOff);
    double scoreAt(double x) const;

    std::vector<double> m_scores;
    double m_low = 0;
    double m_high = 1;
    double m_cutOff = 0;
};

} // namespace clipscope
