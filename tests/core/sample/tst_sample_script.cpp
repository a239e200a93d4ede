// SPDX-License-Identifier: GPL-3.0-or-later
#include "sample/sample_script.h"

#include "sample/sample_drawing.h"
#include "support/test_data.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

using namespace clipscope;

namespace {

double difference(const RgbImage& a, const RgbImage& b)
{
    double sum = 0;
    for (size_t i = 0; i < a.pixels.size(); ++i)
        sum += std::abs(int(a.pixels[i]) - int(b.pixels[i]));
    return sum / double(a.pixels.size());
}

/// One event of `action` from 0 to 4 s in an otherwise empty, noiseless world.
SampleScript single(ActionKind action, uint64_t seed)
{
    SampleScript script = makeActivity(seed, action);
    script.events.resize(1);
    script.events[0].startSec = 0;
    script.events[0].endSec = 4;
    script.durationSec = 6;
    script.bystanders.clear();
    script.gain = 1;
    script.bias = 0;
    script.noise = 0;
    return script;
}

} // namespace

class TestSampleScript : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void storiesKeepTheirShape()
    {
        std::set<size_t> eventCounts;
        for (uint64_t seed = 0; seed < 500; ++seed) {
            const SampleScript story = makeStory(seed);
            eventCounts.insert(story.events.size());
            QVERIFY(story.durationSec >= 6 && story.durationSec <= 40.0001);
            double before = 0;
            for (const SampleEvent& event : story.events) {
                QVERIFY(event.startSec >= before && event.startSec < event.endSec);
                QVERIFY(event.endSec <= story.durationSec);
                QVERIFY(!event.caption.empty());
                QVERIFY(event.caption.find('{') == std::string::npos);
                before = event.endSec;
            }
            QCOMPARE(story.label, -1);
        }
        QCOMPARE(eventCounts, (std::set<size_t>{1, 2, 3, 4, 5, 6}));
    }

    void equalSeedsGiveEqualStories()
    {
        const std::vector<SampleScript> a = makeStories(60, 7), b = makeStories(60, 7), c = makeStories(60, 8);
        bool differs = false;
        for (size_t i = 0; i < a.size(); ++i) {
            QCOMPARE(a[i].events.size(), b[i].events.size());
            QCOMPARE(a[i].durationSec, b[i].durationSec);
            QCOMPARE(a[i].events[0].caption, b[i].events[0].caption);
            differs |= a[i].durationSec != c[i].durationSec;
        }
        QVERIFY(differs);
    }

    void aFifthOfTheStoriesAreTwins()
    {
        const std::vector<SampleScript> stories = makeStories(3000, 1);
        const auto twins = std::count_if(stories.begin(), stories.end(), [](const SampleScript& s) { return s.twin; });
        QVERIFY(twins > 3000 * .15 && twins < 3000 * .25);
        for (size_t i = 1; i < stories.size(); ++i)
            if (stories[i].twin) {
                QCOMPARE(stories[i].background, stories[i - 1].background);
                QCOMPARE(stories[i].events.size(), stories[i - 1].events.size());
                std::multiset<int> things, siblings; // the same things play
                for (const SampleEvent& event : stories[i].events)
                    things.insert(event.a.shape);
                for (const SampleEvent& event : stories[i - 1].events)
                    siblings.insert(event.a.shape);
                if (things != siblings) // a chase swaps who is who
                    QVERIFY(std::any_of(stories[i].events.begin(), stories[i].events.end(),
                        [](const SampleEvent& event) { return event.action == ActionKind::Chase; }));
            }
    }

    void twelveActionsArePairedAndTheLabelsDiffer()
    {
        std::set<std::string> names;
        int paired = 0;
        for (size_t i = 0; i < kSampleActions; ++i) {
            const SampleAction& action = sampleActions()[i];
            names.insert(action.name);
            if (action.opposite >= 0) {
                ++paired;
                QCOMPARE(sampleActions()[size_t(action.opposite)].opposite, int(i));
                QCOMPARE(sampleActions()[size_t(action.opposite)].home, action.home);
            }
        }
        QCOMPARE(names.size(), size_t(kSampleActions));
        QCOMPARE(paired, 12);
    }

    /// What makes the world hard: played backwards, "slide left" is "slide right", picture by picture.
    void pairedActionsAreMirrorImagesInTime()
    {
        for (const ActionKind kind : {ActionKind::SlideLeft, ActionKind::Rise, ActionKind::Grow, ActionKind::Appear,
                 ActionKind::Meet, ActionKind::Hide}) {
            SampleScript script = single(kind, 5), turned = script;
            turned.events[0].action = ActionKind(sampleAction(kind).opposite);
            SamplePainter forth(script, 160, 120), back(turned, 160, 120);
            RgbImage a, b, start;
            forth.paintClean(.05, start);
            for (const double t : {.3, 1., 2., 3.1, 3.8}) {
                forth.paintClean(t, a);
                back.paintClean(4 - t, b);
                QVERIFY2(difference(a, b) < .05, sampleAction(kind).name);
            }
            forth.paintClean(3.5, a);
            QVERIFY2(difference(a, start) > .05, sampleAction(kind).name); // it does move
        }
    }

    void everyActionMovesExceptRest()
    {
        for (size_t i = 0; i < kSampleActions; ++i) {
            SamplePainter painter(single(ActionKind(i), 9), 160, 120);
            RgbImage first, now;
            painter.paintClean(.2, first);
            double most = 0;
            for (double t = .4; t < 4; t += .2) {
                painter.paintClean(t, now);
                most = std::max(most, difference(first, now));
            }
            if (ActionKind(i) == ActionKind::Rest)
                QVERIFY(most < .05);
            else
                QVERIFY2(most > .05, sampleActions()[i].name);
        }
    }

    /// A model that crops the central square sees most of each thing at each moment.
    void eventsStayInTheCentralSquare()
    {
        for (size_t i = 0; i < kSampleActions; ++i)
            for (uint64_t seed = 0; seed < 6; ++seed) {
                SampleScript script = single(ActionKind(i), seed), empty = script;
                empty.events.clear();
                SamplePainter painter(script, 320, 240), bare(empty, 320, 240);
                RgbImage with, without;
                bare.paintClean(0, without);
                for (double t = .1; t < 4; t += .6) {
                    painter.paintClean(t, with);
                    int outside = 0, inside = 0;
                    for (int y = 0; y < 240; ++y)
                        for (int x = 0; x < 320; ++x)
                            if (!std::equal(with.row(y) + 3 * x, with.row(y) + 3 * x + 3, without.row(y) + 3 * x))
                                ++(x < 40 || x >= 280 ? outside : inside);
                    QVERIFY2(outside <= inside, sampleActions()[i].name);
                }
            }
    }

    void theCameraAddsGrainAndTheSamePictureEachTime()
    {
        const SampleScript script = makeStory(3);
        SamplePainter one(script, 160, 120), two(script, 160, 120);
        RgbImage a, b, clean;
        one.paint(1.5, a);
        two.paint(3, b);
        two.paint(1.5, b);
        QCOMPARE(a, b);
        one.paintClean(1.5, clean);
        QVERIFY(difference(a, clean) > .3);
    }

    void activitiesPreferTheirHome()
    {
        std::map<bool, int> home;
        for (uint64_t seed = 0; seed < 600; ++seed) {
            const SampleScript activity = makeActivity(seed, ActionKind::Spin);
            QVERIFY(!activity.events.empty() && activity.events.size() <= 3);
            for (const SampleEvent& event : activity.events)
                QCOMPARE(event.action, ActionKind::Spin);
            ++home[activity.background == sampleAction(ActionKind::Spin).home];
        }
        const double share = home[true] / 600.;
        QVERIFY(share > .58 && share < .72); // .6 and an eighth of the rest
    }
};

QTEST_GUILESS_MAIN(TestSampleScript)
#include "tst_sample_script.moc"
