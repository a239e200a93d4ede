// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
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
    /// Length of a video's vector, and of a mapped text's, for frames of `frameWidth` values.
    virtual size_t vectorWidth(size_t frameWidth) const { return frameWidth; }
    /// Unit vector of a video; frames [K, d] unit rows, K >= 1. Throws Error(Internal) when dependsOnQuery().
    virtual std::vector<float> aggregate(const Matrix& frames) const = 0;
    /// aggregate() of each video, to float32's rounding: what is fast for many. [videos, d]; asks for a stop between
    /// videos or batches of them. Throws Cancelled.
    virtual Matrix aggregateAll(std::span<const Matrix> videos, const JobContext& context) const;
    /// What the text side is mapped by (the Transformer header's linear map); the identity elsewhere.
    virtual std::vector<float> mapText(std::span<const float> text) const { return {text.begin(), text.end()}; }
    /// Similarity of a video to a unit text vector (not yet mapped).
    virtual float score(const Matrix& frames, std::span<const float> text) const;
    /// Weight of each frame in the result, none below 0, summing to 1 (what the aggregation strip shows).
    virtual std::vector<float> weights(const Matrix& frames, std::span<const float> text) const = 0;
    /// False when the file it was read from is another one since: make it anew.
    virtual bool isCurrent() const { return true; }
};

/// The model whose embeddings are aggregated. A learned aggregator serves the model it was trained on, no other.
struct EmbeddingOrigin {
    std::string model; ///< name or folder; empty: not known, whatever has the right width is taken
    std::string modelHash;
    int width = 0; ///< of its joint space; 0: not known
};

/// "mean", "query" or "query:TAU" (softmax over frames of cos / TAU, default .1; clip-hitchhiker), "parts" or "parts:N"
/// (the means of N equal parts of the video side by side, default 3), "transformer" (the one in the model's folder,
/// aggregator.safetensors) or "transformer:FILE". Throws Error(Input) with the known names, Error(Model) when there is
/// no such file, when it is damaged, or when it was trained on another model.
std::shared_ptr<const Aggregator> makeAggregator(const std::string& spec, const EmbeddingOrigin& origin = {});
/// Whether `spec` is spelled right; opens no file. Throws Error(Input) with the known names.
void checkAggregation(const std::string& spec);

/// The file that "transformer" looks for in a model's folder.
inline constexpr const char* kShippedAggregator = "aggregator.safetensors";

} // namespace clipscope
