// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "embedding/encoder.h"
#include "library/video_record.h"

#include <cstdint>
#include <vector>

namespace clipscope {

/// Frames as an encoder saw them, in time order.
struct SeenFrames {
    std::vector<VideoFrame> frames; ///< at most as many as asked for; VideoFrame::index counts in the video
    std::vector<int64_t> places; ///< of each, among all frames that were embedded
    int64_t seen = 0; ///< embedded ones in all
};

/// What embedLibrary() hands to an encoder that wants `fit`, pixel by pixel. Of a video with more than `most` sampled
/// frames every n-th is kept. For a worker: it decodes. Throws as embedLibrary() fails a video: Error(Media | Storage);
/// Cancelled.
SeenFrames seenFrames(const VideoRecord& video, const FrameFit& fit, int most, const JobContext& context);

} // namespace clipscope
