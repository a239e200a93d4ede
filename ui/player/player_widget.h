// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QWidget>

namespace clipscope {

class Playback;

/// The picture of a Playback, letter-boxed; keys while it has the focus: space, J K L, arrows by frame, shift+arrows by
/// second, comma and full stop for the speed, Home, End.
class PlayerWidget : public QWidget {
    Q_OBJECT
public:
    explicit PlayerWidget(QWidget* parent = nullptr);
    Playback& playback() { return *m_playback; }
    const QImage& image() const { return m_image; }
    void clear();
    QSize sizeHint() const override { return {480, 300}; }
    QSize minimumSizeHint() const override { return {240, 160}; }

    void togglePlaying();
    void playFaster(); ///< L: play, then 2x, 4x
    void playBackwards(); ///< J: backwards, then -2x, -4x
    void stop(); ///< K: pause, speed 1
    void changeSpeed(bool faster); ///< 0.25 to 4

Q_SIGNALS:
    void leaveAsked(); ///< Esc

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;

private:
    Playback* m_playback = nullptr;
    QImage m_image;
    QString m_message;
};

} // namespace clipscope
