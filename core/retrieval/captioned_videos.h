// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aggregation/aggregator.h"
#include "embedding/encoder.h"
#include "library/video_library.h"

#include <string>
#include <vector>

namespace clipscope {

/// An embedded video and what may be asked to find it.
struct CaptionedVideo {
    VideoRecord record;
    Matrix frames; ///< [n, jointDim], n >= 1
    std::vector<double> timesSec; ///< [n]
    std::vector<Caption> timed; ///< captions with times, in time order; subtitles are none
    std::vector<std::string> untimed;

    /// captionQueries() of them.
    std::vector<std::string> queries() const;
};

/// What one video's captions ask for, which come timed ones first, in time order: the timed ones joined, then each
/// other one; subtitles ask for nothing.
std::vector<std::string> captionQueries(const std::vector<Caption>& captions);

/// Every embedded video of the splits (empty: of the library), ordered by path, with the middles of `frames` equal
/// parts of its stored frames (0: all of them). Throws Error(Input) when a split has no video, or no video at all is
/// embedded or captioned; Error(Model) when the encoder is another one than the embeddings were made with; Cancelled.
std::vector<CaptionedVideo> readCaptionedVideos(const VideoLibrary& library, const Encoder& encoder,
    const EmbeddingKey& key, const std::vector<std::string>& splits, int frames, const JobContext& context);

/// Unit rows, a few texts at a time, with progress. Throws what the encoder throws; Cancelled.
Matrix encodeCaptions(Encoder& encoder, const std::vector<std::string>& texts, const JobContext& context);

/// The model of a key, as aggregators know it.
EmbeddingOrigin originOf(const EmbeddingKey& key);

/// The places of `count` of `stored` frames: the middles of `count` equal parts, all of them where count is 0 or not
/// below `stored`.
std::vector<size_t> middleFrames(size_t stored, int count);

} // namespace clipscope
