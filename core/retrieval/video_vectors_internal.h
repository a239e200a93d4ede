// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aggregation/aggregator.h"
#include "retrieval/embedded_videos_internal.h"

#include <memory>
#include <mutex>
#include <string>

namespace clipscope {

/// How a search scores whole videos.
struct VideoAggregation {
    std::shared_ptr<const Aggregator> aggregator;
    /// [videos, jointDim]: the vectors of a learned aggregator, one a video; null for the mean, which is kept beside
    /// the frames, and where the vector depends on the query.
    std::shared_ptr<const Matrix> vectors;
};

/// Keeps the aggregator of the last search and what it made of each video: a learned one takes a millisecond a video,
/// the second search none. Safe from any thread; the first search with an aggregator makes others wait.
class VideoVectors {
public:
    /// For `spec` over `videos`. Only videos that are new since the last call are aggregated; what is done when a stop
    /// comes stays done. Throws Error(Input | Model) as makeAggregator() does; Cancelled.
    VideoAggregation of(const std::string& spec, const EmbeddingOrigin& origin,
        const std::shared_ptr<const EmbeddedVideos>& videos, const JobContext& context);

private:
    void follow(const std::shared_ptr<const EmbeddedVideos>& videos);

    std::mutex m_mutex;
    std::string m_spec;
    std::shared_ptr<const Aggregator> m_aggregator;
    std::shared_ptr<const EmbeddedVideos> m_videos;
    std::shared_ptr<Matrix> m_vectors; ///< of m_videos, written to until all are there
    std::vector<bool> m_isDone;
};

} // namespace clipscope
