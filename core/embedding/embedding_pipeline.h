// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "embedding/encoder.h"
#include "library/embedding_store.h"

namespace clipscope {

struct EmbedOptions {
    double patchDropout = 0;
    uint64_t seed = 0;
    int decodeThreads = 0; ///< 0: half the cores, at least 1
};

struct EmbedReport {
    int64_t ok = 0; ///< embedded now
    int64_t skipped = 0; ///< a finished shard was there
    int64_t frames = 0; ///< embedded now
    struct Failed {
        std::filesystem::path path;
        std::string reason;
    };
    std::vector<Failed> failed;
    EmbeddingKey key;
};

/// decode || embed with bounded queues: decoder threads sample each video straight to the encoder's size, batches are filled
/// across videos, and each video's shard is written the moment its last frame is embedded. Videos with a finished shard are
/// skipped, so the same call resumes after a crash or a cancel (within 500 ms). Memory is bounded by the queues.
/// Partial results: VideoId of each finished video. Throws Cancelled, Error(Model | Storage | Resource).
EmbedReport embedLibrary(VideoLibrary& library, Encoder& encoder, const EmbedOptions& options, JobContext& context);

} // namespace clipscope
