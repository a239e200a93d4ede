// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/rgb_image.h"

#include <filesystem>
#include <memory>

namespace clipscope {

/// Encodes RgbImages as an H.264 MP4 (yuv420p, one thread, bit-exact: equal pictures give equal bytes). One thread at a
/// time.
class VideoWriter {
public:
    struct Options {
        int width = 0;
        int height = 0;
        int fps = 12;
        int crf = 20;
    };
    /// Throws Error(Storage) when the file cannot be made, Error(Media) when this FFmpeg has no H.264 encoder.
    VideoWriter(const std::filesystem::path& path, const Options& options);
    ~VideoWriter();
    VideoWriter(const VideoWriter&) = delete;
    VideoWriter& operator=(const VideoWriter&) = delete;

    void write(const RgbImage& image);
    /// Flushes, writes the index and waits until all is on the disk. Without it the file is removed by the destructor.
    void finish();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace clipscope
