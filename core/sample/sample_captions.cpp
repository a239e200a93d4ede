// SPDX-License-Identifier: GPL-3.0-or-later
#include "sample/sample_captions.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace clipscope {

namespace {
std::string filled(std::string text, const std::string& key, const std::string& value)
{
    for (size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + value.size()))
        text.replace(at, key.size(), value);
    return text;
}

std::string nounPhrase(const Thing& thing, bool mayTellSize, Random& random)
{
    std::string words;
    if (mayTellSize && thing.size != ThingSize::Medium && random.chance(.7))
        words = std::string(toString(thing.size)) + ' ';
    words += sampleColours()[size_t(thing.colour)].name;
    const SampleShape& shape = sampleShapes()[size_t(thing.shape)];
    words += ' ';
    words += shape.otherWord && random.chance(.2) ? shape.otherWord : shape.name;
    return (words[0] == 'o' ? "an " : "a ") + words;
}
} // namespace

std::string placeOf(double x, double y)
{
    const std::string vertical = y < -.12 ? "top" : y > .12 ? "bottom" : "";
    const std::string horizontal = x < -.12 ? "left" : x > .12 ? "right" : "";
    if (vertical.empty() && horizontal.empty())
        return "in the middle";
    return "at the " + vertical + (vertical.empty() || horizontal.empty() ? "" : " ") + horizontal;
}

void describeEvent(SampleEvent& event, int background, Random& random)
{
    const SampleAction& action = sampleAction(event.action);
    // A thing that grows has no one size, and pairs are drawn at sizes that fit together.
    const bool sized = event.action != ActionKind::Grow && event.action != ActionKind::Shrink && !action.two;
    const std::string a = nounPhrase(event.a, sized, random);
    const std::string b = nounPhrase(event.b, false, random);
    const auto sentence = [&](const char* phrase) {
        std::string text = filled(phrase, "{b}", b);
        text = filled(std::move(text), "{w}", placeOf(event.x, event.y));
        return a + ' ' + filled(std::move(text), "{c}", sampleColours()[size_t(event.b.colour)].name);
    };
    event.caption = sentence(random.choice(action.says));
    if (random.chance(.5))
        event.caption += std::string(" ") + sampleBackgrounds()[size_t(background)].phrases[random.below(2)];
    event.startBeat = action.startBeat ? sentence(action.startBeat) : "";
    event.endBeat = action.endBeat ? sentence(action.endBeat) : "";
}

std::string asSentence(const std::string& caption)
{
    std::string text = caption;
    text[0] = char(std::toupper(static_cast<unsigned char>(text[0])));
    return text + '.';
}

} // namespace clipscope
