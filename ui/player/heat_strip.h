// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <vector>

namespace clipscope {

/// The query over one whole video: a bar a stored frame, the chosen moment framed, a line at the position. Click and
/// drag seek. Drawn from the lowest to the highest score of this video: it shows where, the number says how much.
class HeatStrip : public QWidget {
    Q_OBJECT
public:
    explicit HeatStrip(QWidget* parent = nullptr);
    void setDuration(double durationSec);
    void setScores(std::vector<double> timesSec, std::vector<float> scores);
    void setMoment(double startSec, double endSec); ///< endSec <= startSec: none
    void setPosition(double timeSec);
    QSize sizeHint() const override { return {400, 44}; }
    QSize minimumSizeHint() const override { return {120, 36}; }

Q_SIGNALS:
    void scrubbed(double timeSec); ///< while the button is down
    void scrubEnded();

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;

private:
    double timeAt(double x) const;
    double xOf(double timeSec) const;

    double m_durationSec = 0;
    std::vector<double> m_timesSec;
    std::vector<float> m_scores;
    double m_momentStartSec = 0;
    double m_momentEndSec = 0;
    double m_positionSec = 0;
    bool m_scrubbing = false;
};

} // namespace clipscope
