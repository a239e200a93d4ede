// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/training_set.h"

#include "base/json.h"
#include "library/video_library.h"
#include "retrieval/caption_readers.h"

#include <algorithm>
#include <map>
#include <set>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

/// Numbers the attributes and their values in the order in which they turn up.
class AttributeNumbers {
public:
    explicit AttributeNumbers(std::vector<TrainingAttribute>& attributes)
        : m_attributes(attributes)
    {
    }
    void add(const Json& seen, std::vector<int64_t>& truth)
    {
        for (const auto& [name, value] : seen.items()) {
            const size_t attribute = number(name);
            if (truth.size() <= attribute)
                truth.resize(attribute + 1, -1);
            std::vector<std::string>& values = m_attributes[attribute].values;
            const std::string text = value.get<std::string>();
            const auto found = std::find(values.begin(), values.end(), text);
            truth[attribute] = found - values.begin();
            if (found == values.end())
                values.push_back(text);
        }
    }

private:
    size_t number(const std::string& name)
    {
        const auto found = std::find_if(
            m_attributes.begin(), m_attributes.end(), [&](const TrainingAttribute& a) { return a.name == name; });
        if (found != m_attributes.end())
            return size_t(found - m_attributes.begin());
        m_attributes.push_back({name, {}});
        return m_attributes.size() - 1;
    }
    std::vector<TrainingAttribute>& m_attributes;
};

/// attributes.json lists a video's events in the order of its captions.
void addTruth(TrainingSet& set, const fs::path& file)
{
    const Json all = readJsonFile(file);
    try {
        const Json& entries = all.at("videos");
        AttributeNumbers numbers(set.attributes);
        for (TrainingVideo& video : set.videos) {
            const auto entry = entries.find(video.id);
            if (entry == entries.end())
                continue;
            numbers.add(entry->at("seen"), video.truth);
            const Json& events = entry->at("events");
            if (events.size() != video.events.size())
                throw Error(ErrorKind::Input,
                    "\"" + video.id + "\" has " + std::to_string(events.size()) + " events here and "
                        + std::to_string(video.events.size()) + " captions",
                    file.string(), "Make the sample world anew.");
            for (size_t i = 0; i < events.size(); ++i) {
                numbers.add(events[i].at("seen"), video.events[i].truth);
                const Json& beats = events[i].at("beats");
                if (!beats.empty())
                    video.events[i].startBeat = beats.front().get<std::string>();
                if (beats.size() > 1)
                    video.events[i].endBeat = beats.back().get<std::string>();
            }
        }
    } catch (const Json::exception& e) {
        throw Error(ErrorKind::Input, std::string("is not the truth of a sample world (") + e.what() + ")",
            file.string(), "Make the sample world anew, or remove the file.");
    }
}

/// File stem -> file, of DIR/videos or, without that folder, of DIR.
std::map<std::string, fs::path> videoFiles(const fs::path& folder)
{
    std::map<std::string, fs::path> out;
    std::error_code code;
    const fs::path videos = fs::is_directory(folder / "videos", code) ? folder / "videos" : folder;
    for (const fs::directory_entry& entry : fs::directory_iterator(videos, code))
        if (isMediaCandidate(entry.path()))
            out.emplace(entry.path().stem().string(), entry.path());
    return out;
}

bool isWanted(const std::vector<std::string>& splits, const std::string& split)
{
    return splits.empty() || std::find(splits.begin(), splits.end(), split) != splits.end();
}

void addEvent(TrainingVideo& video, const std::string& text, double startSec, double endSec)
{
    video.paragraph += (video.paragraph.empty() ? "" : " ") + text;
    TrainingEvent event;
    event.startSec = startSec;
    event.endSec = endSec;
    event.caption = text;
    video.events.push_back(std::move(event));
}

constexpr double kForever = 1e9;

TrainingSet readLibrary(const fs::path& folder, const std::vector<std::string>& splits)
{
    const std::shared_ptr<VideoLibrary> library = VideoLibrary::open(folder);
    std::map<VideoId, std::vector<Caption>> captions;
    for (Caption& caption : library->allCaptions())
        if (caption.source == CaptionSource::Caption)
            captions[caption.video].push_back(std::move(caption));
    TrainingSet set;
    for (const VideoRecord& record : library->videos()) {
        std::error_code code;
        const auto said = captions.find(record.id);
        if (said == captions.end() || !isWanted(splits, record.split) || !fs::is_regular_file(record.path, code))
            continue;
        TrainingVideo video;
        video.id = record.path.stem().string();
        video.path = record.path;
        for (const Caption& caption : said->second)
            addEvent(video, caption.text, caption.startSec.value_or(0), caption.endSec.value_or(kForever));
        set.videos.push_back(std::move(video));
    }
    if (set.videos.empty())
        throw Error(ErrorKind::Input, "no captioned video of the chosen split is there", folder.string(),
            "Import captions and a split (splits.json, or a CSV file with a split column), or choose another --split.");
    return set;
}

} // namespace

TrainingSet TrainingSet::read(const fs::path& folder, const std::vector<std::string>& splits)
{
    if (VideoLibrary::exists(folder))
        return readLibrary(folder, splits);
    const fs::path captions = folder / "captions.json";
    if (!fs::exists(captions))
        throw Error(ErrorKind::Input, "there is no captions.json in it", folder.string(),
            "Name a library, or a folder with videos/ and captions.json, like one that `sample-world create` makes.");
    const std::map<std::string, fs::path> files = videoFiles(folder);
    TrainingSet set;
    for (const AnnotatedVideo& annotated : readAnnotations(captions).videos) {
        const auto file = files.find(annotated.video);
        if (file == files.end() || annotated.captions.empty() || !isWanted(splits, annotated.split))
            continue;
        TrainingVideo video;
        video.id = annotated.video;
        video.path = file->second;
        for (const AnnotatedVideo::Text& text : annotated.captions)
            addEvent(video, text.text, text.startSec.value_or(0),
                text.endSec.value_or(annotated.durationSec.value_or(kForever)));
        set.videos.push_back(std::move(video));
    }
    if (set.videos.empty())
        throw Error(ErrorKind::Input, "no captioned video of the chosen split is there", folder.string(),
            "Look at captions.json, splits.json and videos/.");
    if (fs::exists(folder / "attributes.json"))
        addTruth(set, folder / "attributes.json");
    return set;
}

std::vector<std::string> TrainingSet::texts() const
{
    std::set<std::string> all;
    for (const TrainingVideo& video : videos)
        for (const TrainingEvent& event : video.events)
            for (const std::string* text : {&event.caption, &event.startBeat, &event.endBeat})
                if (!text->empty())
                    all.insert(*text);
    return {all.begin(), all.end()};
}

} // namespace clipscope
