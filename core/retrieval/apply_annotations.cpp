// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/caption_readers.h"

#include <algorithm>
#include <unordered_map>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

/// The library's videos by path, whole name and stem.
class VideoNames {
public:
    explicit VideoNames(std::vector<VideoRecord> videos)
        : m_videos(std::move(videos))
    {
        for (const VideoRecord& video : m_videos) {
            m_byPath.emplace(video.path.lexically_normal().string(), &video);
            m_byName[video.path.filename().string()].push_back(&video);
            m_byStem[video.path.stem().string()].push_back(&video);
        }
    }

    using Found = std::vector<const VideoRecord*>;

    Found byPath(const fs::path& named, const std::vector<fs::path>& folders) const
    {
        if (named.is_absolute())
            return at(named);
        for (const fs::path& folder : folders)
            if (Found found = at(folder / named); !found.empty())
                return found;
        // The end of a path, whole components: "cats/a.mp4" is /films/cats/a.mp4.
        const auto sameName = m_byName.find(named.filename().string());
        Found found;
        if (sameName == m_byName.end())
            return found;
        const fs::path end = named.lexically_normal();
        for (const VideoRecord* video : sameName->second)
            if (endsWith(video->path, end))
                found.push_back(video);
        return found;
    }

    Found byId(const std::string& id) const
    {
        for (const auto& names : {std::cref(m_byStem), std::cref(m_byName)})
            if (const auto found = names.get().find(id); found != names.get().end())
                return found->second;
        // DiDeMo's ids carry the extension of a file that may have been converted; ActivityNet's files may lack "v_".
        const bool prefixed = id.starts_with("v_");
        for (const std::string& other : {fs::path(id).stem().string(), prefixed ? id.substr(2) : "v_" + id})
            if (const auto found = m_byStem.find(other); found != m_byStem.end())
                return found->second;
        return {};
    }

private:
    Found at(const fs::path& path) const
    {
        const auto found = m_byPath.find(path.lexically_normal().string());
        return found == m_byPath.end() ? Found() : Found{found->second};
    }

    static bool endsWith(const fs::path& path, const fs::path& end)
    {
        auto a = path.end();
        auto b = end.end();
        while (b != end.begin()) {
            if (a == path.begin() || *--a != *--b)
                return false;
        }
        return true;
    }

    std::vector<VideoRecord> m_videos;
    std::unordered_map<std::string, const VideoRecord*> m_byPath;
    std::unordered_map<std::string, Found> m_byName;
    std::unordered_map<std::string, Found> m_byStem;
};

std::vector<Caption> captionsOf(const AnnotatedVideo& annotated, const VideoRecord& video, int64_t& outsideTimes)
{
    const double duration = video.info.durationSec;
    std::vector<Caption> out;
    for (const AnnotatedVideo::Text& text : annotated.captions) {
        Caption caption;
        caption.video = video.id;
        caption.text = text.text;
        caption.startSec = text.startSec;
        caption.endSec = text.endSec;
        if (caption.startSec && duration > 0) {
            if (*caption.startSec >= duration) {
                ++outsideTimes;
                continue;
            }
            caption.endSec = std::min(*caption.endSec, duration);
        }
        out.push_back(std::move(caption));
    }
    return out;
}

} // namespace

AppliedAnnotations applyAnnotations(
    VideoLibrary& library, const Annotations& annotations, const std::vector<fs::path>& roots)
{
    std::vector<fs::path> folders;
    for (const fs::path& root : roots)
        folders.push_back(fs::absolute(root));
    if (!annotations.file.empty())
        folders.push_back(fs::absolute(annotations.file).parent_path());
    const VideoNames names(library.videos());

    AppliedAnnotations out;
    for (const AnnotatedVideo& annotated : annotations.videos) {
        const VideoNames::Found found =
            annotations.byPath ? names.byPath(annotated.video, folders) : names.byId(annotated.video);
        if (found.size() != 1) {
            (found.empty() ? out.unmatched : out.ambiguous).push_back(annotated.video);
            continue;
        }
        const VideoRecord& video = *found[0];
        const std::vector<Caption> captions = captionsOf(annotated, video, out.outsideTimes);
        if (!captions.empty())
            library.setCaptions(video.id, CaptionSource::Caption, captions);
        if (!annotated.label.empty())
            library.setLabel(video.id, annotated.label);
        if (!annotated.split.empty())
            library.setSplit(video.id, annotated.split);
        out.captions += int64_t(captions.size());
        out.labels += !annotated.label.empty();
        out.videos += !captions.empty() || !annotated.label.empty() || !annotated.split.empty();
    }
    return out;
}

} // namespace clipscope
