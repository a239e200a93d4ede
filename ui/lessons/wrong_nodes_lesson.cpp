// SPDX-License-Identifier: GPL-3.0-or-later
#include "lessons/lessons.h"

#include "base/run_record.h"

#include <QCoreApplication>

namespace clipscope {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(WrongNodesLesson)
};
const QString kPage = QStringLiteral("graph");

RunRecord settings()
{
    RunRecord record;
    record.kind = "geeni";
    // Where everybody listens to many, of whom most are wrong, silence can be seen.
    record.config = {{"source", {{"neighbours", 20}}}, {"detectors", {"learned", "entropy", "oracle"}},
        {"shares", {.3, .5}}, {"seeds", 5}, {"members", 4}, {"diversity", "features"}, {"network", "GCN"},
        {"epochs", 200}, {"front", nullptr}};
    return record;
}

LessonStep look(const QString& part)
{
    LessonStep step;
    step.act = [](LessonStage& stage) { stage.showPage(kPage); };
    step.pointAt = kPage + part;
    return step;
}

} // namespace

Lesson wrongNodesLesson()
{
    Lesson lesson;
    lesson.id = QStringLiteral("quiet");
    lesson.title = Text::tr("Why a wrong node should be quiet");
    lesson.summary = Text::tr("Neighbours that listen to each other, and what it is worth to silence those in error.");

    LessonStep open = openStep(LessonStage::Library::Activities);
    open.title = Text::tr("Videos with neighbours");
    open.text =
        Text::tr("Videos that look alike often show the same. Join each to the twenty that are most like it and "
                 "the library is a graph.\n\n"
                 "This lesson takes the library of actions, 192 labelled videos. The first time it is rendered "
                 "and embedded, which takes about five minutes; the line at the bottom shows the time left.");
    open.button = Text::tr("Open the library of actions");
    lesson.steps.push_back(open);

    LessonStep form = fillInStep(kPage, settings());
    form.title = Text::tr("Listening to neighbours");
    form.text = Text::tr("A graph network guesses a video's label from what it shows and from the messages of its "
                         "neighbours. That helps where most of them are right.\n\n"
                         "A neighbour in error sends its error on: whoever listens to it is pulled the wrong way.");
    form.afterwards = Text::tr("Several networks will vote, so that one can see where they are not of one mind.");
    lesson.steps.push_back(form);

    LessonStep run = runStep(kPage, settings());
    run.title = Text::tr("Find the errors, and silence them");
    run.text =
        Text::tr("A detector scores each video by how probably the vote about it is wrong. The likeliest errors send "
                 "no messages any more, but still hear: then all is computed once more.\n\n"
                 "The oracle is told which ones are really wrong. Nobody has it; it shows how much there is to gain.");
    run.button = Text::tr("Run");
    run.afterwards = Text::tr("One network is right about {graph.single} of the test videos, {graph.members} together "
                              "about {graph.ensemble}.\n\n"
                              "With the detector's errors silent it is {graph.learned}; with the oracle's, "
                              "{graph.oracle}.\n\n"
                              "Whether that is more than chance, the intervals under Numbers say.");
    lesson.steps.push_back(run);

    LessonStep silent = look(QStringLiteral(".figure"));
    silent.title = Text::tr("Who is silent");
    silent.text = Text::tr("A ring and a sign mark the videos that are silent; the messages that they no longer send "
                           "are dashed. The steps above the graph silence more and more of them.\n\n"
                           "Colours are what the networks answer. Shapes say the same, for whoever does not see "
                           "colours.");
    silent.button = Text::tr("Show the graph");
    silent.afterwards =
        Text::tr("{graph.silent} are silent at this step, of which {graph.silent.wrong} were really wrong.\n\n"
                 "Of all videos that are tested, {graph.helped} became right and {graph.harmed} became "
                 "wrong: the silent ones too, for they still hear. One that is silent though it was right is missed by "
                 "its neighbours: that is the price.");
    lesson.steps.push_back(silent);

    LessonStep one = look(QStringLiteral(".below"));
    one.title = Text::tr("One of them");
    one.text = Text::tr("Below the graph stand the silent videos, the surest error first. Click a row: beside it you "
                        "see the video, what it was taken for before and after, how the networks voted, and its "
                        "neighbours.\n\n"
                        "Ask yourself: would you have listened to it?");
    one.button = Text::tr("Show the list");
    one.afterwards = Text::tr("First in the list: {graph.error}, taken for \u201c{graph.error.answer}\u201d. Its label "
                              "is \u201c{graph.error.label}\u201d.\n\n"
                              "To try next: more silent nodes, members that differ in edges, or a graph of papers such "
                              "as Cora.");
    lesson.steps.push_back(one);
    return lesson;
}

} // namespace clipscope
