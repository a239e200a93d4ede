// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/rgb_image.h"
#include "media/video_reader.h"
#include "support/test_data.h"

#include <string>
#include <vector>

namespace clipscope::test {

bool haveFfmpeg();
/// Runs the ffmpeg program quietly; QFAILs nothing itself, true when it ended with 0.
bool ffmpeg(std::vector<std::string> arguments);

/// Every frame of a video by the ffmpeg program's own full decode, as stored (no turn, no pixel shape), in order.
std::vector<RgbImage> fullDecode(const std::filesystem::path& video, int codedWidth, int codedHeight, int threads = 0);

/// All frames by one forward pass of the reader itself, by index; frames it could not decode stay empty.
std::vector<RgbImage> readAll(VideoReader& reader, const FrameFit& fit);

/// Empty, or the first difference between what sampling gives and `frames` (readAll of another reader).
std::string sampleDiffers(
    VideoReader& reader, const SamplerSpec& spec, const FrameFit& fit, const std::vector<RgbImage>& frames);

} // namespace clipscope::test

#define NEED_FFMPEG()                                                                                                  \
    do {                                                                                                               \
        if (!clipscope::test::haveFfmpeg())                                                                            \
            QSKIP("the ffmpeg program is absent");                                                                     \
    } while (false)
