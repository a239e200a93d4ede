// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_record.h"

#include <optional>
#include <string>
#include <vector>

namespace clipscope {

/// What a video is to be marked with; what is unset stays as it is. An empty text takes the mark away.
struct VideoMark {
    VideoId video = 0;
    std::optional<std::string> label;
    std::optional<std::string> split;
};
using VideoMarks = std::vector<VideoMark>;

} // namespace clipscope
