// SPDX-License-Identifier: GPL-3.0-or-later
#include "lessons/lessons.h"

#include "base/run_record.h"

#include <QCoreApplication>

namespace clipscope {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(MoreFramesLesson)
};
using Wait = LessonStep::Wait;
const QString kPage = QStringLiteral("retrieval");
const QString kWords = QStringLiteral("a green box hides");

/// One to twelve frames a video, on the stored embeddings: nothing is trained.
RunRecord settings(const Json& aggregations)
{
    RunRecord record;
    record.config = {{"frames", {1}}, {"clips", {1, 2, 4, 12}}, {"aggregations", aggregations}, {"freeze", {"all"}},
        {"seeds", 1}, {"testSplit", ""}};
    return record;
}

} // namespace

Lesson moreFramesLesson()
{
    Lesson lesson;
    lesson.id = QStringLiteral("frames");
    lesson.title = Text::tr("More frames");
    lesson.summary = Text::tr("What one frame misses, and how several become one answer.");

    LessonStep open = openStep(LessonStage::Library::Sample);
    open.title = Text::tr("Stories that one frame cannot tell");
    open.text =
        Text::tr("In the sample library a video tells up to six events, one after the other. A single frame shows "
                 "one of them.\n\n"
                 "You will measure how much a search gains when it looks at more frames of each video. If the "
                 "library is not there yet, it is made now, which takes a few minutes, once.");
    open.button = Text::tr("Open the sample library");
    lesson.steps.push_back(open);

    LessonStep form = fillInStep(kPage, settings(Json::array({"mean"})));
    form.title = Text::tr("What is to be measured");
    form.text =
        Text::tr("The Retrieval page asks for every video by its own caption and looks at which place it comes. "
                 "R@1 is the share of captions that find their video first.\n\n"
                 "K is the number of clips a video is seen in, F the frames a clip. Here F is 1, and K is 1, 2, 4 "
                 "and 12: as many frames, added up to a mean. The settings stand at the left; you could have "
                 "typed them.");
    form.afterwards = Text::tr("Nothing is trained in this run: the frames are embedded already, so it takes seconds.");
    lesson.steps.push_back(form);

    LessonStep run = runStep(kPage, settings(Json::array({"mean"})));
    run.title = Text::tr("Run it");
    run.text =
        Text::tr("The plot grows from left to right as the frames become more. The band is the 95 % interval over "
                 "the captions: with few videos it is wide.");
    run.button = Text::tr("Run");
    run.afterwards =
        Text::tr("With {study.fewest.frames} frame a video {study.fewest.r1} of {study.queries} captions find "
                 "theirs first, with {study.most.frames} frames {study.most.r1}.\n\n"
                 "The difference is {study.gain} points; 95 % interval {study.gain.low} to "
                 "{study.gain.high}. The thesis found the same direction on real videos: most models gain "
                 "from more frames by aggregation.");
    lesson.steps.push_back(run);

    LessonStep mean;
    mean.title = Text::tr("What the mean does");
    mean.text =
        Text::tr("How do twelve lists of numbers become one? The simplest way is their mean. Look inside a hit: "
                 "the bars under the frames are their weights, and the mean gives all the same.");
    mean.button = Text::tr("Look inside a hit, by the mean");
    mean.act = [](LessonStage& stage) {
        stage.setAggregation(QStringLiteral("mean"));
        stage.lookInside(kWords);
    };
    mean.wait = Wait::Inside;
    mean.pointAt = QStringLiteral("inside.frames");
    mean.afterwards =
        Text::tr("Each of the {inside.frames} frames weighs {inside.heaviest}. The video as a whole scores "
                 "{inside.videoScore}, its best frame {inside.best.score}: a short event drowns in the "
                 "mean.");
    lesson.steps.push_back(mean);

    LessonStep query;
    query.title = Text::tr("Let the words choose");
    query.text =
        Text::tr("Another way: weigh each frame by how well it fits the words. That is what the search uses to "
                 "rank videos, since a searcher asks for moments.");
    query.button = Text::tr("Weigh by the query");
    query.act = [](LessonStage& stage) {
        stage.setAggregation(QStringLiteral("query"));
        stage.lookInside(kWords);
    };
    query.wait = Wait::Inside;
    query.pointAt = QStringLiteral("inside.frames");
    query.afterwards = Text::tr("The heaviest frame now has {inside.heaviest} of the weight, and the video's score is "
                                "{inside.videoScore}.\n\n"
                                "Choose \u201cTransformer\u201d at the upper right as well: it was trained to let the "
                                "frames look at each other.");
    lesson.steps.push_back(query);

    LessonStep compare = runStep(kPage, settings(Json::array({"mean", "query"})));
    compare.title = Text::tr("Which one is better?");
    compare.text =
        Text::tr("Do not guess: measure. The same study once more, with both aggregations. A caption of a whole "
                 "story wants all its frames; a search for one event wants the frame that shows it.");
    compare.button = Text::tr("Run with both");
    compare.afterwards =
        Text::tr("With all frames: mean {study.most.mean.r1}, query-scored {study.most.query.r1}.\n\n"
                 "Here whole captions were asked for. To try next: tick \u201cTransformer\u201d in the "
                 "settings, which trains one for this library, and look at the twins.");
    lesson.steps.push_back(compare);
    return lesson;
}

} // namespace clipscope
