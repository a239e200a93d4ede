// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/rgb_image.h"
#include "media/frame_sampler.h"
#include "media/video_info.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace clipscope {

/// How a decoded picture becomes an RgbImage: one swscale pass from the decoder's own pixel format, upright, square
/// pixels.
struct FrameFit {
    enum class Mode {
        Full, ///< the whole picture at its own upright size
        Bounds, ///< the whole picture, scaled down (never up) to fit into width x height, aspect kept
        CentreSquare ///< the central square of side `crop` * shorter side, scaled to size width == height
                     ///< (= "resize the shorter side to S, centre crop C" of CLIP and EfficientNet with crop = C / S)
    };
    Mode mode = Mode::Full;
    int width = 0;
    int height = 0;
    double crop = 1;

    static FrameFit full() { return {}; }
    static FrameFit bounds(int width, int height) { return {Mode::Bounds, width, height, 1}; }
    static FrameFit centreSquare(int size, double crop) { return {Mode::CentreSquare, size, size, crop}; }
};

/// One picture of a video. `timeSec` counts from the first frame (VideoInfo::startSec).
struct VideoFrame {
    int64_t index = 0; ///< position in presentation order
    double timeSec = 0;
    RgbImage image;
};

/// What one sampling pass got: salvage, never silently wrong frames.
struct SampleReport {
    int asked = 0;
    int usable = 0; ///< frames delivered; each has exactly the PTS asked for and was not marked corrupt
    std::string damage; ///< empty, or a sentence: "12 of 80 frames cannot be decoded"
    SampleError error; ///< of sample(): how far the frames taken lie off the exact ones
};

/// Reads one video file by presentation time stamps. Opening demuxes the whole file once (no decoding) and keeps the
/// table of frames, so that times and counts come from packets, not from headers. One thread at a time; blocking; for
/// worker threads. Only the `file` protocol and plain container formats are opened (no playlists, no URLs); only
/// regular files. Decoding runs in a process of its own, clipscope-decoder (decoding_limits.h): where that crashes,
/// gets stuck or wants too much memory, the function throws Error(Media) that says so, and the reader can be used
/// again.
class VideoReader {
public:
    /// Throws Error(Media) naming the file and the reason when there is no decodable video stream, Error(Storage) when
    /// it cannot be read, Error(Resource) when clipscope-decoder is missing; Cancelled.
    explicit VideoReader(const std::filesystem::path& path, const JobContext& context = {});
    ~VideoReader();
    VideoReader(VideoReader&&) noexcept;
    VideoReader& operator=(VideoReader&&) noexcept;

    const std::filesystem::path& path() const;
    const VideoInfo& info() const;
    const FrameTimeline& timeline() const;
    /// The frame on screen at `timeSec` (clamped to the clip).
    int64_t frameAt(double timeSec) const;

    /// Decodes the frames `indices` (ascending) in one forward pass, seeking by the key index only when the next target
    /// lies in a later group of pictures, and hands each to `sink` in order. Frames that cannot be decoded are left out
    /// and counted.
    SampleReport read(const std::vector<int64_t>& indices, const FrameFit& fit, const JobContext& context,
        const std::function<void(VideoFrame&&)>& sink);
    /// sampleFrames + read.
    SampleReport sample(const SamplerSpec& spec, const FrameFit& fit, const JobContext& context,
        const std::function<void(VideoFrame&&)>& sink);
    /// One frame; reading forward from the previous call is cheap (the player steps and plays with it).
    /// Throws Error(Media) when it cannot be decoded.
    VideoFrame frame(int64_t index, const FrameFit& fit, const JobContext& context = {});

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// True for names with a media extension (mp4, mkv, avi, webm, mov, gif, ...) or a file that starts like a known
/// container. Never blocks: devices, FIFOs and folders are false. (Design section 3: what `import` counts as a
/// candidate.)
bool isMediaCandidate(const std::filesystem::path& path);

/// Scales an sRGB picture file (PNG, JPEG, ...) into an RgbImage by FFmpeg's picture decoders, in clipscope-decoder as
/// well. Throws Error(Media | Storage | Resource).
RgbImage readPicture(const std::filesystem::path& path, const FrameFit& fit = FrameFit::full());

/// The same geometry for a picture that is in memory already. Area-averaging bicubic, as for video frames.
RgbImage fitImage(const RgbImage& image, const FrameFit& fit);

} // namespace clipscope
