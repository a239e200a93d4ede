// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "media/media_descriptor_internal.h"
#include "media/video_reader.h"

#include <atomic>

namespace clipscope {

/// VideoReader's work, in the process that calls: what clipscope-decoder runs for the VideoReader of another process.
/// The contract of its functions is VideoReader's; errors name the file `name`. One thread at a time.
class LocalVideoReader {
public:
    /// `descriptor` comes from openMediaFile(). `progress`, where given, counts up at each packet and outlives the
    /// reader.
    LocalVideoReader(Descriptor descriptor, const std::filesystem::path& name, const JobContext& context,
        std::atomic<uint64_t>* progress = nullptr);
    ~LocalVideoReader();

    const VideoInfo& info() const;
    const FrameTimeline& timeline() const;

    SampleReport read(const std::vector<int64_t>& indices, const FrameFit& fit, const JobContext& context,
        const std::function<void(VideoFrame&&)>& sink);
    VideoFrame frame(int64_t index, const FrameFit& fit, const JobContext& context);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// readPicture() in the process that calls.
RgbImage readLocalPicture(
    Descriptor descriptor, const std::filesystem::path& name, const FrameFit& fit, const JobContext& context);

} // namespace clipscope
