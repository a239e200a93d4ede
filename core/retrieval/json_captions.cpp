// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/text.h"
#include "retrieval/caption_formats.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace clipscope {

namespace {

constexpr int kMaxDepth = 16;
constexpr double kDiDeMoSegmentSec = 5;
constexpr const char* kKnownForms =
    "Known are the JSON forms of ActivityNet Captions, ActivityNet, MSR-VTT, MSVD and DiDeMo, and splits.json.";
constexpr const char* kActivityNetForm =
    "Expected {\"duration\": seconds, \"timestamps\": [[start, end], ...], \"sentences\": [text, ...]}.";

/// Says where in a JSON file something is and what was expected there.
class JsonPlace {
public:
    JsonPlace(const std::filesystem::path& file, std::string expected)
        : m_file(file)
        , m_expected(std::move(expected))
    {
    }
    [[noreturn]] void fail(const std::string& key, const std::string& happened) const
    {
        throw Error(ErrorKind::Input, "\"" + key + "\": " + happened, m_file.string(), m_expected);
    }
    double number(const Json& value, const std::string& key, const char* what) const
    {
        std::optional<double> out;
        if (value.is_number())
            out = value.get<double>();
        else if (value.is_string())
            out = parseNumber(value.get_ref<const std::string&>());
        if (!out || !std::isfinite(*out))
            fail(key, std::string(what) + " is not a number");
        return *out;
    }
    const std::string& text(const Json& value, const std::string& key, const char* what) const
    {
        if (!value.is_string())
            fail(key, std::string(what) + " is not a text");
        return value.get_ref<const std::string&>();
    }
    /// The member `name`, which must be an array.
    const Json& array(const Json& object, const char* name, const std::string& key) const
    {
        const auto found = object.find(name);
        if (found == object.end() || !found->is_array())
            fail(key, "has no list called " + std::string(name));
        return *found;
    }
    /// An id in a text or a whole number, not empty.
    std::string id(const Json& value, const std::string& key) const
    {
        if (value.is_number_integer())
            return value.dump();
        const std::string out = trimmed(text(value, key, "the id"));
        if (out.empty())
            fail(key, "the id is empty");
        return out;
    }

private:
    const std::filesystem::path& m_file;
    std::string m_expected;
};

std::optional<double> durationOf(const JsonPlace& place, const Json& entry, const std::string& id)
{
    for (const char* name : {"duration", "duration_second"})
        if (const auto found = entry.find(name); found != entry.end() && !found->is_null())
            return place.number(*found, id, "the duration");
    return std::nullopt;
}

Annotations activityNetCaptions(const Json& root, const std::filesystem::path& file)
{
    const JsonPlace place(file, kActivityNetForm);
    AnnotationCollector collector(file);
    for (const auto& [id, entry] : root.items()) {
        if (!entry.is_object())
            place.fail(id, "is not an object");
        const Json& times = place.array(entry, "timestamps", id);
        const Json& sentences = place.array(entry, "sentences", id);
        if (times.size() != sentences.size())
            place.fail(id,
                "has " + std::to_string(times.size()) + " timestamps and " + std::to_string(sentences.size())
                    + " sentences");
        AnnotatedVideo& video = collector.video(id);
        video.durationSec = durationOf(place, entry, id);
        for (size_t i = 0; i < times.size(); ++i) {
            if (!times[i].is_array() || times[i].size() != 2)
                place.fail(id, "a timestamp is not a pair");
            const double start = place.number(times[i][0], id, "a timestamp");
            const double end = place.number(times[i][1], id, "a timestamp");
            collector.addCaption(video, place.text(sentences[i], id, "a sentence"), start, end);
        }
    }
    return collector.take("ActivityNet Captions", false);
}

Annotations activityNetClasses(const Json& entries, const std::filesystem::path& file)
{
    const JsonPlace place(file, "Expected {\"annotations\": [{\"label\": text, ...}, ...]}.");
    AnnotationCollector collector(file);
    for (const auto& [id, entry] : entries.items()) {
        if (!entry.is_object())
            place.fail(id, "is not an object");
        AnnotatedVideo& video = collector.video(id);
        video.durationSec = durationOf(place, entry, id);
        if (const auto subset = entry.find("subset"); subset != entry.end())
            video.split = splitName(place.text(*subset, id, "the subset"));
        const Json& annotations = place.array(entry, "annotations", id);
        // A video's few other labels are left out: 99 % of ActivityNet's videos have one class.
        if (annotations.empty())
            continue;
        if (!annotations[0].is_object() || !annotations[0].contains("label"))
            place.fail(id, "an annotation has no label");
        video.label = trimmed(place.text(annotations[0]["label"], id, "a label"));
    }
    return collector.take("ActivityNet", false);
}

Annotations msrVtt(const Json& root, const std::filesystem::path& file)
{
    const JsonPlace place(file,
        "Expected {\"videos\": [{\"video_id\", \"split\"}, ...], \"sentences\": [{\"video_id\", \"caption\"}, ...]}.");
    AnnotationCollector collector(file);
    auto idOf = [&](const Json& row, const char* list) {
        if (!row.is_object() || !row.contains("video_id"))
            place.fail(list, "an entry has no video_id");
        return place.id(row["video_id"], list);
    };
    for (const Json& row : place.array(root, "videos", "videos")) {
        AnnotatedVideo& video = collector.video(idOf(row, "videos"));
        if (const auto split = row.find("split"); split != row.end())
            video.split = splitName(place.text(*split, video.video, "the split"));
    }
    for (const Json& row : place.array(root, "sentences", "sentences")) {
        AnnotatedVideo& video = collector.video(idOf(row, "sentences"));
        if (!row.contains("caption"))
            place.fail(video.video, "a sentence has no caption");
        collector.addCaption(video, place.text(row["caption"], video.video, "a caption"), {}, {});
    }
    return collector.take("MSR-VTT", false);
}

Annotations msvd(const Json& root, const std::filesystem::path& file)
{
    const JsonPlace place(file, "Expected {id: [caption, ...], ...}.");
    AnnotationCollector collector(file);
    bool paths = false;
    for (const auto& [id, texts] : root.items()) {
        if (!texts.is_array())
            place.fail(id, "is not a list of captions");
        paths = paths || id.find('/') != std::string::npos;
        AnnotatedVideo& video = collector.video(id);
        for (const Json& text : texts)
            collector.addCaption(video, place.text(text, id, "a caption"), {}, {});
    }
    return collector.take("MSVD", paths);
}

/// The annotators' segment range [first, last] that overlaps best with all of theirs; of equals the earliest.
std::pair<int, int> agreedSegments(std::vector<std::pair<int, int>> ranges)
{
    std::sort(ranges.begin(), ranges.end());
    std::pair<int, int> best = ranges[0];
    double bestSum = -1;
    for (const auto& a : ranges) {
        double sum = 0;
        for (const auto& b : ranges) {
            const int both = std::max(0, std::min(a.second, b.second) - std::max(a.first, b.first) + 1);
            const int either = std::max(a.second, b.second) - std::min(a.first, b.first) + 1;
            sum += double(both) / either;
        }
        if (sum > bestSum) {
            bestSum = sum;
            best = a;
        }
    }
    return best;
}

Annotations diDeMo(const Json& root, const std::filesystem::path& file)
{
    constexpr double kMaxSegment = 10000;
    constexpr size_t kMostAnnotators = 1000; // they are compared in pairs; the data set has four
    const JsonPlace place(
        file, "Expected [{\"video\": name, \"description\": text, \"times\": [[first, last], ...]}, ...].");
    AnnotationCollector collector(file);
    for (size_t i = 0; i < root.size(); ++i) {
        const std::string key = "entry " + std::to_string(i + 1);
        const Json& row = root[i];
        if (!row.is_object() || !row.contains("video") || !row.contains("description"))
            place.fail(key, "has no video or no description");
        AnnotatedVideo& video = collector.video(place.id(row["video"], key));
        std::vector<std::pair<int, int>> ranges;
        const Json& times = place.array(row, "times", key);
        if (times.size() > kMostAnnotators)
            place.fail(key, "has more than " + std::to_string(kMostAnnotators) + " times");
        for (const Json& range : times) {
            if (!range.is_array() || range.size() != 2)
                place.fail(key, "one of times is not a pair");
            double ends[2];
            for (size_t e = 0; e < 2; ++e) {
                ends[e] = place.number(range[e], key, "one of times");
                if (ends[e] < 0 || ends[e] > kMaxSegment || ends[e] != std::floor(ends[e]))
                    place.fail(key, "one of times is not the number of a segment");
            }
            ranges.emplace_back(int(std::min(ends[0], ends[1])), int(std::max(ends[0], ends[1])));
        }
        std::optional<double> start;
        std::optional<double> end;
        if (!ranges.empty()) {
            const auto [first, last] = agreedSegments(ranges);
            start = first * kDiDeMoSegmentSec;
            end = (last + 1) * kDiDeMoSegmentSec;
        }
        collector.addCaption(video, place.text(row["description"], key, "the description"), start, end);
    }
    return collector.take("DiDeMo", false);
}

bool isSplit(std::string_view name)
{
    const std::string split = splitName(name);
    return split == "train" || split == "val" || split == "test";
}

/// {"train": [ids], ...}: every key is a split and holds a list.
bool isSplitLists(const Json& root)
{
    const auto& items = root.items();
    return std::all_of(
        items.begin(), items.end(), [](const auto& item) { return isSplit(item.key()) && item.value().is_array(); });
}

Annotations splitLists(const Json& root, const std::filesystem::path& file)
{
    const JsonPlace place(file, "Expected {\"train\": [ids], \"val\": [ids], \"test\": [ids]}.");
    AnnotationCollector collector(file);
    bool paths = false;
    for (const auto& [name, ids] : root.items())
        for (const Json& entry : ids) {
            AnnotatedVideo& video = collector.video(place.id(entry, name));
            paths = paths || video.video.find('/') != std::string::npos;
            if (!video.split.empty() && video.split != splitName(name))
                place.fail(video.video, "is in two splits, " + video.split + " and " + splitName(name));
            video.split = splitName(name);
        }
    return collector.take("splits", paths);
}

Annotations splitOfEach(const Json& root, const std::filesystem::path& file)
{
    const JsonPlace place(file, "Expected {id: \"train\" | \"val\" | \"test\", ...}.");
    AnnotationCollector collector(file);
    bool paths = false;
    for (const auto& [id, name] : root.items()) {
        collector.video(id).split = splitName(place.text(name, id, "the split"));
        paths = paths || id.find('/') != std::string::npos;
    }
    return collector.take("splits", paths);
}

} // namespace

Annotations parseJsonAnnotations(std::string_view text, const std::filesystem::path& file)
{
    const Json root = parseJson(text, file.string(), kMaxDepth);
    if (root.empty())
        throw Error(ErrorKind::Input, "holds no videos", file.string(), kKnownForms);
    if (root.is_array()) {
        if (root[0].is_object() && root[0].contains("description"))
            return diDeMo(root, file);
        throw Error(ErrorKind::Input, "is a JSON list of an unknown form", file.string(), kKnownForms);
    }
    if (root.contains("videos") && root.contains("sentences"))
        return msrVtt(root, file);
    if (const auto database = root.find("database"); database != root.end() && database->is_object())
        return activityNetClasses(*database, file);
    if (isSplitLists(root))
        return splitLists(root, file);
    const Json& first = root.begin().value();
    if (first.is_object() && (first.contains("sentences") || first.contains("timestamps")))
        return activityNetCaptions(root, file);
    if (first.is_object() && first.contains("annotations"))
        return activityNetClasses(root, file);
    if (first.is_array())
        return msvd(root, file);
    if (first.is_string())
        return splitOfEach(root, file);
    throw Error(ErrorKind::Input, "\"" + root.begin().key() + "\": is of an unknown form", file.string(), kKnownForms);
}

} // namespace clipscope
