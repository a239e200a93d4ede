// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aggregation/aggregator.h"
#include "embedding/encoder.h"
#include "retrieval/embedded_videos_internal.h"
#include "retrieval/query.h"

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace clipscope {

/// One ingredient of a query as a unit vector; negatives carry a weight below 0.
struct TermVector {
    std::vector<float> vector;
    Space space = Space::Joint;
    double weight = 1;
    bool isWords = true;
};

/// A query as vectors. A frame's score, the weighted sum of cosines, is its product with `joint` plus its product with
/// `features`: the weighted sums of the terms of each space, empty where there is no term.
struct QueryVectors {
    std::vector<TermVector> terms;
    std::vector<float> joint;
    std::vector<float> features;
    std::vector<float> mapped; ///< mappedBy() of a learned aggregation; empty without one
    bool empty() const { return terms.empty(); }
    const std::vector<float>& sum(Space space) const { return space == Space::Joint ? joint : features; }
};

/// What a learned aggregator's video vectors are compared with: the weighted sum of the joint terms, words mapped by
/// its text side, pictures and clips as videos of one frame.
std::vector<float> mappedBy(const Aggregator& aggregator, const QueryVectors& vectors);

/// Makes the vectors of queries, and keeps those of the last words and pictures: a query is asked again for every heat
/// strip. Safe from any thread.
class TermVectors {
public:
    explicit TermVectors(std::shared_ptr<Encoder> encoder);

    /// Blank words are passed over. Pictures and clips are compared by their features where the encoder has them; a
    /// clip is the mean of its frames. Throws Error(Input) for an empty picture, a weight that is no number and a clip
    /// of a video that is not embedded; what the encoder throws; Cancelled.
    QueryVectors vectors(const std::vector<QueryTerm>& positives, const std::vector<QueryTerm>& negatives,
        const EmbeddedVideos& videos, const JobContext& context);

private:
    using Vector = std::vector<float>;
    void encodeWords(const std::vector<QueryTerm>& positives, const std::vector<QueryTerm>& negatives,
        std::map<std::string, Vector>& out, const JobContext& context);
    Vector pictureVector(const RgbImage& picture, Space space, const JobContext& context);
    bool recall(const std::string& key, Vector& out);
    void keep(const std::string& key, const Vector& vector);

    std::shared_ptr<Encoder> m_encoder;
    std::mutex m_mutex;
    std::map<std::string, Vector> m_known;
    std::deque<std::string> m_order; ///< the oldest first
};

/// The words as they are encoded and matched: valid UTF-8, composed (one word typed in two ways is one word), trimmed.
std::string plainWords(const std::string& words);

} // namespace clipscope
