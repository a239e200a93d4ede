// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_record.h"

#include <map>

namespace clipscope {

/// SubRip (.srt) or WebVTT (.vtt): cue times and text without tags, in file order. Lenient: unreadable cues are left
/// out. Throws Error(Input) when the file has no cue at all, Error(Storage) when it cannot be read.
std::vector<Caption> readSubtitles(const std::filesystem::path& path);

/// bear.mp4 -> bear.srt, bear.vtt, bear.en.srt, ... beside it, sorted. bear.cub.srt is not bear.mp4's when there is a
/// bear.cub.mp4.
std::vector<std::filesystem::path> sidecarSubtitles(const std::filesystem::path& video);

/// The same for many videos: each folder is listed once, so a folder of ten thousand stays quick. One thread at a time.
class SidecarFinder {
public:
    std::vector<std::filesystem::path> of(const std::filesystem::path& video);

private:
    /// Names in one folder, sorted: subtitles, and all of them.
    struct Listing {
        std::vector<std::string> subtitles;
        std::vector<std::string> names;
    };
    static Listing list(const std::filesystem::path& folder);

    std::map<std::filesystem::path, Listing> m_folders;
};

} // namespace clipscope
