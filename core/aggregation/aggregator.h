// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/matrix.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace clipscope {

/// Turns the K frame (or clip) embeddings of a video into one vector, or scores them against a query directly
/// (papers section 1.2). Immutable after construction, safe to share between threads.
class Aggregator {
public:
    virtual ~Aggregator() = default;
    virtual std::string name() const = 0;
    /// True when the video vector depends on the query (query-scored): only score() makes sense then.
    virtual bool dependsOnQuery() const { return false; }
    /// Unit vector of a video; frames [K, d] unit rows, K >= 1. Throws Error(Internal) when dependsOnQuery().
    virtual std::vector<float> aggregate(const Matrix& frames) const = 0;
    /// What the text side is mapped by (the Transformer header's linear map); the identity elsewhere.
    virtual std::vector<float> mapText(std::span<const float> text) const { return {text.begin(), text.end()}; }
    /// Similarity of a video to a unit text vector (not yet mapped).
    virtual float score(const Matrix& frames, std::span<const float> text) const;
    /// Weight of each frame in the result, summing to 1 (what the aggregation strip shows).
    virtual std::vector<float> weights(const Matrix& frames, std::span<const float> text) const = 0;
};

/// "mean", "query" or "query:TAU" (softmax over frames of cos / TAU, default .1; clip-hitchhiker), "transformer[:FILE]"
/// once it exists. Throws Error(Input) with the known names.
std::shared_ptr<const Aggregator> makeAggregator(const std::string& spec);

} // namespace clipscope
