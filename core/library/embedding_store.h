// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_library.h"

namespace clipscope {

/// Beside the shards of each key: what they were made with.
inline constexpr const char* kShardsAbout = "key.json";

/// Beside the shards of imported vectors: those of their texts (core/retrieval/imported_encoder.h).
inline constexpr const char* kShardsTexts = "texts.safetensors";

/// What tells a shard from one that was written in its place since.
struct ShardStamp {
    uint64_t bytes = 0;
    int64_t modifiedNs = 0;
    bool operator==(const ShardStamp&) const = default;
};

/// The shards of one library: embeddings/KEY/HASH.cse, one a video and key, checksummed, written atomically. A shard is
/// the proof that a video is finished: a crash loses at most the video in flight. Safe from any thread.
class EmbeddingStore {
public:
    EmbeddingStore(std::filesystem::path libraryFolder, EmbeddingKey key);
    const EmbeddingKey& key() const { return m_key; }
    /// Whether a whole shard stands there: its header and length are looked at, its checksum only by read().
    bool has(const VideoRecord& video) const;
    /// nothing when absent; a shard that fails its checksum is set aside (renamed .damaged) and counts as absent.
    /// Throws Error(Storage) when the disk fails.
    std::optional<VideoEmbedding> read(const VideoRecord& video) const;
    /// Throws Error(Storage) when it cannot be written, Error(Internal) for blocks of the wrong size or values that are
    /// not finite.
    void write(const VideoRecord& video, const VideoEmbedding& embedding);
    /// KEY names model hash, sampler (the video's own where the key says "video"), patch dropout and seed.
    std::filesystem::path path(const VideoRecord& video) const;
    /// Where the texts of imported vectors stand, whose key says how they were sampled.
    std::filesystem::path textsPath() const;
    /// What a shard of this video and key is bound to, 64 characters; it stands in its header.
    std::string identity(const VideoRecord& video) const;
    /// nothing when no shard stands there.
    std::optional<ShardStamp> stamp(const VideoRecord& video) const;
    /// The keys of the shards that stand in a library's folder, oldest first, as write() has noted them beside the
    /// shards; one may come several times.
    static std::vector<EmbeddingKey> keysIn(const std::filesystem::path& libraryFolder);

private:
    std::filesystem::path m_folder;
    EmbeddingKey m_key;
};

} // namespace clipscope
