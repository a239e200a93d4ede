// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/rgb_image.h"
#include "library/video_record.h"

namespace clipscope {

/// Frames of the strip under the mouse, and how high each is.
inline constexpr int kStripFrames = 10;
inline constexpr int kStripHeight = 135;

/// What an import learns from the file itself. The record's id, label, split and importRoot are not set.
struct ReadVideo {
    VideoRecord record;
    RgbImage thumbnail; ///< the frame in the middle, or the nearest that can be decoded
    RgbImage strip; ///< kStripFrames frames side by side
};

/// Probes the file and decodes, in one forward pass and small, the frames that `sampler` asks for (to count those that
/// are usable) together with those of the pictures. Throws Error(Media | Storage | Resource) naming the file when it
/// holds no picture that can be decoded or changes meanwhile; Cancelled.
ReadVideo readForImport(const std::filesystem::path& path, const SamplerSpec& sampler, const JobContext& context);

} // namespace clipscope
