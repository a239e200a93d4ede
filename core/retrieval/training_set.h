// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "media/video_reader.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace clipscope {

/// One captioned stretch of a training video.
struct TrainingEvent {
    double startSec = 0;
    double endSec = 0;
    std::string caption;
    std::string startBeat; ///< said of its first third, empty where nothing is known
    std::string endBeat; ///< said of its last third
    std::vector<int64_t> truth; ///< class number for each of TrainingSet::attributes, -1 = not to be seen
};

struct TrainingVideo {
    std::string id;
    std::filesystem::path path;
    std::string paragraph; ///< all captions in time order, joined by spaces
    std::vector<TrainingEvent> events;
    std::vector<int64_t> truth; ///< as above, true in every picture of the video
    int64_t firstFrame = 0; ///< rows of TrainingFrames
    int64_t endFrame = 0;
};

/// Something a linear head can be taught to read off a picture.
struct TrainingAttribute {
    std::string name; ///< "background", "colour", ...
    std::vector<std::string> values;
};

/// Captioned videos to train a CLIP model on: those of a library, or DIR/videos/ID.*, DIR/captions.json (ActivityNet
/// Captions' form, with splits.json beside it) and, where it is there, DIR/attributes.json (the known truth of a sample
/// world).
struct TrainingSet {
    std::vector<TrainingVideo> videos;
    std::vector<TrainingAttribute> attributes;

    /// Videos of `splits` (empty: all), in the order of captions.json or of the library; videos without a caption or a
    /// file are left out. A library's untimed captions are said of the whole video. Throws Error(Input) naming the file
    /// when it does not parse, or when nothing is left to train on; Error(Storage) of the library.
    static TrainingSet read(const std::filesystem::path& folder, const std::vector<std::string>& splits);
    /// Every different text of the set: what a vocabulary is learnt from.
    std::vector<std::string> texts() const;
};

/// The pictures of a training set, decoded once at `framesPerSecond` (at the middles of equal parts) into one mapped
/// file of size x size RGB pictures, so that an epoch costs no decoding and hardly any memory of its own.
class TrainingFrames {
public:
    /// Decodes into `cache` (or takes it over when it was made from the same videos) and fills in firstFrame and
    /// endFrame; videos that cannot be read are dropped from `set` and named in the log. Progress in videos. Throws
    /// Cancelled, Error(Storage | Input).
    TrainingFrames(TrainingSet& set, const FrameFit& fit, double framesPerSecond, const std::filesystem::path& cache,
        JobContext& context);
    ~TrainingFrames();
    TrainingFrames(TrainingFrames&&) noexcept;

    int64_t count() const { return int64_t(m_times.size()); }
    int size() const { return m_size; }
    double timeSec(int64_t frame) const { return m_times[size_t(frame)]; }
    /// size x size x 3 bytes, rows top to bottom.
    const uint8_t* pixels(int64_t frame) const { return m_pixels + size_t(frame) * bytesPerFrame(); }
    size_t bytesPerFrame() const { return size_t(3) * size_t(m_size) * size_t(m_size); }

private:
    void decode(TrainingSet& set, const FrameFit& fit, double framesPerSecond, const std::filesystem::path& cache,
        JobContext& context);
    bool reuse(TrainingSet& set, const std::string& key, const std::filesystem::path& cache);
    void map(const std::filesystem::path& cache);

    int m_size = 0;
    std::vector<double> m_times;
    const uint8_t* m_pixels = nullptr;
    size_t m_mappedBytes = 0;
};

} // namespace clipscope
