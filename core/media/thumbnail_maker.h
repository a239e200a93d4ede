// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/rgb_image.h"

#include <filesystem>
#include <string>
#include <vector>

namespace clipscope {

/// Longest sides of stored pictures.
inline constexpr int kThumbnailWidth = 320;
inline constexpr int kThumbnailHeight = 240;

/// Baseline JPEG of an sRGB picture by FFmpeg's encoder, quality 2 (best) to 31. Throws Error(Media).
std::string encodeJpeg(const RgbImage& image, int quality = 4);

/// A moment of a video as a thumbnail: the frame on screen at `timeSec`, at most kThumbnailWidth x kThumbnailHeight.
RgbImage thumbnailAt(const std::filesystem::path& video, double timeSec, const JobContext& context = {});

/// `count` frames at the middles of equal parts of [startSec, endSec) side by side, each `height` pixels high: what is
/// scrubbed through under the mouse and shown as film strip. Undecodable frames repeat their neighbour.
RgbImage filmStrip(const std::filesystem::path& video, double startSec, double endSec, int count, int height,
    const JobContext& context = {});

} // namespace clipscope
