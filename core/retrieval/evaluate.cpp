// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/evaluate.h"

#include "retrieval/captioned_videos.h"
#include "retrieval/imported_encoder.h"

namespace clipscope {

namespace {

constexpr size_t kQueriesAtOnce = 256;
constexpr size_t kVideosAtOnce = 64;

/// What is measured: videos with their frames, texts with their video.
struct Pool {
    std::vector<Matrix> videos; ///< [frames, jointDim] each
    std::vector<std::string> texts;
    std::vector<int64_t> videoOf; ///< of each text
    DataHash hash;
};

Pool readPool(const VideoLibrary& library, const Encoder& encoder, const EmbeddingKey& key,
    const EvaluateOptions& options, const JobContext& context)
{
    const std::vector<std::string> splits(options.split.empty() ? 0 : 1, options.split);
    Pool pool;
    for (CaptionedVideo& video : readCaptionedVideos(library, encoder, key, splits, options.frames, context)) {
        pool.hash.add(video.record.hash);
        if (isImported(key)) // nothing else tells what these vectors are of
            pool.hash.add(std::string_view(
                reinterpret_cast<const char*>(video.frames.values.data()), video.frames.values.size() * sizeof(float)));
        for (std::string& text : video.queries()) {
            pool.hash.add(text);
            pool.texts.push_back(std::move(text));
            pool.videoOf.push_back(int64_t(pool.videos.size()));
        }
        pool.videos.push_back(std::move(video.frames));
    }
    return pool;
}

Json toJson(const RetrievalMetrics& m)
{
    return {{"r1", m.r1}, {"r5", m.r5}, {"r10", m.r10}, {"medianRank", m.medianRank}, {"meanRank", m.meanRank}};
}

} // namespace

Matrix aggregatedScores(
    const Aggregator& aggregator, std::span<const Matrix> videos, const Matrix& texts, const JobContext& context)
{
    Matrix out(texts.rows, videos.size());
    if (aggregator.dependsOnQuery()) {
        for (size_t v = 0; v < videos.size(); ++v)
            for (size_t t = 0; t < texts.rows; ++t) {
                if (t % kQueriesAtOnce == 0)
                    context.throwIfStopped();
                out.at(t, v) = aggregator.score(videos[v], texts.row(t));
            }
        return out;
    }
    const Matrix pooled = aggregator.aggregateAll(videos, context);
    for (size_t t = 0; t < texts.rows; ++t) {
        if (t % kQueriesAtOnce == 0)
            context.throwIfStopped();
        const std::vector<float> text = aggregator.mapText(texts.row(t));
        for (size_t v = 0; v < pooled.rows; ++v)
            out.at(t, v) = dot(text, pooled.row(v));
    }
    return out;
}

std::vector<int64_t> videoToTextRanks(
    const Matrix& scores, const std::vector<int64_t>& videoOf, const JobContext& context)
{
    std::vector<std::vector<int64_t>> textsOf(scores.columns);
    for (size_t t = 0; t < videoOf.size(); ++t)
        textsOf[size_t(videoOf[t])].push_back(int64_t(t));
    std::vector<int64_t> ranks;
    std::vector<size_t> chunk;
    const auto flush = [&] {
        context.throwIfStopped();
        Matrix rows(chunk.size(), scores.rows);
        std::vector<std::vector<int64_t>> truth;
        for (size_t i = 0; i < chunk.size(); ++i) {
            for (size_t t = 0; t < scores.rows; ++t)
                rows.at(i, t) = scores.at(t, chunk[i]);
            truth.push_back(textsOf[chunk[i]]);
        }
        const std::vector<int64_t> more = retrievalRanks(rows, truth);
        ranks.insert(ranks.end(), more.begin(), more.end());
        chunk.clear();
    };
    for (size_t v = 0; v < scores.columns; ++v) {
        if (!textsOf[v].empty())
            chunk.push_back(v);
        if (chunk.size() == kVideosAtOnce)
            flush();
    }
    flush();
    return ranks;
}

EvaluateResult evaluateRetrieval(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key,
    const EvaluateOptions& options, JobContext& context)
{
    const std::shared_ptr<const Aggregator> aggregator = makeAggregator(options.aggregation, originOf(key));
    const Pool pool = readPool(library, encoder, key, options, context);
    const Matrix texts = encodeCaptions(encoder, pool.texts, context);
    const Matrix scores = aggregatedScores(*aggregator, pool.videos, texts, context);
    std::vector<std::vector<int64_t>> truth;
    for (const int64_t video : pool.videoOf)
        truth.push_back({video});
    EvaluateResult out;
    out.textToVideoRanks = retrievalRanks(scores, truth);
    out.videoToTextRanks = videoToTextRanks(scores, pool.videoOf, context);
    out.textToVideo = metricsOfRanks(out.textToVideoRanks);
    out.videoToText = metricsOfRanks(out.videoToTextRanks);
    out.dataHash = pool.hash.hexadecimal();
    out.videos = int64_t(pool.videos.size());
    out.queries = int64_t(pool.texts.size());
    return out;
}

RunRecord evaluateRun(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key, const EvaluateOptions& options,
    JobContext& context)
{
    RunClock clock("evaluate",
        {{"library", library.folder().string()}, {"model", key.model}, {"sampler", key.sampler},
            {"patchDropout", key.patchDropout}, {"split", options.split}, {"aggregation", options.aggregation},
            {"frames", options.frames}, {"device", encoder.info().device}, {"precision", encoder.info().precision}},
        key.seed);
    const EvaluateResult result = evaluateRetrieval(library, encoder, key, options, context);
    clock.setHashes(key.modelHash, result.dataHash);
    return clock.finish({{"textToVideo", toJson(result.textToVideo)}, {"videoToText", toJson(result.videoToText)},
                            {"videos", result.videos}, {"queries", result.queries}},
        {{"textToVideoRanks", result.textToVideoRanks}, {"videoToTextRanks", result.videoToTextRanks}});
}

} // namespace clipscope
