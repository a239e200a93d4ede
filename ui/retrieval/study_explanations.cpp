// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/study_explanations.h"

#include <QCoreApplication>

namespace clipscope {

namespace {
struct Text {
    Q_DECLARE_TR_FUNCTIONS(RetrievalPage)
};
} // namespace

void explainDropout(Explanation& e)
{
    e.shown = Text::tr("What leaving out patches costs and saves: left R@1, right the seconds of an epoch, against the "
                       "share p of patches that are dropped while the towers are trained; one line for each freezing. "
                       "The line is the mean over the seeds, the band one standard deviation, each seed a point.");
    e.how = Text::tr("Before the first block a random share p of each picture's patches is dropped, each frame its own "
                     "draw, and none in the last 15 % of the training; testing sees whole pictures. An epoch is each "
                     "training video once, F frames of it; its seconds are taken from the whole training.");
    e.formula = Text::tr("kept = max(1, (1 - p) n) of n patches\n"
                         "seconds an epoch = videos * F / pictures a second\n"
                         "cost about (1 - p) for what is linear, (1 - p)^2 for attention");
    e.next = Text::tr("Choose above how the videos are seen. Then give more seeds: bands that overlap tell nothing "
                      "apart. Findings below has the differences with their intervals.");
}

void explainCost(Explanation& e)
{
    e.shown = Text::tr("One disc for each freezing and patch dropout: to the right more parameters are trained, "
                       "upwards the training is faster; the area is R@1, and so is the shade, from dark (the least "
                       "here) to bright (the most).");
    e.how = Text::tr("Trained parameters are those that move, the aggregation's included where it learns. Pictures a "
                     "second are the mean over the whole training, on this machine.");
    e.formula = Text::tr("area ~ R@1; x = log10(trained parameters)");
    e.next = Text::tr("Look for large discs at the upper left: cheap and good. Try first:3 or patch+token under "
                      "Frozen, and a patch dropout of 0.75.");
}

void explainSameFrames(Explanation& e)
{
    e.shown = Text::tr("Where a video is seen in as many frames in several ways: few frames a clip and many clips, or "
                       "many frames a clip and few clips. Over each bar stands F\u00d7K, the hatching is the "
                       "aggregation, the whisker the 95 % interval over the queries, each point a seed.");
    e.how = Text::tr("All bars of a group see the same frames of each video; they differ in how many frames the model "
                     "was trained with (F), and in how K clips become one vector. With the model as it is, F only "
                     "groups frames.");
    e.formula = Text::tr("frames seen = F * K\ninterval: 2,000 draws of the queries");
    e.next = Text::tr("Train the towers (Frozen: none) with F 4, 8, 16 and K 1, 2, 4: does 4\u00d74 beat 16\u00d71, as "
                      "Lindgren found?");
}

void explainTraining(Explanation& e)
{
    e.shown = Text::tr("How each training of the towers went: the loss, R@1 on the split val, and how many pictures "
                       "a second it took in.");
    e.how = Text::tr("The loss is the running mean of the batches' contrastive losses, F pictures with their "
                     "paragraph. R@1 is measured before the first step and after each tenth, each video of the split "
                     "val as the mean of 12 frames. Nothing is chosen by it: the last weights count.");
    e.formula = Text::tr("loss = (cross entropy by rows + by columns) / 2 of exp(scale) T V'\n"
                         "running mean: 0.95 before + 0.05 now");
    e.next = Text::tr("R@1 that still rises at the end asks for more pictures. Patch dropout shows as more pictures a "
                      "second.");
}

} // namespace clipscope
