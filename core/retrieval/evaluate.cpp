// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/evaluate.h"

#include "aggregation/aggregator.h"
#include "base/error.h"
#include "library/embedding_store.h"

#include <algorithm>
#include <unordered_map>

namespace clipscope {

namespace {

constexpr size_t kTextsAtOnce = 64;
constexpr size_t kQueriesAtOnce = 256;
constexpr size_t kVideosAtOnce = 64;

/// What is measured: videos with their frames, texts with their video.
struct Pool {
    std::vector<Matrix> videos; ///< [frames, jointDim] each
    std::vector<std::string> texts;
    std::vector<int64_t> videoOf; ///< of each text
    DataHash hash;
};

Matrix chosenFrames(const VideoEmbedding& embedding, int count)
{
    const size_t dim = size_t(embedding.joint.dim);
    Matrix out;
    for (const size_t i : middleFrames(embedding.timesSec.size(), count))
        out.append(std::span(embedding.joint.values).subspan(i * dim, dim));
    return out;
}

/// The queries of one video's captions, which come timed ones first, in time order.
std::vector<std::string> queriesOf(const std::vector<Caption>& captions)
{
    std::string paragraph;
    std::vector<std::string> out;
    for (const Caption& caption : captions) {
        if (caption.source != CaptionSource::Caption)
            continue;
        if (caption.startSec)
            paragraph += (paragraph.empty() ? "" : " ") + caption.text;
        else
            out.push_back(caption.text);
    }
    if (!paragraph.empty())
        out.insert(out.begin(), paragraph);
    return out;
}

Pool readPool(const VideoLibrary& library, const Encoder& encoder, const EmbeddingKey& key,
    const EvaluateOptions& options, const JobContext& context)
{
    const EmbeddingStore store(library.folder(), key);
    const std::string folder = library.folder().string();
    std::unordered_map<VideoId, std::vector<Caption>> captions;
    for (Caption& caption : library.allCaptions())
        captions[caption.video].push_back(std::move(caption));
    const std::vector<VideoRecord> records = library.videos();
    Pool pool;
    int64_t inSplit = 0;
    for (const VideoRecord& record : records) {
        context.throwIfStopped();
        if (!options.split.empty() && record.split != options.split)
            continue;
        ++inSplit;
        const std::optional<VideoEmbedding> embedding = store.read(record);
        if (!embedding || embedding->timesSec.empty())
            continue;
        if (embedding->joint.dim != encoder.info().jointDim)
            throw Error(ErrorKind::Model, "makes other vectors than those this library was embedded with",
                encoder.info().name, "Embed the library with this model once more.");
        pool.hash.add(record.hash);
        for (std::string& text : queriesOf(captions[record.id])) {
            pool.hash.add(text);
            pool.texts.push_back(std::move(text));
            pool.videoOf.push_back(int64_t(pool.videos.size()));
        }
        pool.videos.push_back(chosenFrames(*embedding, options.frames));
    }
    if (inSplit == 0 && !options.split.empty())
        throw Error(ErrorKind::Input, "no video is in this split", options.split,
            "Import a splits.json or a CSV file with a split column.");
    if (pool.videos.empty())
        throw Error(ErrorKind::Input, "no video is embedded yet", folder,
            "Run: clipscope-cli embed --library " + folder + " --model " + key.model);
    if (pool.texts.empty())
        throw Error(ErrorKind::Input, "no embedded video has a caption to search for", folder,
            "Import the videos again with --captions FILE.");
    return pool;
}

Matrix encodeTexts(Encoder& encoder, const std::vector<std::string>& texts, const JobContext& context)
{
    Matrix out;
    out.values.reserve(texts.size() * size_t(encoder.info().jointDim));
    for (size_t first = 0; first < texts.size(); first += kTextsAtOnce) {
        context.throwIfStopped();
        context.progress(int64_t(first), int64_t(texts.size()), "encoding captions");
        const size_t count = std::min(kTextsAtOnce, texts.size() - first);
        const Matrix part = encoder.encodeTexts(std::span(texts).subspan(first, count), context);
        for (size_t i = 0; i < part.rows; ++i)
            out.append(part.row(i));
    }
    context.progress(int64_t(texts.size()), int64_t(texts.size()), "encoding captions");
    return out;
}

/// [texts, videos].
Matrix similarities(
    const Aggregator& aggregator, const std::vector<Matrix>& videos, const Matrix& texts, const JobContext& context)
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
    Matrix pooled;
    for (const Matrix& video : videos) {
        context.throwIfStopped();
        pooled.append(aggregator.aggregate(video));
    }
    for (size_t t = 0; t < texts.rows; ++t) {
        if (t % kQueriesAtOnce == 0)
            context.throwIfStopped();
        const std::vector<float> text = aggregator.mapText(texts.row(t));
        for (size_t v = 0; v < pooled.rows; ++v)
            out.at(t, v) = dot(text, pooled.row(v));
    }
    return out;
}

/// The ranks of the videos that have texts, a few videos at a time: the whole table turned round would need its memory
/// twice.
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

Json toJson(const RetrievalMetrics& m)
{
    return {{"r1", m.r1}, {"r5", m.r5}, {"r10", m.r10}, {"medianRank", m.medianRank}, {"meanRank", m.meanRank}};
}

} // namespace

std::vector<size_t> middleFrames(size_t stored, int count)
{
    const size_t wanted = count <= 0 ? stored : std::min(stored, size_t(count));
    std::vector<size_t> out;
    for (size_t i = 0; i < wanted; ++i)
        out.push_back((2 * i + 1) * stored / (2 * wanted));
    return out;
}

EvaluateResult evaluateRetrieval(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key,
    const EvaluateOptions& options, JobContext& context)
{
    const std::shared_ptr<const Aggregator> aggregator = makeAggregator(options.aggregation);
    const Pool pool = readPool(library, encoder, key, options, context);
    const Matrix texts = encodeTexts(encoder, pool.texts, context);
    const Matrix scores = similarities(*aggregator, pool.videos, texts, context);
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
