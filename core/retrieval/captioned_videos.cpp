// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/captioned_videos.h"

#include "base/error.h"
#include "library/embedding_store.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace clipscope {

namespace {

constexpr size_t kTextsAtOnce = 64;

void divide(std::vector<Caption>&& captions, std::vector<Caption>& timed, std::vector<std::string>& untimed)
{
    for (Caption& caption : captions) {
        if (caption.source != CaptionSource::Caption)
            continue;
        if (caption.startSec)
            timed.push_back(std::move(caption));
        else
            untimed.push_back(std::move(caption.text));
    }
}

std::vector<std::string> queriesOf(const std::vector<Caption>& timed, std::vector<std::string> untimed)
{
    std::string paragraph;
    for (const Caption& caption : timed)
        paragraph += (paragraph.empty() ? "" : " ") + caption.text;
    if (!paragraph.empty())
        untimed.insert(untimed.begin(), paragraph);
    return untimed;
}

/// `captions` come timed ones first, in time order.
CaptionedVideo captionedVideo(const VideoEmbedding& embedding, std::vector<Caption>&& captions, int frames)
{
    CaptionedVideo out;
    const size_t dim = size_t(embedding.joint.dim);
    for (const size_t i : middleFrames(embedding.timesSec.size(), frames)) {
        out.frames.append(std::span(embedding.joint.values).subspan(i * dim, dim));
        out.timesSec.push_back(embedding.timesSec[i]);
    }
    divide(std::move(captions), out.timed, out.untimed);
    return out;
}

} // namespace

std::vector<std::string> CaptionedVideo::queries() const
{
    return queriesOf(timed, untimed);
}

std::vector<std::string> captionQueries(const std::vector<Caption>& captions)
{
    std::vector<Caption> timed;
    std::vector<std::string> untimed;
    divide(std::vector(captions), timed, untimed);
    return queriesOf(timed, std::move(untimed));
}

std::vector<CaptionedVideo> readCaptionedVideos(const VideoLibrary& library, const Encoder& encoder,
    const EmbeddingKey& key, const std::vector<std::string>& splits, int frames, const JobContext& context)
{
    const EmbeddingStore store(library.folder(), key);
    const std::string folder = library.folder().string();
    std::unordered_map<VideoId, std::vector<Caption>> captions;
    for (Caption& caption : library.allCaptions())
        captions[caption.video].push_back(std::move(caption));
    std::vector<CaptionedVideo> out;
    std::set<std::string> missing(splits.begin(), splits.end());
    bool hasCaption = false;
    for (const VideoRecord& record : library.videos()) {
        context.throwIfStopped();
        if (!splits.empty() && std::ranges::find(splits, record.split) == splits.end())
            continue;
        missing.erase(record.split);
        const std::optional<VideoEmbedding> embedding = store.read(record);
        if (!embedding || embedding->timesSec.empty())
            continue;
        if (embedding->joint.dim != encoder.info().jointDim)
            throw Error(ErrorKind::Model, "makes other vectors than those this library was embedded with",
                encoder.info().name, "Embed the library with this model once more.");
        out.push_back(captionedVideo(*embedding, std::move(captions[record.id]), frames));
        out.back().record = record;
        hasCaption = hasCaption || !out.back().timed.empty() || !out.back().untimed.empty();
    }
    if (!missing.empty())
        throw Error(ErrorKind::Input, "no video is in this split", *missing.begin(),
            "Import a splits.json or a CSV file with a split column.");
    if (out.empty())
        throw Error(ErrorKind::Input, "no video is embedded yet", folder,
            "Run: clipscope-cli embed --library " + folder + " --model " + key.model);
    if (!hasCaption)
        throw Error(ErrorKind::Input, "no embedded video has a caption to search for", folder,
            "Import the videos again with --captions FILE.");
    return out;
}

Matrix encodeCaptions(Encoder& encoder, const std::vector<std::string>& texts, const JobContext& context)
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

EmbeddingOrigin originOf(const EmbeddingKey& key)
{
    return {key.model, key.modelHash, key.jointDim};
}

std::vector<size_t> middleFrames(size_t stored, int count)
{
    const size_t wanted = count <= 0 ? stored : std::min(stored, size_t(count));
    std::vector<size_t> out;
    for (size_t i = 0; i < wanted; ++i)
        out.push_back((2 * i + 1) * stored / (2 * wanted));
    return out;
}

} // namespace clipscope
