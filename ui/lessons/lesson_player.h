// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lessons/lesson.h"

namespace clipscope {

/// Which lesson is taken, at which step, and what of it is done. Progress is the caller's to keep.
class LessonPlayer : public QObject {
    Q_OBJECT
public:
    using Progress = std::map<QString, int>; ///< by the lesson's id, the step to go on with; their number: finished

    LessonPlayer(std::vector<Lesson> lessons, LessonStage& stage, QObject* parent = nullptr);

    const std::vector<Lesson>& lessons() const { return m_lessons; }
    const Lesson* current() const; ///< null: none is taken
    int step() const { return m_step; }
    const LessonStep& currentStep() const { return current()->steps[size_t(m_step)]; }

    void start(const QString& id); ///< where it was left; a finished one from its beginning
    void leave();
    void goTo(int step); ///< of the current lesson; behind the last one it is finished
    void act(); ///< what the step's button does

    enum class State {
        Ready, ///< there is nothing to do, or the button was not pressed yet
        Busy, ///< it is being done
        Done,
        Undone, ///< it was stopped or failed: once more
    };
    State state() const { return m_state; }
    bool canActAgain() const; ///< while it is being done
    QString afterwards() const; ///< with its figures; empty until it is done

    const Progress& progress() const { return m_progress; }
    void setProgress(Progress progress) { m_progress = std::move(progress); }
    bool isFinished(const QString& id) const;

Q_SIGNALS:
    void changed(); ///< lesson, step or state
    void progressed(); ///< progress() is to be kept

private:
    void look();
    bool isReached() const;
    bool isUnderWay() const;

    std::vector<Lesson> m_lessons;
    LessonStage& m_stage;
    int m_lesson = -1;
    int m_step = 0;
    State m_state = State::Ready;
    bool m_began = false; ///< what was asked for has been seen under way
    QString m_runBefore;
    QString m_told; ///< afterwards(), as it was when the step was done
    Progress m_progress;
};

} // namespace clipscope
