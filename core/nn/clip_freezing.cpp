// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/clip_freezing.h"

#include "base/error.h"

#include <charconv>
#include <string_view>

namespace clipscope {

namespace {

constexpr std::string_view kFirst = "first:";
constexpr std::string_view kLayers = ".encoder.layers.";

[[noreturn]] void refuse(const std::string& happened, const std::string& word)
{
    throw Error(ErrorKind::Input, happened, word,
        "Known are: none, patch, token, first:N (blocks of each tower), picture, text.");
}

int64_t numberAfter(std::string_view text, size_t at)
{
    int64_t value = -1;
    std::from_chars(text.data() + at, text.data() + text.size(), value);
    return value;
}

} // namespace

ClipFreezing ClipFreezing::parse(const std::vector<std::string>& words)
{
    ClipFreezing out;
    for (const std::string& word : words) {
        if (word == "patch") {
            out.patches = true;
        } else if (word == "token") {
            out.tokens = true;
        } else if (word == "picture") {
            out.pictureTower = true;
        } else if (word == "text") {
            out.textTower = true;
        } else if (word.starts_with(kFirst)) {
            const char* end = word.data() + word.size();
            const auto [stopped, fault] = std::from_chars(word.data() + kFirst.size(), end, out.firstBlocks);
            if (fault != std::errc() || stopped != end || out.firstBlocks < 1)
                refuse("no number of blocks", word);
        } else if (word != "none") {
            refuse("nothing of that name can be frozen", word);
        }
    }
    if (out.pictureTower && out.textTower)
        refuse("with both towers frozen there is nothing to train", "picture,text");
    return out;
}

std::string ClipFreezing::toString() const
{
    std::string out;
    const auto add = [&](bool on, const std::string& word) {
        if (on)
            out += (out.empty() ? "" : ",") + word;
    };
    add(patches, "patch");
    add(tokens, "token");
    add(firstBlocks > 0, std::string(kFirst) + std::to_string(firstBlocks));
    add(pictureTower, "picture");
    add(textTower, "text");
    return out.empty() ? "none" : out;
}

bool ClipFreezing::freezes(const std::string& parameter) const
{
    const bool ofPictures = parameter.starts_with("vision_model.") || parameter.starts_with("visual_projection.");
    const bool ofTexts = parameter.starts_with("text_model.") || parameter.starts_with("text_projection.");
    if ((ofPictures && pictureTower) || (ofTexts && textTower))
        return true;
    if (const size_t at = parameter.find(kLayers); at != std::string::npos)
        return numberAfter(parameter, at + kLayers.size()) < firstBlocks;
    if (parameter.starts_with("vision_model.embeddings.") || parameter.starts_with("vision_model.pre_layrnorm."))
        return patches || firstBlocks > 0;
    if (parameter.starts_with("text_model.embeddings."))
        return tokens || firstBlocks > 0;
    return false;
}

} // namespace clipscope
