// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_library.h"

namespace clipscope {

/// The shards of one library: embeddings/KEY/HASH.cse, one a video and key, checksummed, written atomically. A shard is the
/// proof that a video is finished: a crash loses at most the video in flight. Safe from any thread.
class EmbeddingStore {
public:
    EmbeddingStore(std::filesystem::path libraryFolder, EmbeddingKey key);
    const EmbeddingKey& key() const { return m_key; }
    bool has(const VideoRecord& video) const;
    /// nothing when absent; a shard that fails its checksum is set aside (renamed .damaged) and counts as absent.
    std::optional<VideoEmbedding> read(const VideoRecord& video) const;
    void write(const VideoRecord& video, const VideoEmbedding& embedding);
    std::filesystem::path path(const VideoRecord& video) const;

private:
    std::filesystem::path m_folder;
    EmbeddingKey m_key;
};

} // namespace clipscope
