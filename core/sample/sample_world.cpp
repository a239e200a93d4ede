// SPDX-License-Identifier: GPL-3.0-or-later
#include "sample/sample_world.h"

#include "base/file_writer.h"
#include "base/files.h"
#include "base/json.h"
#include "base/machine.h"
#include "base/random.h"
#include "media/video_writer.h"
#include "sample/sample_captions.h"
#include "sample/sample_drawing.h"
#include "sample/sample_script.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <exception>
#include <mutex>
#include <set>
#include <thread>

namespace clipscope {

namespace fs = std::filesystem;

namespace {

constexpr int kWidth = 320;
constexpr int kHeight = 240;
constexpr int kFps = 12;

struct PlannedVideo {
    std::string id; ///< file stem
    SampleScript script;
    std::string split;
};

/// Of five videos of a mixed world the first and the third are stories.
bool isStory(SampleKind kind, int index)
{
    return kind == SampleKind::Stories || (kind == SampleKind::Mixed && (index % 5 == 0 || index % 5 == 2));
}

/// 60/15/25 of `groups` (videos that must stay together), by number of videos.
void split(std::vector<std::vector<PlannedVideo*>> groups, Random& random)
{
    random.shuffle(groups);
    size_t all = 0;
    for (const auto& group : groups)
        all += group.size();
    const auto test = size_t(std::lround(.25 * double(all)));
    const auto val = size_t(std::lround(.15 * double(all)));
    size_t given = 0;
    for (const auto& group : groups) {
        const char* name = given < test ? "test" : given < test + val ? "val" : "train";
        for (PlannedVideo* video : group)
            video->split = name;
        given += group.size();
    }
}

std::vector<PlannedVideo> plan(const SampleWorldOptions& options)
{
    int storyCount = 0;
    for (int i = 0; i < options.videos; ++i)
        storyCount += isStory(options.kind, i);
    std::vector<SampleScript> stories = makeStories(storyCount, options.seed);
    const uint64_t activitySeed = deriveSeed(options.seed, "activities");

    std::vector<PlannedVideo> videos(static_cast<size_t>(options.videos));
    size_t story = 0;
    int activity = 0;
    for (int i = 0; i < options.videos; ++i) {
        char id[32];
        std::snprintf(id, sizeof id, "clip_%04d", i + 1);
        PlannedVideo& video = videos[size_t(i)];
        video.id = id;
        if (isStory(options.kind, i)) {
            video.script = std::move(stories[story++]);
        } else {
            video.script =
                makeActivity(deriveSeed(activitySeed, uint64_t(activity)), ActionKind(activity % kSampleActions));
            ++activity;
        }
    }

    Random random(deriveSeed(options.seed, "splits"));
    std::vector<std::vector<PlannedVideo*>> storyGroups; // a twin stays with its sibling, or the split would leak
    std::vector<std::vector<std::vector<PlannedVideo*>>> classGroups(kSampleActions);
    for (PlannedVideo& video : videos) {
        if (video.script.label >= 0)
            classGroups[size_t(video.script.label)].push_back({&video});
        else if (video.script.twin)
            storyGroups.back().push_back(&video);
        else
            storyGroups.push_back({&video});
    }
    split(std::move(storyGroups), random);
    for (auto& groups : classGroups)
        split(std::move(groups), random);
    return videos;
}

/// The length the file will have: a whole number of frames.
int64_t frameCount(const SampleScript& script)
{
    return int64_t(std::ceil(script.durationSec * kFps));
}

double rounded(double seconds)
{
    return std::round(seconds * 100) / 100;
}

std::string captionsJson(const std::vector<PlannedVideo>& videos)
{
    Json all = Json::object();
    for (const PlannedVideo& video : videos) {
        Json timestamps = Json::array();
        Json sentences = Json::array();
        for (const SampleEvent& event : video.script.events) {
            timestamps.push_back({rounded(event.startSec), rounded(event.endSec)});
            sentences.push_back(asSentence(event.caption));
        }
        all[video.id] = {{"duration", rounded(double(frameCount(video.script)) / kFps)},
            {"timestamps", std::move(timestamps)}, {"sentences", std::move(sentences)}};
    }
    return all.dump(1) + '\n';
}

std::string labelsCsv(const std::vector<PlannedVideo>& videos)
{
    std::string text = "path,label,split\n";
    for (const PlannedVideo& video : videos) {
        const std::string label = video.script.label < 0 ? "" : sampleActions()[size_t(video.script.label)].name;
        text += "videos/" + video.id + ".mp4," + label + ',' + video.split + '\n';
    }
    return text;
}

std::string splitsJson(const std::vector<PlannedVideo>& videos)
{
    Json all = {{"train", Json::array()}, {"val", Json::array()}, {"test", Json::array()}};
    for (const PlannedVideo& video : videos)
        all[video.split].push_back(video.id);
    return all.dump(1) + '\n';
}

Json thingJson(const Thing& thing)
{
    return {{"colour", sampleColours()[size_t(thing.colour)].name}, {"shape", sampleShapes()[size_t(thing.shape)].name},
        {"size", toString(thing.size)}};
}

/// `seen` names what every picture of the event shows; a colour that changes is not among it.
Json eventJson(const SampleEvent& event)
{
    const SampleAction& action = sampleAction(event.action);
    Json seen = {{"action", action.name}, {"shape", sampleShapes()[size_t(event.a.shape)].name}};
    Json things = Json::array({thingJson(event.a)});
    if (event.action != ActionKind::Turn)
        seen["colour"] = sampleColours()[size_t(event.a.colour)].name;
    if (action.two) {
        things.push_back(thingJson(event.b));
        seen["secondColour"] = sampleColours()[size_t(event.b.colour)].name;
        seen["secondShape"] = sampleShapes()[size_t(event.b.shape)].name;
    }
    Json json = {{"start", rounded(event.startSec)}, {"end", rounded(event.endSec)}, {"action", action.name}};
    json["things"] = std::move(things);
    if (event.action == ActionKind::Turn)
        json["newColour"] = sampleColours()[size_t(event.b.colour)].name;
    json["beats"] = Json::array();
    for (const std::string& beat : {event.startBeat, event.endBeat})
        if (!beat.empty())
            json["beats"].push_back(asSentence(beat));
    json["seen"] = std::move(seen);
    return json;
}

std::string attributesJson(const std::vector<PlannedVideo>& videos, const SampleWorldOptions& options)
{
    Json all = {{"sampleWorld", 1}, {"seed", options.seed}, {"kind", toString(options.kind)}, {"count", options.videos}};
    Json& entries = all["videos"] = Json::object();
    std::string previous;
    for (const PlannedVideo& video : videos) {
        Json entry;
        entry["seen"] = {{"background", sampleBackgrounds()[size_t(video.script.background)].name}};
        if (video.script.label >= 0)
            entry["label"] = sampleActions()[size_t(video.script.label)].name;
        else if (video.script.twin)
            entry["twinOf"] = previous;
        if (video.script.label < 0)
            previous = video.id;
        entry["events"] = Json::array();
        for (const SampleEvent& event : video.script.events)
            entry["events"].push_back(eventJson(event));
        entries[video.id] = std::move(entry);
    }
    return all.dump(1) + '\n';
}

const std::set<std::string>& ownNames()
{
    static const std::set<std::string> names = {
        "videos", "captions.json", "labels.csv", "splits.json", "attributes.json"};
    return names;
}

/// Removes an earlier sample world, and what a killed process left of one; anything else in the folder is somebody's
/// and stops the work.
void clearFolder(const fs::path& folder)
{
    const auto foreign = [&folder](const fs::path& found) {
        throw Error(ErrorKind::Input,
            "the folder holds something that is no sample world: " + found.filename().string(), folder.string(),
            "name a new or empty folder");
    };
    std::error_code code;
    if (fs::exists(folder) && !fs::is_directory(folder))
        throw Error(ErrorKind::Input, "there is a file of this name", folder.string(), "name a new or empty folder");
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, code)) {
        const std::string name = entry.path().filename().string();
        if (!ownNames().count(name) && !ownNames().count(finishedName(name)))
            foreign(entry.path());
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(folder / "videos", code)) {
        const std::string name = entry.path().filename().string();
        if (name.rfind("clip_", 0) != 0 || entry.path().extension() != ".mp4")
            foreign(entry.path());
    }
    removeUnfinished(folder);
    for (const std::string& name : ownNames())
        fs::remove_all(folder / name, code);
    fs::create_directories(folder / "videos", code);
    if (code)
        throw Error(ErrorKind::Storage, "the folder cannot be made: " + code.message(), folder.string());
}

void render(const PlannedVideo& video, const fs::path& file, const JobContext& context)
{
    SamplePainter painter(video.script, kWidth, kHeight);
    VideoWriter writer(file, {kWidth, kHeight, kFps, 23});
    RgbImage picture;
    const int64_t frames = frameCount(video.script);
    for (int64_t i = 0; i < frames; ++i) {
        context.throwIfStopped();
        painter.paint((double(i) + .5) / kFps, picture);
        writer.write(picture);
    }
    writer.finish();
}

/// One worker a core takes the next video; the first thing that goes wrong ends all of them.
void renderAll(const std::vector<PlannedVideo>& videos, const fs::path& folder, const JobContext& context)
{
    std::atomic<size_t> next = 0;
    std::atomic<int64_t> done = 0;
    std::atomic<bool> failed = false;
    std::exception_ptr failure;
    std::mutex mutex;
    const auto work = [&] {
        try {
            for (size_t i = next++; i < videos.size() && !failed; i = next++) {
                const PlannedVideo& video = videos[i];
                context.onceThereIsSpace([&] { render(video, folder / (video.id + ".mp4"), context); });
                context.progress(++done, int64_t(videos.size()), "rendering " + video.id + ".mp4");
            }
        } catch (...) {
            const std::lock_guard lock(mutex);
            if (!failed.exchange(true))
                failure = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> workers;
        const auto count = std::min(size_t(std::max(1, machine().cores)), videos.size());
        for (size_t i = 0; i < count; ++i)
            workers.emplace_back(work);
    }
    if (failure)
        std::rethrow_exception(failure);
}

void create(const fs::path& folder, const SampleWorldOptions& options, JobContext& context)
{
    if (options.videos < 1 || options.videos > 100000)
        throw Error(ErrorKind::Input, "a sample world has 1 to 100000 videos", "--videos");
    clearFolder(folder);
    const std::vector<PlannedVideo> videos = plan(options);
    try {
        context.progress(0, int64_t(videos.size()), "rendering");
        renderAll(videos, folder / "videos", context);
        // The text files come last: where captions.json is, the world is whole.
        context.onceThereIsSpace([&] {
            writeFileAtomically(folder / "attributes.json", attributesJson(videos, options));
            writeFileAtomically(folder / "labels.csv", labelsCsv(videos));
            writeFileAtomically(folder / "splits.json", splitsJson(videos));
            writeFileAtomically(folder / "captions.json", captionsJson(videos));
        });
    } catch (...) {
        std::error_code ignored;
        for (const std::string& name : ownNames())
            fs::remove_all(folder / name, ignored);
        throw;
    }
}

const LateCode kCreateSampleWorld(createSampleWorld, create);

} // namespace

} // namespace clipscope
