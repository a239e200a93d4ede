// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/caption_readers.h"

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "retrieval/caption_formats.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int64_t kMaxBytes = int64_t(256) << 20;
constexpr double kShortestCaptionSec = 0.1;
constexpr double kLatestSec = 1e9; // beyond it a tenth of a second has no place in the number any more

std::string lowerCase(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z')
            c = char(c - 'A' + 'a');
    return out;
}

/// Adds the splits of a splits.json to what the captions' file said.
void mergeSplits(Annotations& into, const Annotations& splits)
{
    std::unordered_map<std::string, size_t> places;
    for (size_t i = 0; i < into.videos.size(); ++i)
        places.emplace(into.videos[i].video, i);
    for (const AnnotatedVideo& v : splits.videos) {
        const auto known = places.find(v.video);
        if (known != places.end())
            into.videos[known->second].split = v.split;
        else
            into.videos.push_back(v);
    }
}

} // namespace

AnnotationCollector::AnnotationCollector(fs::path file)
{
    m_annotations.file = std::move(file);
}

AnnotatedVideo& AnnotationCollector::video(const std::string& id)
{
    const auto [place, isNew] = m_places.emplace(id, m_annotations.videos.size());
    if (isNew) {
        m_annotations.videos.emplace_back();
        m_annotations.videos.back().video = id;
    }
    return m_annotations.videos[place->second];
}

void AnnotationCollector::addCaption(
    AnnotatedVideo& video, std::string_view text, std::optional<double> startSec, std::optional<double> endSec)
{
    AnnotatedVideo::Text caption;
    caption.text = trimmed(text);
    if (caption.text.empty())
        return;
    if (startSec && endSec) {
        const double start = std::clamp(std::min(*startSec, *endSec), 0.0, kLatestSec);
        double end = std::clamp(std::max(*startSec, *endSec), 0.0, kLatestSec);
        if (start == end)
            end = start + kShortestCaptionSec;
        m_annotations.mendedTimes += start != *startSec || end != *endSec;
        caption.startSec = start;
        caption.endSec = end;
    }
    video.captions.push_back(std::move(caption));
}

Annotations AnnotationCollector::take(std::string format, bool byPath)
{
    m_annotations.format = std::move(format);
    m_annotations.byPath = byPath;
    m_places.clear();
    return std::move(m_annotations);
}

std::optional<double> parseNumber(std::string_view text)
{
    std::string number = trimmed(text);
    if (number.find('.') == std::string::npos && std::count(number.begin(), number.end(), ',') == 1)
        std::replace(number.begin(), number.end(), ',', '.');
    double value = 0;
    const char* end = number.data() + number.size();
    const auto [stop, error] = std::from_chars(number.data(), end, value);
    if (number.empty() || error != std::errc() || stop != end || !std::isfinite(value))
        return std::nullopt;
    return value;
}

std::string splitName(std::string_view text)
{
    const std::string name = trimmed(text);
    const std::string lower = lowerCase(name);
    if (lower == "train" || lower == "training")
        return "train";
    if (lower == "val" || lower == "valid" || lower == "validation")
        return "val";
    if (lower == "test" || lower == "testing")
        return "test";
    return name;
}

std::string splitOfFileName(const fs::path& file)
{
    const std::string stem = lowerCase(file.stem().string());
    for (size_t at = 0; at < stem.size();) {
        const size_t from = stem.find_first_of("abcdefghijklmnopqrstuvwxyz", at);
        if (from == std::string::npos)
            break;
        at = std::min(stem.size(), stem.find_first_not_of("abcdefghijklmnopqrstuvwxyz", from));
        const std::string split = splitName(std::string_view(stem).substr(from, at - from));
        if (split == "train" || split == "val" || split == "test")
            return split;
    }
    return {};
}

Annotations parseAnnotations(std::string_view text, const fs::path& file)
{
    std::string_view content = text;
    if (content.starts_with("\xEF\xBB\xBF"))
        content.remove_prefix(3);
    const size_t first = content.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos)
        throw Error(ErrorKind::Input, "is empty", file.string());
    if (content[first] == '{' || content[first] == '[')
        return parseJsonAnnotations(text, file);
    return parseCsvAnnotations(text, file);
}

Annotations readAnnotations(const fs::path& file)
{
    Annotations out = parseAnnotations(readFile(file, kMaxBytes), file);
    const fs::path splits = file.parent_path() / "splits.json";
    std::error_code ignored;
    if (out.format == "ActivityNet Captions" && splits != file && fs::is_regular_file(splits, ignored)) {
        const Annotations more = parseAnnotations(readFile(splits, kMaxBytes), splits);
        if (more.format != "splits")
            throw Error(ErrorKind::Input, "does not hold splits", splits.string(),
                "Expected {\"train\": [ids], \"val\": [ids], \"test\": [ids]}.");
        mergeSplits(out, more);
    }
    return out;
}

} // namespace clipscope
