// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aggregation/aggregator.h"
#include "embedding/encoder.h"
#include "library/video_library.h"
#include "retrieval/hit_inside.h"
#include "retrieval/query.h"

#include <memory>
#include <optional>

namespace clipscope {

struct SearchResult {
    std::string encoder; ///< title of the encoder in use, empty where names alone were searched
    int64_t searched = 0; ///< videos with embeddings; all videos where names alone were searched
    int64_t total = 0; ///< videos in the library
    int64_t frames = 0; ///< compared
    std::string index; ///< "exact scan", "8-bit scan", ..., empty where names alone were searched
    /// The share of the ten best videos that the index finds, measured on a sample of the library's own frames when it
    /// was loaded; none for the exact scan.
    std::optional<double> recall;
    std::vector<Hit> hits; ///< best first; equal scores by path and time
    std::string note; ///< language note, "not yet embedded", ... or empty
    double seconds = 0;
};

/// Search over one library and one set of embeddings. Safe from any thread; a search never waits for a refresh, it
/// works on what was loaded when it began.
///
/// How hits are scored, and which are listed:
/// - by picture: score = (aggregated score of the whole video + smoothed score at the moment's peak) / 2, where a
///   frame's score is sum w+ cos - sum w- cos. A moment is one hit; the moments of a video never overlap.
/// - by names: the words against file and folder names, captions and subtitles (VideoLibrary::matchWords), score in
///   (0,1]. The moment is that of the caption or subtitle, the whole video for names and texts without times. No
///   embeddings are needed.
/// - both: score = picture score + half the name score. A text counts when it scores at least .5, about half of the
///   words; one that holds them all is worth .375 to .5, more than pictures usually differ by. A timed text counts for
///   the hit at its time, or makes one; others count for the best hit of their video.
/// - a video takes at most three places of the list, and only for moments that stand apart (PictureScan::moments).
/// - words that an encoder of imported vectors was not given: both is by names alone, and the note says so; by picture
///   throws Error(Input).
/// - `why` lists Picture when the video is among the Query::top best by picture alone.
/// - a clip of the query does not find itself.
class SearchEngine {
public:
    /// `encoder` may be null: then only names match (a library that is not embedded yet). Throws Error(Model) when the
    /// embeddings have other dimensions than the encoder's.
    /// `index`: "auto" (by size: the exact scan, then the one of 8-bit codes), "exact", "int8", or a factory string of
    /// FAISS behind "faiss:", which refresh() builds anew whenever videos came or went. Throws Error(Index) for
    /// another.
    SearchEngine(std::shared_ptr<VideoLibrary> library, std::shared_ptr<Encoder> encoder, EmbeddingKey key,
        const std::string& index = "auto");
    ~SearchEngine();

    /// Loads shards that were not there before and forgets removed videos. What was loaded stays as it is when it
    /// throws: Cancelled, Error(Storage). A shard that cannot be used is logged and left out.
    void refresh(const JobContext& context);
    /// Throws Cancelled, Error(Input) for an unknown aggregation or an example that cannot be used, Error(Model |
    /// Resource) of the encoder, Error(Storage) of the library. An empty query has no hits.
    SearchResult search(const Query& query, const JobContext& context);
    /// The query over one whole video: a smoothed score at each stored frame time (the heat strip); for "A then B" the
    /// better of both. Empty when it is not embedded and for MatchBy::Names.
    struct HeatStrip {
        std::vector<double> timesSec;
        std::vector<float> scores;
    };
    HeatStrip heatStrip(const Query& query, VideoId video, const JobContext& context);
    /// One video taken apart, as `aggregation` (makeAggregator()'s spelling, whatever the query's own is) sees it; the
    /// query's "then" is left out. Nothing inside for a video that is not embedded. An aggregation that this library's
    /// model does not have leaves its reason in noWeights. Throws as search() does.
    HitInside inside(
        const Query& query, VideoId video, const std::string& aggregation, int neighbours, const JobContext& context);
    int64_t searchedVideos() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace clipscope
