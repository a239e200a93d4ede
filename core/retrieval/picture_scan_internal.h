// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aggregation/query_scored.h"
#include "retrieval/frame_index_internal.h"
#include "retrieval/moments.h"
#include "retrieval/query.h"
#include "retrieval/term_vectors_internal.h"
#include "retrieval/video_vectors_internal.h"

#include <memory>
#include <optional>
#include <vector>

namespace clipscope {

/// A query over every embedded frame (design section 7). A frame's score is the weighted sum of its cosines, smoothed
/// over 1.5 s; a moment counts as much as its video:
///     picture score = (aggregated score of the whole video + smoothed score at the moment's peak) / 2
/// so that a short event in a long video is found, and of two equal moments the one in the video that fits as a whole
/// comes first. "A then B" takes the best pair of frames of a video, B after A by at most Query::thenWithinSec; both
/// scores are the means of A's and B's. Immutable after construction.
///
/// Beyond kExactFrames the codes of the frames are scanned first, a quarter of the memory. Videos that could be among
/// the best by that are scored anew in float32, and so is all that is shown: the codes only choose. How far they may be
/// wrong is measured on the way, on the videos that are scored both ways, and more are scored until it cannot matter.
class PictureScan {
public:
    /// What chooses the videos that are scored in float32: by size, or always the codes, or none (all are). An index
    /// chooses where there is one and the query is words alone, without "then".
    struct Chooser {
        enum class By { Size, Codes, None } by = By::Size;
        std::shared_ptr<const FrameIndex> index;
    };

    /// `aggregation` is that of these videos. `then` holds B's vectors when there is one. Throws Cancelled.
    PictureScan(std::shared_ptr<const EmbeddedVideos> videos, VideoAggregation aggregation, const Query& query,
        QueryVectors vectors, std::optional<QueryVectors> then, const JobContext& context, const Chooser& chooser);

    const EmbeddedVideos& videos() const { return *m_videos; }
    /// The `count` best videos, places in videos().videos(), best first; equal ones by path.
    std::vector<size_t> best(size_t count) const;
    /// Moments of one video, best first, at most kMomentsPerVideo, each with its picture score. Two moments are told
    /// apart only if the score between them falls at least half-way back to the library's average, else they are one
    /// long moment with a ripple; a video whose score never falls that far fits from beginning to end, and is one
    /// moment as a whole. Moments that overlap an example clip of the query are left out: it finds itself.
    /// "A then B": one, from A's beginning to B's end.
    std::vector<Moment> moments(size_t video) const;
    /// The picture score of a time range that was found otherwise.
    double scoreWithin(size_t video, double startSec, double endSec) const;

    /// Whether codes chose.
    bool isCoarse() const { return m_isCoarse; }

private:
    struct Scores {
        std::vector<std::vector<float>> frames; ///< one list a block
        std::vector<double> whole; ///< one a video
    };
    struct Pair {
        size_t first = 0;
        size_t second = 0;
        double score = 0;
    };
    /// Smoothed scores of a video's frames.
    struct Strips {
        std::vector<float> first;
        std::vector<float> second; ///< "A then B" only
    };

    void chooseByIndex(const FrameIndex& index, int top, const JobContext& context);
    void chooseByScan(const JobContext& context);
    Scores scan(const QueryVectors& vectors, const JobContext& context) const;
    void scanBlock(size_t block, const std::vector<size_t>& videos, const QueryVectors& vectors, Scores& out,
        const JobContext& context) const;
    double wholeScore(size_t video, const QueryVectors& vectors) const;
    double coarseWholeScore(const EmbeddedVideo& video, const QueryVectors& vectors,
        const std::vector<std::vector<float>>& termScores) const;
    /// As they were scanned, and in float32.
    Strips scannedStrips(const EmbeddedVideo& video) const;
    Strips exactStrips(const EmbeddedVideo& video) const;
    /// The picture score of the best moment.
    double ranking(const EmbeddedVideo& video, const Strips& strips, double whole) const;
    std::optional<Pair> bestPair(const EmbeddedVideo& video, const Strips& strips) const;
    double scannedWhole(size_t video) const;
    double exactWhole(size_t video) const;
    bool isExample(VideoId video, const Moment& moment) const;

    std::shared_ptr<const EmbeddedVideos> m_videos;
    VideoAggregation m_aggregation;
    const QueryScored* m_queryScored; ///< the aggregator, when it is one
    QueryVectors m_vectors;
    std::optional<QueryVectors> m_thenVectors;
    std::vector<QueryTerm> m_examples; ///< the query's clips
    double m_withinSec;
    bool m_isCoarse;
    Scores m_scores;
    std::optional<Scores> m_then;
    double m_average = 0; ///< of all frames' scores
    std::vector<double> m_ranking; ///< best picture score of each video, -infinity where "A then B" never happens
};

/// Up to so many frames are scanned in float32 at once.
constexpr int64_t kExactFrames = 20'000;

/// The share of the ten best videos that the chooser finds, measured with a sample of the library's own frames as
/// queries: over the whole library where an index chooses, over one block of it where codes do. Throws Cancelled.
double measuredRecall(const std::shared_ptr<const EmbeddedVideos>& videos, const PictureScan::Chooser& chooser,
    const JobContext& context);

/// No video takes more places of a list of hits than this.
constexpr int kMomentsPerVideo = 3;

/// Smoothed scores of the frames of one video, in their order: what a heat strip shows.
std::vector<float> frameScores(const EmbeddedVideos& videos, const EmbeddedVideo& video, const QueryVectors& vectors);

} // namespace clipscope
