// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_record.h"

namespace clipscope {

/// SubRip (.srt) or WebVTT (.vtt): cue times and text without tags, in file order. Lenient: unreadable cues are left
/// out. Throws Error(Input) when the file has no cue at all, Error(Storage) when it cannot be read.
std::vector<Caption> readSubtitles(const std::filesystem::path& path);

/// bear.mp4 -> bear.srt, bear.vtt, bear.en.srt, ... beside it, sorted.
std::vector<std::filesystem::path> sidecarSubtitles(const std::filesystem::path& video);

} // namespace clipscope
