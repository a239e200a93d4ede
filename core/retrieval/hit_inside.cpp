// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/hit_inside.h"

#include "aggregation/query_scored.h"
#include "retrieval/hit_inside_internal.h"

#include <algorithm>
#include <cmath>

namespace clipscope {

namespace {

std::vector<float> scoresOf(const EmbeddedVideos& videos, const EmbeddedVideo& video, const QueryVectors& query)
{
    std::vector<float> out;
    if (query.empty())
        return out;
    for (size_t i = 0; i < video.frames; ++i) {
        float score = 0;
        for (const Space space : {Space::Joint, Space::Features})
            if (!query.sum(space).empty())
                score += dot(query.sum(space), videos.frame(video, space, i));
        out.push_back(std::isfinite(score) ? score : 0);
    }
    return out;
}

/// Those of each term, the terms counting as much as their weights. Words are what every aggregation can be asked
/// about; examples only where it does not learn.
void addWeights(const EmbeddedVideos& videos, const EmbeddedVideo& video, const QueryVectors& query,
    const VideoAggregation& aggregation, HitInside& out)
{
    const Aggregator& aggregator = *aggregation.aggregator;
    const bool isLearned = aggregation.vectors != nullptr;
    if (!aggregator.dependsOnQuery() && !isLearned) {
        out.weights = aggregator.weights(videos.frameMatrix(video, Space::Joint), {});
        return;
    }
    std::vector<double> sum(video.frames);
    double total = 0;
    for (const TermVector& term : query.terms) {
        if (isLearned && !term.isWords)
            continue;
        const std::vector<float> weights = aggregator.weights(videos.frameMatrix(video, term.space), term.vector);
        const double share = std::fabs(term.weight);
        for (size_t i = 0; i < sum.size(); ++i)
            sum[i] += share * double(weights[i]);
        total += share;
    }
    if (!(total > 0)) {
        out.noWeights = isLearned ? "This aggregation weighs frames for words, and the query has none."
                                  : "This aggregation weighs frames for a query, and there is none.";
        return;
    }
    for (const double weight : sum)
        out.weights.push_back(float(weight / total));
}

std::optional<double> videoScore(
    const EmbeddedVideos& videos, const EmbeddedVideo& video, const QueryVectors& query, const Aggregator& aggregator)
{
    if (query.empty() || std::ranges::any_of(query.terms, [](const TermVector& term) { return !term.isWords; }))
        return std::nullopt;
    const Matrix frames = videos.frameMatrix(video, Space::Joint);
    double sum = 0;
    for (const TermVector& term : query.terms)
        sum += term.weight * double(aggregator.score(frames, term.vector));
    return std::isfinite(sum) ? std::optional(sum) : std::nullopt;
}

void addNeighbours(const EmbeddedVideos& videos, const EmbeddedVideo& video, const VideoAggregation& aggregation,
    int count, HitInside& out, const JobContext& context)
{
    const std::vector<EmbeddedVideo>& all = videos.videos();
    out.neighboursByAggregation = aggregation.vectors != nullptr;
    const Space space = videos.dim(Space::Features) > 0 ? Space::Features : Space::Joint;
    const auto vectorOf = [&](size_t v) {
        return aggregation.vectors ? std::span<const float>(aggregation.vectors->row(v)) : videos.mean(all[v], space);
    };
    const std::span<const float> here = vectorOf(size_t(&video - all.data()));
    for (size_t v = 0; v < all.size(); ++v) {
        if (v % 1024 == 0)
            context.throwIfStopped();
        if (&all[v] == &video)
            continue;
        const double cosine = double(dot(here, vectorOf(v)));
        out.neighbours.push_back({all[v].record.id, std::isfinite(cosine) ? cosine : -1});
    }
    // Videos are ordered by path, so that equal ones stay so.
    std::ranges::stable_sort(out.neighbours, std::greater<>(), &HitInside::Neighbour::cosine);
    out.neighbours.resize(std::min(out.neighbours.size(), size_t(std::max(count, 0))));
}

} // namespace

HitInside hitInside(const EmbeddedVideos& videos, const EmbeddedVideo& video, const QueryVectors& query,
    const VideoAggregation& aggregation, int neighbours, const JobContext& context)
{
    HitInside out;
    const std::span<const double> times = videos.timesSec(video);
    out.timesSec.assign(times.begin(), times.end());
    out.scores = scoresOf(videos, video, query);
    context.throwIfStopped();
    if (aggregation.aggregator) {
        addWeights(videos, video, query, aggregation, out);
        out.videoScore = videoScore(videos, video, query, *aggregation.aggregator);
    }
    addNeighbours(videos, video, aggregation, neighbours, out, context);
    return out;
}

} // namespace clipscope
