// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "media/frame_sampler.h"
#include "media/video_info.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace clipscope {

using VideoId = int64_t;

/// One video of a library. The media file itself is never touched.
struct VideoRecord {
    VideoId id = 0;
    std::filesystem::path path; ///< absolute
    int64_t bytes = 0;
    int64_t modifiedNs = 0; ///< modification time, nanoseconds since 1970
    std::string hash; ///< contentHash() of the file: the key of its embeddings
    VideoInfo info;
    SamplerSpec sampler; ///< how embed samples it
    int sampledFrames = 0; ///< frames the sampler asked for at import
    int usableFrames = 0; ///< of these, decodable: fewer than sampledFrames = damaged
    SampleError sampleError; ///< how far the frames that stand for the wanted moments lie off them
    std::string damage; ///< empty, or what is wrong with the file
    std::string label; ///< class label, empty = none
    std::string split; ///< "train", "val", "test" or empty
    /// The folder that was imported: words match the folder names from its own name on, all of them when it is empty.
    std::filesystem::path importRoot;

    bool damaged() const { return usableFrames < sampledFrames || !damage.empty(); }
    /// "matroska, h264, 1920 x 1080, 61 of 80 frames usable": what a report says of the file.
    std::string facts() const;
};

enum class CaptionSource { Caption, Subtitle };

/// A text that belongs to a video; timed captions have both ends.
struct Caption {
    VideoId video = 0;
    std::string text;
    std::optional<double> startSec;
    std::optional<double> endSec;
    CaptionSource source = CaptionSource::Caption;
};

/// How a library's embeddings were made; the key of a shard is (video hash, model hash, precision, sampler, patch
/// dropout, seed).
struct EmbeddingKey {
    int64_t id = 0; ///< row in library.db, 0 before it is stored
    std::string model; ///< encoder name: "starter", "sample-clip", "clip-vit-b32" or a folder
    std::string modelHash;
    std::string sampler; ///< SamplerSpec::toString(), "video" when each video's own is used
    double patchDropout = 0;
    uint64_t seed = 0;
    int jointDim = 0;
    int featureDim = 0;
    std::string precision = "fp32"; ///< the encoder's: "fp32", "int8", "bf16"; other numbers, another shard
};

/// One experiment as a library keeps it; core/experiment writes and reads its texts.
struct RunRow {
    int64_t id = 0;
    std::string kind; ///< "evaluate", "probe", ...
    std::string name; ///< as its owner calls it, may be empty
    std::string notes;
    std::string record; ///< JSON
    std::string arrays; ///< JSON: what is too long for a list
};

/// What embed made of one video: times [n] seconds, joint [n, jointDim] and features [n, featureDim or 0], unit rows.
struct VideoEmbedding {
    std::vector<double> timesSec;
    double durationSec = 0;
    int askedFrames = 0; ///< more than timesSec.size() when frames could not be decoded
    struct Block {
        int dim = 0;
        std::vector<float> values; ///< row-major [n, dim]
    };
    Block joint;
    Block features;
};

} // namespace clipscope
