// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/thread_limit.h"
#include "embedding/encoder.h"
#include "library/embedding_store.h"

namespace clipscope {

struct EmbedOptions {
    double patchDropout = 0;
    uint64_t seed = 0;
    int decodeThreads = 0; ///< 0: half the cores, at least 1
    /// Of decoders and encoder together (at least one for each). Lowered while it runs, it holds from the next video
    /// and the next batch on; raised, decoders that left come back with the next run.
    ThreadLimit threads{};
};

struct EmbedReport {
    int64_t ok = 0; ///< embedded now
    int64_t skipped = 0; ///< a sound shard was there, or came from a video with the same content
    int64_t frames = 0; ///< embedded now
    SampleError sampleError; ///< of the videos embedded now
    struct Failed {
        std::filesystem::path path;
        std::string reason;
    };
    std::vector<Failed> failed;
    EmbeddingKey key;
};

/// decode || embed with bounded queues: decoder threads sample each video straight to the encoder's size, batches are
/// filled across videos, and each video's shard is written the moment its last frame is embedded. Videos with a sound
/// shard are skipped, so the same call resumes after a crash or a cancel (within 500 ms); a video that is twice in the
/// library is embedded once. Videos that are gone, changed since their import or cannot be decoded end in `failed`.
/// Memory is bounded by the queues. Frames go to the encoder in the library's order whatever the number of decoders:
/// equal input, equal bytes. The key becomes the library's newest when the run ends with anything embedded; in a
/// library without any other key already with the first shard, so that the finished videos can be searched meanwhile.
/// Progress: sampled frames, of the videos that were not skipped. Partial results: VideoId of each finished video.
/// Throws Cancelled, Error(Model | Storage | Resource).
EmbedReport embedLibrary(VideoLibrary& library, Encoder& encoder, const EmbedOptions& options, JobContext& context);

} // namespace clipscope
