// SPDX-License-Identifier: GPL-3.0-or-later
#include "lessons/lessons.h"

#include "base/run_record.h"

#include <QCoreApplication>

namespace clipscope {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(FewShotsLesson)
};
const QString kPage = QStringLiteral("probe");

RunRecord settings()
{
    RunRecord record;
    record.config = {{"shots", {1, 2, 4}}, {"seeds", 20}, {"aggregation", "mean"}, {"templates", {"a video of LABEL"}}};
    return record;
}

} // namespace

Lesson fewShotsLesson()
{
    Lesson lesson;
    lesson.id = QStringLiteral("shots");
    lesson.title = Text::tr("Few shots against zero shots");
    lesson.summary = Text::tr("How many labelled videos are worth as much as a label's name.");

    LessonStep open = openStep(LessonStage::Library::Activities);
    open.title = Text::tr("Videos with labels");
    open.text = Text::tr("This lesson needs several videos of each label, more than the sample library has. It takes a "
                         "library of its own: 192 videos of single actions, such as \u201cbounce\u201d or \u201cslide "
                         "left\u201d.\n\n"
                         "The first time it is rendered and embedded, which takes about five minutes; the line at the "
                         "bottom shows the time left. You may use the window meanwhile.");
    open.button = Text::tr("Open the library of actions");
    lesson.steps.push_back(open);

    LessonStep form = fillInStep(kPage, settings());
    form.title = Text::tr("Two ways to name an action");
    form.text =
        Text::tr("Zero shots: compare each video with the words \u201ca video of LABEL\u201d and take the nearest "
                 "label. Not one labelled video is used.\n\n"
                 "Few shots: take 1, 2 or 4 labelled videos a label and let a linear probe learn from them. It "
                 "depends on which ones, so it is drawn 20 times.");
    form.afterwards = Text::tr("The Settings at the left now say what will be measured.");
    lesson.steps.push_back(form);

    LessonStep run = runStep(kPage, settings());
    run.title = Text::tr("Run it");
    run.text =
        Text::tr("The dashed line is zero-shot; the curve is the probe, with each draw as a point. Where the curve "
                 "passes the line, labelled videos are worth more than the name.");
    run.button = Text::tr("Run");
    run.afterwards = Text::tr("Of {probe.test} test videos with {probe.labels} labels zero-shot recognises "
                              "{probe.zeroShot}. The probe recognises {probe.first} with {probe.first.shots} labelled "
                              "video a label and {probe.last} with {probe.last.shots}.\n\n"
                              "{probe.crossing}\n\n"
                              "The thesis found 2 to 4 on ActivityNet200.");
    lesson.steps.push_back(run);

    LessonStep confusions;
    confusions.title = Text::tr("What is taken for what");
    confusions.text =
        Text::tr("Below the plot each row is what the videos show and each column what the probe takes them "
                 "for. Click a cell and its videos appear beside it.\n\n"
                 "Look at pairs that are each other turned round in time, such as \u201crise\u201d and "
                 "\u201cfall\u201d: the mean of the frames is the same for both.");
    confusions.button = Text::tr("Show the confusions");
    confusions.act = [](LessonStage& stage) { stage.showPage(kPage); };
    confusions.pointAt = QStringLiteral("probe.below");
    confusions.afterwards =
        Text::tr("Most often \u201c{probe.confused.label}\u201d is taken for "
                 "\u201c{probe.confused.as}\u201d.\n\n"
                 "To try next: other words in the template, more draws, or the shots \u201call\u201d.");
    lesson.steps.push_back(confusions);
    return lesson;
}

} // namespace clipscope
