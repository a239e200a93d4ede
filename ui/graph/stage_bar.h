// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QTimer>
#include <QWidget>

#include <vector>

class QPushButton;

namespace clipscope {

/// The stages of a method as cards, of which one is seen; a button plays them one after the other. Left and Right,
/// Home and End choose, Space plays.
class StageBar : public QWidget {
    Q_OBJECT
public:
    struct Card {
        QString title; ///< "Stage 2"
        QString value; ///< "71.9 %"
        QString detail; ///< what the stage did
    };

    explicit StageBar(QWidget* parent = nullptr);
    /// The one that is seen stays, where it is still there.
    void setCards(std::vector<Card> cards);
    int count() const { return int(m_cards.size()); }
    int current() const { return m_current; } ///< -1: there is none
    void setCurrent(int stage); ///< tells stageChosen() where it changes
    void setPlaying(bool playing); ///< from the first stage on where the last one is seen
    bool isPlaying() const { return m_timer.isActive(); }
    QRect cardRect(int stage) const; ///< empty: it has no room now
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void stageChosen(int stage);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;

private:
    int shown() const; ///< how many cards there is room for
    int first() const; ///< of those

    QPushButton* m_play;
    std::vector<Card> m_cards;
    int m_current = -1;
    QTimer m_timer;
};

} // namespace clipscope
