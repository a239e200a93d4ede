// SPDX-License-Identifier: GPL-3.0-or-later
#include "lessons/lesson_player.h"

#include <algorithm>
#include <utility>

namespace clipscope {

LessonPlayer::LessonPlayer(std::vector<Lesson> lessons, LessonStage& stage, QObject* parent)
    : QObject(parent)
    , m_lessons(std::move(lessons))
    , m_stage(stage)
{
    connect(&stage, &LessonStage::changed, this, &LessonPlayer::look);
}

const Lesson* LessonPlayer::current() const
{
    return m_lesson < 0 ? nullptr : &m_lessons[size_t(m_lesson)];
}

void LessonPlayer::start(const QString& id)
{
    const auto found = std::ranges::find(m_lessons, id, &Lesson::id);
    if (found == m_lessons.end())
        return;
    m_lesson = int(found - m_lessons.begin());
    const auto known = m_progress.find(id);
    goTo(known == m_progress.end() || known->second >= int(found->steps.size()) ? 0 : known->second);
}

void LessonPlayer::leave()
{
    m_lesson = -1;
    m_step = 0;
    m_state = State::Ready;
    m_told.clear();
    Q_EMIT changed();
}

void LessonPlayer::goTo(int step)
{
    if (!current())
        return;
    const int steps = int(current()->steps.size());
    m_progress[current()->id] = std::clamp(step, 0, steps);
    Q_EMIT progressed();
    if (step >= steps) {
        leave();
        return;
    }
    m_step = std::max(step, 0);
    m_state = State::Ready;
    m_began = false;
    m_told.clear();
    // A library that is open already need not be opened.
    if (currentStep().wait == LessonStep::Wait::Library && isReached()) {
        m_state = State::Done;
        m_told = withFacts(currentStep().afterwards, m_stage.facts());
    }
    Q_EMIT changed();
}

void LessonPlayer::act()
{
    if (!current() || !currentStep().act || (m_state == State::Busy && !canActAgain()))
        return;
    m_state = State::Busy;
    m_began = false;
    m_told.clear();
    m_runBefore = m_stage.newestRun(currentStep().page);
    Q_EMIT changed();
    currentStep().act(m_stage);
    look();
}

/// What takes long is not begun twice.
bool LessonPlayer::canActAgain() const
{
    return current() && currentStep().wait != LessonStep::Wait::Run && currentStep().wait != LessonStep::Wait::Library;
}

bool LessonPlayer::isUnderWay() const
{
    const LessonStep& step = currentStep();
    switch (step.wait) {
    case LessonStep::Wait::Run:
        return m_stage.isRunning(step.page);
    case LessonStep::Wait::Answer:
        return !m_stage.isAnswered();
    case LessonStep::Wait::Inside:
        return !m_stage.isInside();
    case LessonStep::Wait::Library:
        return m_stage.isAtWork();
    case LessonStep::Wait::Nothing:
        break;
    }
    return false;
}

bool LessonPlayer::isReached() const
{
    const LessonStep& step = currentStep();
    switch (step.wait) {
    case LessonStep::Wait::Nothing:
        return true;
    case LessonStep::Wait::Library:
        return m_stage.isOpen(step.library);
    case LessonStep::Wait::Answer:
        return m_stage.isAnswered();
    case LessonStep::Wait::Inside:
        return m_stage.isInside();
    case LessonStep::Wait::Run:
        return !m_stage.isRunning(step.page) && m_stage.newestRun(step.page) != m_runBefore;
    }
    return false;
}

void LessonPlayer::look()
{
    if (!current() || m_state == State::Ready || m_state == State::Done)
        return;
    if (isReached()) {
        m_state = State::Done;
        m_told = withFacts(currentStep().afterwards, m_stage.facts());
        Q_EMIT changed();
        return;
    }
    const bool underWay = isUnderWay();
    m_began = m_began || underWay;
    // A library is made by one job after the other: between two it may look as if all had stopped. A run begins at
    // once, or not at all: without a library, say.
    const bool mayBegin = !m_began && currentStep().wait != LessonStep::Wait::Run;
    const State state = underWay || mayBegin ? State::Busy : State::Undone;
    if (std::exchange(m_state, state) != state)
        Q_EMIT changed();
}

QString LessonPlayer::afterwards() const
{
    return m_told;
}

bool LessonPlayer::isFinished(const QString& id) const
{
    const auto known = m_progress.find(id);
    const auto lesson = std::ranges::find(m_lessons, id, &Lesson::id);
    return known != m_progress.end() && lesson != m_lessons.end() && known->second >= int(lesson->steps.size());
}

} // namespace clipscope
