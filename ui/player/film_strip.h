// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPixmap>
#include <QWidget>

namespace clipscope {

/// Frames of the whole video side by side under the heat strip, on the same time axis. Click seeks.
class FilmStrip : public QWidget {
    Q_OBJECT
public:
    explicit FilmStrip(QWidget* parent = nullptr);
    /// `frames` pictures of equal width side by side; a null pixmap shows an empty strip.
    void setStrip(const QPixmap& strip, int frames);
    void setDuration(double durationSec) { m_durationSec = durationSec; }
    QSize sizeHint() const override { return {400, 40}; }

Q_SIGNALS:
    void clicked(double timeSec);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;

private:
    QPixmap m_strip;
    int m_frames = 0;
    double m_durationSec = 0;
};

} // namespace clipscope
