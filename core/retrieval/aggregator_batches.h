// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/random.h"
#include "retrieval/captioned_videos.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace clipscope {

/// What one training step of an aggregator sees: row i of the texts belongs to video i.
struct AggregatorBatch {
    at::Tensor frames; ///< float [B, K, d], zeros behind each video's own
    std::vector<int64_t> lengths; ///< [B]
    at::Tensor texts; ///< float [B, d]
};

/// Draws the batches of a training on frozen embeddings. Batch n depends on the seed and n alone, so a resumed training
/// sees what it would have seen. Each video comes once an epoch, so none is its own rival.
///
/// - Frames: so many a batch, 1 to kMostFrames with those in the middle most often, a random one from each of as many
///   equal parts (TSN): what is trained works with one frame as with dozens.
/// - A video with several timed captions is shown as a whole every other time; else a run of consecutive captions is
///   shown with the frames from its beginning to its end, as if it were a video: many more pairs, and what an event
///   looks like is learnt from the event alone.
class AggregatorBatches {
public:
    static constexpr size_t kVideos = 256; ///< a batch, at most half as many more
    static constexpr int kMostFrames = 32;

    /// Videos without a caption are left out. `framesPerClip` frames are drawn for each input of the aggregator.
    /// Encodes every text once, with progress. Throws Error(Input) when fewer than two videos are left, what the
    /// encoder throws; Cancelled.
    AggregatorBatches(std::vector<CaptionedVideo> videos, Encoder& encoder, int framesPerClip, uint64_t seed,
        const JobContext& context);

    size_t videos() const { return m_items.size(); }
    int64_t batchesPerEpoch() const { return m_batches; }
    AggregatorBatch draw(int64_t step) const;
    /// The first batch of an epoch as it would be without chance: whole videos, their first query, the middles of
    /// `frames` parts.
    AggregatorBatch plain(int frames) const;

private:
    struct Run {
        size_t text = 0; ///< row of m_texts
        size_t firstFrame = 0;
        size_t endFrame = 0;
    };
    struct Item {
        Matrix frames;
        std::vector<Run> whole; ///< all frames with one query each
        std::vector<Run> parts; ///< runs of captions that are not all of them
    };
    struct Shown {
        const Item* item = nullptr;
        Run run;
        std::vector<size_t> frames;
    };
    AggregatorBatch batchOf(const std::vector<Shown>& shown) const;

    std::vector<Item> m_items;
    Matrix m_texts;
    int m_framesPerClip;
    uint64_t m_seed;
    int64_t m_batches = 0;
};

} // namespace clipscope
