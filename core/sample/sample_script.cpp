// SPDX-License-Identifier: GPL-3.0-or-later
#include "sample/sample_script.h"

#include "base/random.h"
#include "sample/sample_captions.h"

#include <algorithm>
#include <cmath>

namespace clipscope {

const std::array<SampleColour, 8>& sampleColours()
{
    static const std::array<SampleColour, 8> colours = {{{"red", {214, 40, 40}}, {"orange", {245, 130, 32}},
        {"yellow", {250, 215, 50}}, {"green", {40, 150, 60}}, {"blue", {40, 80, 215}}, {"purple", {130, 50, 170}},
        {"pink", {250, 140, 190}}, {"white", {245, 245, 245}}}};
    return colours;
}

const std::array<SampleShape, 8>& sampleShapes()
{
    static const std::array<SampleShape, 8> shapes = {{{"ball", "sphere"}, {"box", "square"}, {"triangle", nullptr},
        {"star", nullptr}, {"ring", "hoop"}, {"cross", "plus"}, {"heart", nullptr}, {"moon", "crescent"}}};
    return shapes;
}

namespace {
enum Ground { Grass, Sand, Snow, Night, Water, Brick, Tiles, Wood };
} // namespace

const std::array<SampleBackground, 8>& sampleBackgrounds()
{
    static const std::array<SampleBackground, 8> backgrounds = {{
        {"grass", {"on the grass", "in a meadow"}, {92, 150, 70}},
        {"sand", {"on the sand", "at the beach"}, {222, 198, 140}},
        {"snow", {"in the snow", "on a snow field"}, {226, 232, 240}},
        {"night", {"at night", "under the stars"}, {22, 24, 52}},
        {"water", {"on the water", "at sea"}, {70, 140, 190}},
        {"brick", {"before a brick wall", "by the bricks"}, {150, 80, 62}},
        {"tiles", {"on a tiled floor", "over the tiles"}, {176, 172, 164}},
        {"wood", {"on a wooden table", "on the planks"}, {150, 108, 66}},
    }};
    return backgrounds;
}

const std::array<SampleAction, kSampleActions>& sampleActions()
{
    static const std::array<SampleAction, kSampleActions> actions = {{
        {"slide left", {"slides to the left", "moves left", "glides from right to left"},
            "on the right sets off to the left", "reaches the left side", 1, Grass, false},
        {"slide right", {"slides to the right", "moves right", "glides from left to right"},
            "on the left sets off to the right", "reaches the right side", 0, Grass, false},
        {"rise", {"rises", "floats up", "climbs to the top"}, "at the bottom starts to rise", "gets to the top", 3,
            Snow, false},
        {"fall", {"falls", "drops down", "sinks to the bottom"}, "at the top starts to fall", "gets to the bottom", 2,
            Snow, false},
        {"grow", {"grows", "gets bigger", "swells up"}, "is small and starts to grow", "has become large", 5, Night,
            false},
        {"shrink", {"shrinks", "gets smaller", "dwindles"}, "is large and starts to shrink", "has become small", 4,
            Night, false},
        {"appear", {"appears", "fades in", "becomes visible"}, "is faint and starts to appear", "has become clear", 7,
            Water, false},
        {"vanish", {"vanishes", "fades out", "disappears"}, "is clear and starts to vanish", "has become faint", 6,
            Water, false},
        {"meet", {"and {b} meet", "and {b} come together", "joins {b}"}, "and {b} are far apart and approach",
            "and {b} are close now", 9, Sand, true},
        {"part", {"and {b} part", "and {b} move away from each other", "leaves {b}"}, "and {b} are close and separate",
            "and {b} are far apart now", 8, Sand, true},
        {"hide", {"hides behind a wall", "goes behind the wall"}, "goes towards the wall", "is nearly behind the wall",
            11, Tiles, false},
        {"emerge", {"comes out from behind a wall", "emerges from the wall"}, "peeks out behind the wall",
            "has left the wall", 10, Tiles, false},
        {"bounce", {"bounces", "hops up and down", "jumps on the spot"}, nullptr, nullptr, -1, Wood, false},
        {"spin", {"spins", "turns around itself", "rotates"}, nullptr, nullptr, -1, Brick, false},
        {"blink", {"blinks", "flashes on and off"}, nullptr, nullptr, -1, Night, false},
        {"circle", {"goes round in a circle", "circles on a track"}, nullptr, nullptr, -1, Tiles, false},
        {"shake", {"shakes", "trembles"}, nullptr, nullptr, -1, Brick, false},
        {"rest", {"rests {w}", "stands still {w}", "stays {w}"}, nullptr, nullptr, -1, Wood, false},
        {"chase", {"chases {b}", "runs after {b}", "follows {b}"}, nullptr, nullptr, -1, Grass, true},
        {"orbit", {"orbits {b}", "circles around {b}"}, nullptr, nullptr, -1, Night, true},
        {"jump", {"jumps over {b}", "leaps over {b}"}, nullptr, nullptr, -1, Sand, true},
        {"burst", {"breaks into pieces", "bursts"}, nullptr, nullptr, -1, Brick, false},
        {"swing", {"swings on a string", "hangs and swings"}, nullptr, nullptr, -1, Wood, false},
        {"turn", {"turns {c}", "changes its colour to {c}", "becomes {c}"}, "is about to turn {c}", "has turned {c}",
            -1, Water, false},
    }};
    return actions;
}

const char* toString(ThingSize size)
{
    return size == ThingSize::Small ? "small" : size == ThingSize::Large ? "large" : "medium";
}

namespace {

Thing makeThing(Random& random)
{
    static const std::array<std::array<double, 2>, 3> radii = {{{.075, .095}, {.105, .135}, {.15, .18}}};
    static const std::vector<ThingSize> sizes = {
        ThingSize::Small, ThingSize::Medium, ThingSize::Medium, ThingSize::Large};
    Thing thing;
    thing.size = random.choice(sizes);
    thing.colour = int(random.below(sampleColours().size()));
    thing.shape = int(random.below(sampleShapes().size()));
    const auto& range = radii[size_t(thing.size)];
    thing.radius = random.uniform(range[0], range[1]);
    thing.angle = random.uniform(-.25, .25);
    return thing;
}

SampleEvent makeEvent(ActionKind action, Random& random)
{
    SampleEvent event;
    event.action = action;
    event.a = makeThing(random);
    do
        event.b = makeThing(random);
    while (event.b.colour == event.a.colour);
    if (sampleAction(action).two) {
        event.a.radius = std::min(event.a.radius, .12);
        event.b.radius = std::min(event.b.radius, .12);
    }
    event.x = random.uniform(-.3, .3);
    event.y = random.uniform(-.3, .3);
    event.side = random.chance(.5) ? -1 : 1;
    event.rate = random.uniform(.7, 1.2);
    event.phase = random.uniform();
    return event;
}

/// Lengths log-uniform in [low, high) seconds, gaps of 0.3 to 1.2 s; what would pass 40 s is played faster as a whole.
void layOut(SampleScript& script, double low, double high, Random& random)
{
    double t = random.uniform(.3, 1);
    for (SampleEvent& event : script.events) {
        event.startSec = t;
        t += std::exp(random.uniform(std::log(low), std::log(high)));
        event.endSec = t;
        t += random.uniform(.3, 1.2);
    }
    if (t > 40) {
        for (SampleEvent& event : script.events) {
            event.startSec *= 40 / t;
            event.endSec *= 40 / t;
        }
        t = 40;
    }
    script.durationSec = std::max(6., t);
}

void furnish(SampleScript& script, Random& random)
{
    for (SampleEvent& event : script.events)
        describeEvent(event, script.background, random);
    const uint64_t bystanders = random.below(3);
    for (uint64_t i = 0; i < bystanders; ++i) {
        Bystander bystander;
        bystander.thing = makeThing(random);
        bystander.thing.radius = .05;
        bystander.x = random.uniform(-.6, .6);
        bystander.y = random.chance(.5) ? -.42 : .42;
        script.bystanders.push_back(bystander);
    }
    script.gain = random.uniform(.8, 1.15);
    script.bias = random.uniform(-18, 18);
    script.noise = random.uniform(1, 4);
}

constexpr double kStoryShortest = 1.6;
constexpr double kStoryLongest = 9;

} // namespace

SampleScript makeStory(uint64_t seed)
{
    Random random(deriveSeed(seed, "script"));
    SampleScript script;
    script.seed = seed;
    script.background = int(random.below(sampleBackgrounds().size()));
    const uint64_t events = 1 + random.below(6);
    for (uint64_t i = 0; i < events; ++i)
        script.events.push_back(makeEvent(ActionKind(random.below(kSampleActions)), random));
    layOut(script, kStoryShortest, kStoryLongest, random);
    furnish(script, random);
    return script;
}

namespace {
bool hasDirection(const SampleEvent& event)
{
    return sampleAction(event.action).opposite >= 0 || event.action == ActionKind::Chase
        || event.action == ActionKind::Turn;
}
} // namespace

bool canHaveTwin(const SampleScript& story)
{
    return story.events.size() > 1 || hasDirection(story.events.at(0));
}

SampleScript makeTwin(const SampleScript& sibling, uint64_t seed)
{
    Random random(deriveSeed(seed, "script"));
    SampleScript script;
    script.seed = seed;
    script.twin = true;
    script.background = sibling.background;
    script.events = sibling.events;
    bool turned = false;
    for (SampleEvent& event : script.events) {
        turned |= hasDirection(event);
        if (const int opposite = sampleAction(event.action).opposite; opposite >= 0)
            event.action = ActionKind(opposite);
        else if (event.action == ActionKind::Chase)
            std::swap(event.a, event.b);
        else if (event.action == ActionKind::Turn)
            std::swap(event.a.colour, event.b.colour);
    }
    if (random.chance(.5) || !turned)
        std::reverse(script.events.begin(), script.events.end());
    layOut(script, kStoryShortest, kStoryLongest, random);
    furnish(script, random);
    return script;
}

SampleScript makeActivity(uint64_t seed, ActionKind action)
{
    Random random(deriveSeed(seed, "script"));
    SampleScript script;
    script.seed = seed;
    script.label = int(action);
    script.background = random.chance(.6) ? sampleAction(action).home : int(random.below(sampleBackgrounds().size()));
    const uint64_t events = 1 + random.below(3);
    for (uint64_t i = 0; i < events; ++i)
        script.events.push_back(makeEvent(action, random));
    layOut(script, 2.5, 6, random);
    furnish(script, random);
    return script;
}

std::vector<SampleScript> makeStories(int count, uint64_t seed)
{
    std::vector<SampleScript> stories;
    stories.reserve(size_t(count));
    Random twins(deriveSeed(seed, "twins"));
    while (int(stories.size()) < count) {
        const SampleScript story = makeStory(deriveSeed(seed, uint64_t(stories.size())));
        stories.push_back(story);
        if (twins.chance(.25) && int(stories.size()) < count && canHaveTwin(story))
            stories.push_back(makeTwin(story, deriveSeed(seed, uint64_t(stories.size()))));
    }
    return stories;
}

} // namespace clipscope
