// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_record.h"
#include "media/video_reader.h"

#include <functional>

namespace clipscope {

struct SampledVideo {
    double durationSec = 0;
    int askedFrames = 0;
    SampleError sampleError;
};

/// Decodes the frames the video's own sampler takes, in time order, into `fit`: the one place where the pipeline
/// touches media files. A file that was only touched or copied anew since its import passes. Throws Error(Media |
/// Storage) when the file is gone, cannot be opened, holds something else than when it was imported, no frame of it can
/// be decoded, or it changed meanwhile (the frames handed out are void then); Cancelled.
SampledVideo readSampledVideo(const VideoRecord& video, const FrameFit& fit, const JobContext& context,
    const std::function<void(VideoFrame&&)>& sink);

} // namespace clipscope
