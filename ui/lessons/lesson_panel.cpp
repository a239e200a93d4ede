// SPDX-License-Identifier: GPL-3.0-or-later
#include "lessons/lesson_panel.h"

#include "lessons/lesson_player.h"
#include "lessons/spotlight.h"
#include "shell/column_scroll.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QStyle>
#include <QTimer>
#include <QVBoxLayout>

#include <utility>

namespace clipscope {

namespace {

constexpr int kWidth = 320;

QLabel* makeText(const char* style)
{
    auto* label = new QLabel;
    label->setObjectName(QLatin1String(style));
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

QScrollArea* scrolled(QWidget* content)
{
    auto* scroll = new ColumnScroll(content);
    scroll->setObjectName(QStringLiteral("details"));
    return scroll;
}

void empty(QVBoxLayout& layout)
{
    while (QLayoutItem* item = layout.takeAt(0)) {
        delete item->widget();
        delete item;
    }
}

} // namespace

LessonPanel::LessonPanel(LessonPlayer& player, LessonStage& stage, Spotlight& spotlight, QWidget* parent)
    : QWidget(parent)
    , m_player(player)
    , m_stage(stage)
    , m_spotlight(spotlight)
    , m_title(makeText("title"))
    , m_all(new QPushButton(tr("All lessons")))
    , m_stack(new QStackedWidget)
    , m_list(new QVBoxLayout)
    , m_place(makeText("muted"))
    , m_steps(new QVBoxLayout)
    , m_stepTitle(makeText("strong"))
    , m_text(makeText(""))
    , m_act(new QPushButton)
    , m_state(makeText("muted"))
    , m_afterwards(makeText("formula"))
    , m_back(new QPushButton(tr("&Back")))
    , m_next(new QPushButton)
{
    setObjectName(QStringLiteral("momentPanel"));
    setAttribute(Qt::WA_StyledBackground);
    setAccessibleName(tr("Lessons"));
    setFixedWidth(kWidth);
    m_all->setObjectName(QStringLiteral("small"));
    auto* close = new QPushButton(tr("Close"));
    close->setObjectName(QStringLiteral("small"));
    close->setToolTip(tr("Your place in the lesson is kept"));
    auto* head = new QHBoxLayout;
    head->addWidget(m_all);
    head->addStretch();
    head->addWidget(close);

    auto* list = new QWidget;
    auto* listLayout = new QVBoxLayout(list);
    listLayout->setContentsMargins(0, 0, 0, 0);
    m_list->setSpacing(8);
    listLayout->addLayout(m_list);
    listLayout->addStretch();

    auto* step = new QWidget;
    auto* stepLayout = new QVBoxLayout(step);
    stepLayout->setContentsMargins(0, 0, 4, 0);
    stepLayout->setSpacing(8);
    m_steps->setSpacing(2);
    stepLayout->addLayout(m_steps);
    stepLayout->addSpacing(4);
    stepLayout->addWidget(m_stepTitle);
    stepLayout->addWidget(m_text);
    stepLayout->addWidget(m_act);
    stepLayout->addWidget(m_state);
    stepLayout->addWidget(m_afterwards);
    stepLayout->addStretch();
    m_scroll = scrolled(step);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_back);
    buttons->addWidget(m_place, 1);
    m_place->setAlignment(Qt::AlignCenter);
    buttons->addWidget(m_next);
    auto* lesson = new QWidget;
    auto* lessonLayout = new QVBoxLayout(lesson);
    lessonLayout->setContentsMargins(0, 0, 0, 0);
    lessonLayout->addWidget(m_scroll, 1);
    lessonLayout->addLayout(buttons);
    m_stack->addWidget(scrolled(list));
    m_stack->addWidget(lesson);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 12, 12, 12);
    layout->setSpacing(12);
    layout->addLayout(head);
    layout->addWidget(m_title);
    layout->addWidget(m_stack, 1);

    connect(close, &QPushButton::clicked, this, &LessonPanel::closeAsked);
    connect(m_all, &QPushButton::clicked, &m_player, &LessonPlayer::leave);
    connect(m_act, &QPushButton::clicked, this, [this] {
        m_acted = true;
        m_player.act();
        if (!isAncestorOf(window()->focusWidget()))
            m_next->setFocus(Qt::OtherFocusReason);
    });
    connect(m_back, &QPushButton::clicked, this, [this] { m_player.goTo(m_player.step() - 1); });
    connect(m_next, &QPushButton::clicked, this, [this] { m_player.goTo(m_player.step() + 1); });
    connect(&m_player, &LessonPlayer::changed, this, &LessonPanel::refresh);
    connect(&m_stage, &LessonStage::changed, this, &LessonPanel::pointAtPart);
    refresh();
}

void LessonPanel::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    pointAtPart();
}

void LessonPanel::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    m_spotlight.pointAt(nullptr);
}

void LessonPanel::refresh()
{
    const bool step = m_player.current();
    m_stack->setCurrentIndex(step ? 1 : 0);
    m_all->setVisible(step);
    if (step)
        showStep();
    else
        showList();
    pointAtPart();
}

void LessonPanel::showList()
{
    m_title->setText(tr("Lessons"));
    // The one that was pressed may still be at work.
    while (QLayoutItem* item = m_list->takeAt(0)) {
        if (item->widget())
            item->widget()->deleteLater();
        delete item;
    }
    for (const Lesson& lesson : m_player.lessons()) {
        const auto known = m_player.progress().find(lesson.id);
        const int steps = int(lesson.steps.size());
        const QString place = m_player.isFinished(lesson.id) ? tr("finished")
            : known == m_player.progress().end() || known->second == 0
            ? tr("%1 steps").arg(steps)
            : tr("at step %1 of %2").arg(known->second + 1).arg(steps);
        auto* entry = new QPushButton(tr("%1\n%2").arg(lesson.title, place));
        entry->setObjectName(QStringLiteral("entry"));
        entry->setToolTip(lesson.summary);
        entry->setAccessibleName(tr("Lesson: %1, %2").arg(lesson.title, place));
        entry->setAccessibleDescription(lesson.summary);
        connect(entry, &QPushButton::clicked, this, [this, id = lesson.id] { m_player.start(id); });
        m_list->addWidget(entry);
        auto* summary = makeText("muted");
        summary->setText(lesson.summary);
        m_list->addWidget(summary);
        m_list->addSpacing(8);
    }
}

void LessonPanel::showStep()
{
    const Lesson& lesson = *m_player.current();
    const LessonStep& step = m_player.currentStep();
    const int steps = int(lesson.steps.size());
    m_title->setText(lesson.title);
    m_place->setText(tr("%1 of %2").arg(m_player.step() + 1).arg(steps));
    m_place->setAccessibleName(tr("Step %1 of %2").arg(m_player.step() + 1).arg(steps));
    empty(*m_steps);
    for (int i = 0; i < steps; ++i) {
        QLabel* line = makeText(i == m_player.step() ? "strong" : "muted");
        const QString mark = i < m_player.step() ? QStringLiteral("\u2713 ")
            : i == m_player.step()               ? QStringLiteral("\u25b8 ")
                                                 : QStringLiteral("\u2007 ");
        line->setText(mark + lesson.steps[size_t(i)].title);
        m_steps->addWidget(line);
    }
    const bool newStep = m_stepTitle->text() != step.title;
    m_stepTitle->setText(step.title);
    m_text->setText(step.text);
    using State = LessonPlayer::State;
    const State state = m_player.state();
    m_act->setVisible(!step.button.isEmpty());
    m_act->setText(step.button);
    // The one primary button is what is to be done next.
    const bool toDo = !step.button.isEmpty() && state != State::Done;
    for (QPushButton* button : {m_act, m_next}) {
        button->setObjectName(toDo == (button == m_act) ? QStringLiteral("primary") : QString());
        button->style()->unpolish(button); // the name has changed: the style is looked up anew
        button->style()->polish(button);
    }
    m_act->setEnabled(state != State::Busy || m_player.canActAgain());
    const bool takesLong = step.wait == LessonStep::Wait::Run || step.wait == LessonStep::Wait::Library;
    m_state->setText(state == State::Busy
            ? (takesLong ? tr("At work. The line at the bottom shows how far it is and the time left.")
                         : tr("At work \u2026"))
            : state == State::Undone ? tr("It was stopped or could not be done. Is the lesson's library open (first "
                                          "step)? Press the button once more.")
                                     : QString());
    m_state->setVisible(!m_state->text().isEmpty());
    m_afterwards->setText(m_player.afterwards());
    m_afterwards->setVisible(!m_player.afterwards().isEmpty());
    m_back->setEnabled(m_player.step() > 0);
    m_next->setText(m_player.step() + 1 < steps ? tr("&Next") : tr("&Finish"));
    if (newStep) {
        m_acted = false;
        (toDo ? m_act : m_next)->setFocus(Qt::OtherFocusReason);
    } else if (state == State::Done) {
        // The page that was driven has taken the focus; whoever goes through the lesson by keys stays here, but nobody
        // is torn away from what he writes.
        const QWidget* focus = window()->focusWidget();
        const bool writes = focus && focus->testAttribute(Qt::WA_InputMethodEnabled)
            && !focus->inputMethodQuery(Qt::ImSurroundingText).toString().isEmpty();
        if (m_act->hasFocus() || (std::exchange(m_acted, false) && !writes))
            m_next->setFocus(Qt::OtherFocusReason);
        QTimer::singleShot(0, m_scroll, [this] { m_scroll->ensureWidgetVisible(m_afterwards); });
    }
}

/// What a step speaks of; while it is being made, where that can be seen.
void LessonPanel::pointAtPart()
{
    if (!isVisible() || !m_player.current()) {
        m_spotlight.pointAt(nullptr);
        return;
    }
    const LessonStep& step = m_player.currentStep();
    const bool busy = m_player.state() == LessonPlayer::State::Busy;
    const QString name = busy && step.wait == LessonStep::Wait::Run ? QStringLiteral("jobs") : step.pointAt;
    m_spotlight.pointAt(name.isEmpty() ? nullptr : m_stage.part(name));
}

QString LessonPanel::text() const
{
    QStringList parts;
    for (const QLabel* label : {m_stepTitle, m_text, m_state, m_afterwards})
        if (!label->text().isEmpty() && !label->isHidden())
            parts << label->text();
    return parts.join(QStringLiteral("\n\n"));
}

} // namespace clipscope
