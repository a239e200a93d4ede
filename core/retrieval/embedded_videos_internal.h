// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "retrieval/frame_block_internal.h"

#include <span>
#include <unordered_map>
#include <vector>

namespace clipscope {

/// The two spaces an encoder may have: words are compared in Joint, pictures in Features where it has them.
enum class Space { Joint, Features };

/// Where a video's frames stand.
struct EmbeddedVideo {
    VideoRecord record;
    double durationSec = 0;
    size_t block = 0; ///< in EmbeddedVideos::blocks()
    size_t place = 0; ///< row of its mean in the block
    size_t firstFrame = 0; ///< row in the block
    size_t frames = 0;
};

/// All embedded videos of a library in memory, unchanging: a search holds one while the next is made beside it.
class EmbeddedVideos {
public:
    /// None yet. jointDim >= 1; featureDim 0 where the encoder has no features.
    EmbeddedVideos(int jointDim, int featureDim);

    /// What `library` holds now: the videos of `before` that are still there and unchanged, and those that have a shard
    /// since. Blocks are shared with `before`; only small ones and such that lost most of their videos are written
    /// anew. A shard that cannot be used is logged and left out. Throws Cancelled, Error(Storage) of the catalogue.
    ///
    /// Blocks that are not small are kept as files in `cache`, one folder a key, and mapped; when `before` is empty
    /// they are looked for there. A block file that is damaged, foreign or older than its shards is made anew from
    /// them; where none can be written, blocks stay in memory.
    static std::shared_ptr<const EmbeddedVideos> refreshed(const EmbeddedVideos& before, const VideoLibrary& library,
        const EmbeddingStore& store, const std::filesystem::path& cache, const JobContext& context);

    const std::vector<EmbeddedVideo>& videos() const { return m_videos; } ///< ordered by path
    const std::vector<std::shared_ptr<const FrameBlock>>& blocks() const { return m_blocks; }
    /// nullptr when it is not embedded.
    const EmbeddedVideo* find(VideoId id) const;
    int64_t frames() const { return m_frames; }
    int dim(Space space) const { return space == Space::Joint ? m_jointDim : m_featureDim; }

    /// The videos of one block alone, which is shared: a sample. At least one video must be there.
    std::shared_ptr<const EmbeddedVideos> firstBlock() const;

    std::span<const double> timesSec(const EmbeddedVideo& video) const;
    std::span<const float> frame(const EmbeddedVideo& video, Space space, size_t i) const;
    std::span<const float> mean(const EmbeddedVideo& video, Space space) const;
    /// A copy of its frames [frames, dim].
    Matrix frameMatrix(const EmbeddedVideo& video, Space space) const;

private:
    friend class BlockWriter;
    void countVideos(); ///< once all are there, in order

    int m_jointDim;
    int m_featureDim;
    std::vector<std::shared_ptr<const FrameBlock>> m_blocks;
    std::vector<EmbeddedVideo> m_videos;
    std::unordered_map<VideoId, size_t> m_places;
    int64_t m_frames = 0;
};

} // namespace clipscope
