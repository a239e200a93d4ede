// SPDX-License-Identifier: GPL-3.0-or-later
#include "lessons/lessons.h"

#include "base/run_record.h"

#include <QCoreApplication>

namespace clipscope {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(PatchDropoutLesson)
};
using Wait = LessonStep::Wait;
const QString kPage = QStringLiteral("retrieval");
const QString kWords = QStringLiteral("a yellow star");

/// Training of the towers with all patches and with half of them: as short as it can be and still be timed.
RunRecord settings()
{
    RunRecord record;
    record.config = {{"frames", {1}}, {"clips", {4}}, {"aggregations", {"mean"}}, {"patchDropout", {0, .5}},
        {"freeze", {"none"}}, {"seeds", 1}, {"testSplit", "test"}, {"pictures", 4000}};
    return record;
}

LessonStep patches(const QString& title, const QString& text, const QString& button, double dropped, quint64 seed)
{
    LessonStep step;
    step.title = title;
    step.text = text;
    step.button = button;
    step.act = [dropped, seed](LessonStage& stage) {
        stage.setPatchDraw(dropped, seed);
        stage.lookInside(kWords);
    };
    step.wait = Wait::Inside;
    step.pointAt = QStringLiteral("inside.patches");
    return step;
}

} // namespace

Lesson patchDropoutLesson()
{
    Lesson lesson;
    lesson.id = QStringLiteral("patches");
    lesson.title = Text::tr("Patch dropout");
    lesson.summary = Text::tr("Training that looks at half of each picture, and what that saves.");

    LessonStep open = openStep(LessonStage::Library::Sample);
    open.title = Text::tr("A picture is a grid");
    open.text =
        Text::tr("The sample model cuts a picture into square patches and reads them like words of a sentence. The "
                 "time it takes grows with their number.\n\n"
                 "If the sample library is not there yet, it is made now, which takes a few minutes, once.");
    open.button = Text::tr("Open the sample library");
    lesson.steps.push_back(open);

    LessonStep ask;
    ask.title = Text::tr("Find something");
    ask.text = Text::tr("Patches are best seen on a frame whose content you know.");
    ask.button = Text::tr("Search for \u201ca yellow star\u201d");
    ask.act = [](LessonStage& stage) { stage.search(kWords); };
    ask.wait = Wait::Answer;
    ask.pointAt = QStringLiteral("results");
    ask.afterwards = Text::tr("The best moment scores {search.best.score}.");
    lesson.steps.push_back(ask);

    LessonStep all = patches(Text::tr("All patches"),
        Text::tr(
            "Inside the hit, the chosen frame is drawn under the grid of its patches. With p = 0 nothing is dropped."),
        Text::tr("Show the grid"), 0, 1);
    all.afterwards = Text::tr("{inside.patches} patches, all of them kept.");
    lesson.steps.push_back(all);

    LessonStep half = patches(Text::tr("Half of them"),
        Text::tr(
            "Patch dropout leaves out a random share p of the patches before the model looks. What you see is not a "
            "picture of the idea: it is the very draw that the model would make of this frame."),
        Text::tr("Drop half"), .5, 1);
    half.afterwards = Text::tr("{inside.kept} of {inside.patches} patches are kept. Can you still tell what it is?");
    lesson.steps.push_back(half);

    LessonStep seed = patches(Text::tr("Another draw"),
        Text::tr("In training every frame gets a new draw each time, so that in the end all patches are seen. Move p "
                 "and the "
                 "seed yourself afterwards."),
        Text::tr("Draw once more"), .5, 2);
    seed.afterwards = Text::tr("Again {inside.kept} of {inside.patches}, but others.\n\n"
                               "Neighbouring patches say much the same: that is why so little is lost.");
    lesson.steps.push_back(seed);

    LessonStep form = fillInStep(kPage, settings());
    form.title = Text::tr("Does it pay?");
    form.text =
        Text::tr("Train the model twice on this library's captions, with all patches and with half of them, and "
                 "compare time and accuracy. The settings are made as short as they can be.");
    form.afterwards = Text::tr("The next step trains: it takes some minutes.");
    lesson.steps.push_back(form);

    LessonStep run = runStep(kPage, settings());
    run.title = Text::tr("Train both");
    run.text =
        Text::tr("This takes some minutes. The line at the bottom shows how far it is and the time left; you can stop "
                 "it there, and use the other pages meanwhile.\n\n"
                 "A short training of so small a library is no proof of accuracy. The seconds an epoch are what to "
                 "look at.");
    run.button = Text::tr("Run (some minutes)");
    run.pointAt = QStringLiteral("jobs");
    run.afterwards =
        Text::tr("An epoch took {study.dropout.without.seconds} s with all patches and "
                 "{study.dropout.with.seconds} s with p = {study.dropout.with.p}.\n\n"
                 "R@1 on {study.queries} captions: {study.dropout.without.r1} against "
                 "{study.dropout.with.r1}. So few captions cannot tell the two apart: look at the interval "
                 "under Findings.\n\n"
                 "To try next: drop three quarters, take more pictures, or freeze the first blocks.");
    lesson.steps.push_back(run);
    return lesson;
}

} // namespace clipscope
