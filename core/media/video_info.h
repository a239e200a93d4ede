// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace clipscope {

/// What a file says about its first video stream, after a demuxing pass. Sizes are those of the upright, square-pixel
/// picture.
struct VideoInfo {
    std::string container; ///< FFmpeg's short name ("mov,mp4,...", "matroska,webm")
    std::string codec; ///< "h264", "hevc", ...
    std::string pixelFormat; ///< "yuv420p10le", ...
    int width = 0;
    int height = 0;
    int rotationDegrees = 0; ///< clockwise turn that makes the coded picture upright: 0, 90, 180, 270
    double sampleAspect = 1; ///< width : height of one coded pixel
    double startSec = 0; ///< first PTS in the file's own clock; every other time is counted from here
    double durationSec = 0; ///< end of the last frame minus startSec, from packets, not from headers
    double fps = 0; ///< mean rate: frames / durationSec
    int64_t frames = 0; ///< video packets that hold a frame
    int64_t keyframes = 0;
    bool variableFrameRate = false;
    bool interlaced = false;
    bool hasAlpha = false;
    bool hasAudio = false;
    std::string hdr; ///< empty, or "HDR (PQ), tone-mapped" / "HDR (HLG), tone-mapped"
};

} // namespace clipscope
