// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QPushButton;
class QScrollArea;
class QStackedWidget;
class QVBoxLayout;

namespace clipscope {

class LessonPlayer;
class LessonStage;
class Spotlight;

/// Beside the pages: the list of lessons, or the current step with its text, its button and what came of it.
class LessonPanel : public QWidget {
    Q_OBJECT
public:
    LessonPanel(LessonPlayer& player, LessonStage& stage, Spotlight& spotlight, QWidget* parent = nullptr);

    QString text() const; ///< of the step as it is read
    QPushButton& actButton() { return *m_act; }
    QPushButton& nextButton() { return *m_next; }
    QPushButton& backButton() { return *m_back; }

Q_SIGNALS:
    void closeAsked();

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    void refresh();
    void showList();
    void showStep();
    void pointAtPart();

    LessonPlayer& m_player;
    LessonStage& m_stage;
    Spotlight& m_spotlight;
    QLabel* m_title;
    QPushButton* m_all;
    QStackedWidget* m_stack; ///< list | step
    QVBoxLayout* m_list;
    QLabel* m_place;
    QVBoxLayout* m_steps; ///< titles, the current one marked
    QLabel* m_stepTitle;
    QLabel* m_text;
    QPushButton* m_act;
    QLabel* m_state;
    QLabel* m_afterwards;
    QScrollArea* m_scroll;
    QPushButton* m_back;
    QPushButton* m_next;
    bool m_acted = false; ///< the step's button was pressed here, and what it does is not done yet
};

} // namespace clipscope
