// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include <functional>
#include <map>
#include <vector>

class QWidget;

namespace clipscope {

struct RunRecord;

/// Figures of what the window shows, by name and as the user reads them: "search.best.score" -> "0.71". What is not
/// there has no entry.
using LessonFacts = std::map<QString, QString>;

/// The window as a lesson drives it. Everything it does the user could do by hand.
class LessonStage : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    enum class Library {
        Sample, ///< 60 mixed videos
        Activities, ///< labelled ones, enough for probes
    };
    virtual void openLibrary(Library library) = 0; ///< made where it is not there
    virtual void showPage(const QString& id) = 0;
    virtual void search(const QString& words) = 0;
    /// The best hit of `words`, searched for where they are not what was searched for last.
    virtual void lookInside(const QString& words) = 0;
    virtual void setAggregation(const QString& spelling) = 0; ///< of the view inside a hit
    virtual void setPatchDraw(double dropped, quint64 seed) = 0;
    /// The settings of a page's next run, as a run record has them; what it does not name is set to what it is in the
    /// beginning.
    virtual void fillIn(const QString& page, const RunRecord& settings) = 0;
    virtual void run(const QString& page) = 0;

    /// What a step waits for. Each of them can be asked at any time.
    virtual bool isOpen(Library library) const = 0; ///< with all its videos embedded
    virtual bool isAtWork() const = 0; ///< jobs that the user sees are on their way
    virtual bool isAnswered() const = 0; ///< no search is on its way
    virtual bool isInside() const = 0; ///< what is inside a hit is shown, all of it
    virtual bool isRunning(const QString& page) const = 0;
    virtual QString newestRun(const QString& page) const = 0; ///< names the run that the page shows; empty: none
    virtual LessonFacts facts() const = 0;
    /// "query", "results", "moment", "inside.frames", "inside.patches", "inside.neighbours", "inside.aggregation",
    /// "jobs", and of a page "PAGE.form", "PAGE.run", "PAGE.figure", "PAGE.below". Null where it is not shown.
    virtual QWidget* part(const QString& name) const = 0;

Q_SIGNALS:
    void changed(); ///< something of what can be asked
};

/// One step: a text, what its button does, what it points at, and what is told when that is done.
struct LessonStep {
    enum class Wait { Nothing, Library, Answer, Inside, Run };

    QString title;
    QString text; ///< what you will see, and why; plain text, paragraphs by empty lines
    QString button; ///< of what it does; empty: it does nothing
    std::function<void(LessonStage&)> act;
    Wait wait = Wait::Nothing;
    LessonStage::Library library = LessonStage::Library::Sample; ///< of Wait::Library
    QString page; ///< of Wait::Run
    QString pointAt; ///< a part of the stage; empty: none
    /// Told when it is done. Names in braces are facts; a paragraph with a fact that is not there is left out.
    QString afterwards;
};

/// Steps that lessons share; title, text and the rest are the lesson's own. Each can be taken by itself: whoever comes
/// back to a lesson in the middle runs with its settings all the same.
LessonStep openStep(LessonStage::Library library);
LessonStep fillInStep(const QString& page, const RunRecord& settings);
LessonStep runStep(const QString& page, const RunRecord& settings);

struct Lesson {
    QString id; ///< "frames": what is remembered of it
    QString title;
    QString summary; ///< a sentence, for lists
    std::vector<LessonStep> steps;
};

/// `text` with its facts put in.
QString withFacts(const QString& text, const LessonFacts& facts);

} // namespace clipscope
