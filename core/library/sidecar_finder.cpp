// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/subtitles.h"
#include "media/video_reader.h"

#include <algorithm>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

bool isSubtitleName(const fs::path& name)
{
    std::string extension = name.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
        [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return extension == ".srt" || extension == ".vtt";
}

/// Whether `names` (sorted) has a video in `folder` whose name without extension is `stem`.
bool hasVideo(const std::vector<std::string>& names, const fs::path& folder, const std::string& stem)
{
    const std::string prefix = stem + '.';
    auto it = std::lower_bound(names.begin(), names.end(), prefix);
    for (; it != names.end() && it->starts_with(prefix); ++it) {
        if (fs::path(*it).stem() == stem && !isSubtitleName(*it) && isMediaCandidate(folder / *it))
            return true;
    }
    return false;
}

} // namespace

SidecarFinder::Listing SidecarFinder::list(const fs::path& folder)
{
    Listing listing;
    std::error_code failed;
    for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
        listing.names.push_back(it->path().filename().string());
        std::error_code ignored;
        if (isSubtitleName(it->path()) && it->is_regular_file(ignored))
            listing.subtitles.push_back(listing.names.back());
    }
    std::sort(listing.names.begin(), listing.names.end());
    std::sort(listing.subtitles.begin(), listing.subtitles.end());
    return listing;
}

std::vector<fs::path> SidecarFinder::of(const fs::path& video)
{
    const fs::path folder = video.has_parent_path() ? video.parent_path() : fs::path(".");
    auto known = m_folders.find(folder);
    if (known == m_folders.end())
        known = m_folders.emplace(folder, list(folder)).first;
    const Listing& listing = known->second;

    const std::string stem = video.stem().string();
    const std::string prefix = stem + '.';
    std::vector<fs::path> out;
    auto it = std::lower_bound(listing.subtitles.begin(), listing.subtitles.end(), prefix);
    for (; it != listing.subtitles.end() && it->starts_with(prefix); ++it) {
        // bear.cub.en.srt is bear.mp4's only when neither bear.cub.en nor bear.cub is a video.
        fs::path owner = fs::path(*it).stem();
        while (owner.string().size() > stem.size() && !hasVideo(listing.names, folder, owner.string()))
            owner = owner.stem();
        if (owner == stem)
            out.push_back(folder / *it);
    }
    return out;
}

std::vector<fs::path> sidecarSubtitles(const fs::path& video)
{
    return SidecarFinder().of(video);
}

} // namespace clipscope
