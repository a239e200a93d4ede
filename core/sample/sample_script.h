// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace clipscope {

// Coordinates of the sample world: the unit is the picture's height, the origin its middle, x to the right, y down.
// Events stay inside the central square, so that a model's centre crop sees all of them.

struct SampleColour {
    const char* name;
    std::array<uint8_t, 3> rgb;
};
struct SampleShape {
    const char* name; ///< also the word used most
    const char* otherWord; ///< a paraphrase, or null
};
struct SampleBackground {
    const char* name;
    std::array<const char*, 2> phrases;
    std::array<uint8_t, 3> rgb;
};

enum class ActionKind {
    SlideLeft,
    SlideRight,
    Rise,
    Fall,
    Grow,
    Shrink,
    Appear,
    Vanish,
    Meet,
    Part,
    Hide,
    Emerge,
    Bounce,
    Spin,
    Blink,
    Circle,
    Shake,
    Rest,
    Chase,
    Orbit,
    Jump,
    Burst,
    Swing,
    Turn
};
inline constexpr int kSampleActions = 24;

/// What a thing can do. In the phrases {b} is the second thing, {w} the place, {c} the second colour.
struct SampleAction {
    const char* name; ///< the class label
    std::vector<const char*> says;
    const char* startBeat; ///< said of the first third, or null
    const char* endBeat; ///< said of the last third, or null
    int opposite; ///< the action that is this one played backwards, or -1
    int home; ///< the background that activities of this class prefer
    bool two; ///< a second thing takes part
};

const std::array<SampleColour, 8>& sampleColours();
const std::array<SampleShape, 8>& sampleShapes();
const std::array<SampleBackground, 8>& sampleBackgrounds();
const std::array<SampleAction, kSampleActions>& sampleActions();
inline const SampleAction& sampleAction(ActionKind kind)
{
    return sampleActions()[size_t(kind)];
}

enum class ThingSize { Small, Medium, Large };
const char* toString(ThingSize size);

struct Thing {
    int colour = 0;
    int shape = 0;
    ThingSize size = ThingSize::Medium;
    double radius = .12;
    double angle = 0; ///< radians
};

struct SampleEvent {
    ActionKind action = ActionKind::Rest;
    Thing a;
    Thing b; ///< takes part when the action is for two; of Turn, its colour is the new one
    double x = 0;
    double y = 0;
    int side = 1; ///< -1 or 1: where it comes from, for actions without a named direction
    double rate = 1; ///< speed of periodic actions
    double phase = 0; ///< [0,1)
    double startSec = 0;
    double endSec = 0;
    std::string caption; ///< lower case, without a full stop
    std::string startBeat; ///< empty where the action has none
    std::string endBeat;
};

/// Stands about and is never mentioned.
struct Bystander {
    Thing thing;
    double x = 0;
    double y = 0;
};

/// One video before it is drawn.
struct SampleScript {
    uint64_t seed = 0;
    int background = 0;
    double durationSec = 0; ///< 6 to 40 s
    std::vector<SampleEvent> events; ///< in time order, never overlapping
    std::vector<Bystander> bystanders;
    double gain = 1;
    double bias = 0; ///< in 8-bit steps
    double noise = 0; ///< standard deviation in 8-bit steps
    int label = -1; ///< the action of an activity, -1 for stories
    bool twin = false; ///< repeats the story before it with the direction or the order turned round
};

/// 1 to 6 mixed events.
SampleScript makeStory(uint64_t seed);
/// `sibling` with each direction turned round (slide left -> slide right, who chases whom, which colour turns into
/// which), and half of the time the order of the events too. Without anything to turn, the order is turned; `sibling`
/// needs one of both.
SampleScript makeTwin(const SampleScript& sibling, uint64_t seed);
/// Whether a twin of `story` would tell another story.
bool canHaveTwin(const SampleScript& story);
/// 1 to 3 events of one action with different things, on the action's home background with probability 0.6.
SampleScript makeActivity(uint64_t seed, ActionKind action);
/// `count` stories; about a fifth have a twin right after them.
std::vector<SampleScript> makeStories(int count, uint64_t seed);

} // namespace clipscope
