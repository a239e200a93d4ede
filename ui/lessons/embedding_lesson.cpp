// SPDX-License-Identifier: GPL-3.0-or-later
#include "lessons/lessons.h"

#include <QCoreApplication>

namespace clipscope {

namespace {
struct Text {
    Q_DECLARE_TR_FUNCTIONS(EmbeddingLesson)
};
using Wait = LessonStep::Wait;
} // namespace

Lesson embeddingLesson()
{
    Lesson lesson;
    lesson.id = QStringLiteral("embedding");
    lesson.title = Text::tr("What an embedding is");
    lesson.summary = Text::tr("How words find pictures that nobody has described.");

    LessonStep open = openStep(LessonStage::Library::Sample);
    open.title = Text::tr("A small world");
    open.text = Text::tr(
        "You will work on the sample library: short rendered videos of coloured things that move.\n\n"
        "A model has looked at some frames of each and turned every frame into a list of numbers, its embedding. "
        "Pictures that show alike things get alike lists.\n\n"
        "If the library is not there yet, it is made now. That takes a few minutes, once; the line at the bottom "
        "shows how far it is and the time left.");
    open.button = Text::tr("Open the sample library");
    open.afterwards = Text::tr("{library.embedded} videos are ready. \u201c{library.encoder}\u201d turned each frame "
                               "into {library.dimensions} numbers.");
    lesson.steps.push_back(open);

    LessonStep ask;
    ask.title = Text::tr("Words become numbers too");
    ask.text = Text::tr("Now ask for something. The words go through the model's other half and become a list of as "
                        "many numbers, in the same space.\n\n"
                        "The score of a frame is the cosine of the angle between the two lists: 1 where they point the "
                        "same way, 0 where they have nothing to do with each other.");
    ask.button = Text::tr("Search for \u201ca red ball bounces\u201d");
    ask.act = [](LessonStage& stage) { stage.search(QStringLiteral("a red ball bounces")); };
    ask.wait = Wait::Answer;
    ask.pointAt = QStringLiteral("results");
    ask.afterwards =
        Text::tr("{search.frames} frames were compared, by their pictures alone: the button "
                 "\u201cPicture\u201d at the upper right is pressed. The best moment scores {search.best.score}, the "
                 "last one shown {search.last.score}.\n\n"
                 "Names and captions were left aside: the numbers alone bring these frames up.");
    lesson.steps.push_back(ask);

    LessonStep other;
    other.title = Text::tr("Other words, other direction");
    other.text =
        Text::tr("Change what is asked for, and the list of numbers turns to another direction. The frames stay "
                 "what they are: only the angles change, so the answer comes at once.");
    other.button = Text::tr("Search for \u201ca blue star spins\u201d");
    other.act = [](LessonStage& stage) { stage.search(QStringLiteral("a blue star spins")); };
    other.wait = Wait::Answer;
    other.pointAt = QStringLiteral("results");
    other.afterwards = Text::tr("It took {search.time}. The best moment now scores {search.best.score}.\n\n"
                                "Try words of your own in the bar above, then go on.");
    lesson.steps.push_back(other);

    LessonStep inside;
    inside.title = Text::tr("Inside one hit");
    inside.text =
        Text::tr("A video is only what its frames are. Look inside the best hit: you will see the very frames "
                 "that were embedded, and the score of the words for each of them.");
    inside.button = Text::tr("Look inside the best hit");
    inside.act = [](LessonStage& stage) { stage.lookInside(QStringLiteral("a blue star spins")); };
    inside.wait = Wait::Inside;
    inside.pointAt = QStringLiteral("inside.frames");
    inside.afterwards = Text::tr("{inside.frames} frames were seen. The best one, at {inside.best.time}, scores "
                                 "{inside.best.score}; the worst one {inside.worst.score}.\n\n"
                                 "What happened between two frames is in no embedding.");
    lesson.steps.push_back(inside);

    LessonStep near;
    near.title = Text::tr("Neighbours");
    near.text =
        Text::tr("No words are needed to compare two videos: their own lists can be compared. At the lower right "
                 "stand the videos whose embeddings lie nearest to this one.\n\n"
                 "Look what they share with it: the thing, its colour, the background? Click one to play it; "
                 "\u201cPage before\u201d (Alt+Left) brings you back.");
    near.pointAt = QStringLiteral("inside.neighbours");
    near.wait = Wait::Inside;
    near.button = Text::tr("Show me the nearest");
    near.act = [](LessonStage& stage) { stage.lookInside(QStringLiteral("a blue star spins")); };
    near.afterwards = Text::tr("The nearest is {inside.nearest.file}, with a cosine of {inside.nearest.cosine}.\n\n"
                               "To try next: choose a hit and press M. Its own embedding becomes the query.");
    lesson.steps.push_back(near);
    return lesson;
}

} // namespace clipscope
