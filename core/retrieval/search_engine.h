// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aggregation/aggregator.h"
#include "embedding/encoder.h"
#include "library/video_library.h"
#include "retrieval/query.h"

#include <memory>

namespace clipscope {

struct SearchResult {
    std::string encoder; ///< title of the encoder in use
    int64_t searched = 0; ///< videos with embeddings
    int64_t total = 0; ///< videos in the library
    int64_t frames = 0;
    std::string index; ///< "exact scan"
    std::vector<Hit> hits; ///< best first
    std::string note; ///< language note, "not yet embedded", ... or empty
    double seconds = 0;
};

/// Search over one library and one set of embeddings. Loads the shards once, refresh() picks up new ones. Safe from any thread.
class SearchEngine {
public:
    /// `encoder` may be null: then only names match (a library that is not embedded yet).
    SearchEngine(std::shared_ptr<VideoLibrary> library, std::shared_ptr<Encoder> encoder, EmbeddingKey key);
    ~SearchEngine();

    /// Loads shards that were not there before and forgets removed videos.
    void refresh(const JobContext& context);
    SearchResult search(const Query& query, const JobContext& context);
    /// The query over one whole video: a smoothed score at each stored frame time (the heat strip). Empty when not embedded.
    struct HeatStrip {
        std::vector<double> timesSec;
        std::vector<float> scores;
    };
    HeatStrip heatStrip(const Query& query, VideoId video, const JobContext& context);
    int64_t searchedVideos() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace clipscope
