// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/search_engine.h"

#include "base/error.h"
#include "base/files.h"
#include "retrieval/captioned_videos.h"
#include "retrieval/embedded_videos_internal.h"
#include "retrieval/hit_inside_internal.h"
#include "retrieval/hit_list_internal.h"
#include "retrieval/name_matches_internal.h"
#include "retrieval/picture_scan_internal.h"
#include "retrieval/term_vectors_internal.h"

#include <algorithm>
#include <chrono>
#include <mutex>

namespace clipscope {

namespace {

/// A talkative film may match in hundreds of lines; there must be room for other videos behind it.
int namesLimit(int top)
{
    return std::max(std::clamp(top, 50, 500) * 10, top);
}

std::string videos(int64_t count)
{
    return std::to_string(count) + (count == 1 ? " video" : " videos");
}

void addNote(std::string& notes, const std::string& note)
{
    if (!note.empty())
        notes += (notes.empty() ? "" : " ") + note;
}

bool hasWords(const Query& query)
{
    return std::any_of(query.positives.begin(), query.positives.end(),
        [](const QueryTerm& t) { return t.kind == QueryTerm::Kind::Words && !plainWords(t.words).empty(); });
}

} // namespace

struct SearchEngine::Impl {
    Impl(std::shared_ptr<VideoLibrary> l, std::shared_ptr<Encoder> e, EmbeddingKey key)
        : library(std::move(l))
        , encoder(std::move(e))
        , store(library->folder(), std::move(key))
        , terms(encoder)
    {
        loaded.videos = std::make_shared<EmbeddedVideos>(
            encoder ? encoder->info().jointDim : 1, encoder ? encoder->info().featureDim : 0);
    }

    /// What one search works on.
    struct Loaded {
        std::shared_ptr<const EmbeddedVideos> videos;
        PictureScan::Chooser chooser;
        std::string index; ///< its name
        std::optional<double> recall;
        int64_t measuredFrames = 0; ///< until there are twice as many, the recall of codes is not measured again
    };

    Loaded current() const
    {
        const std::lock_guard lock(mutex);
        return loaded;
    }

    /// How to choose among `videos`, and how well that does.
    Loaded prepared(std::shared_ptr<const EmbeddedVideos> videos, const Loaded& before, const JobContext& context) const
    {
        using By = PictureScan::Chooser::By;
        Loaded out;
        out.videos = std::move(videos);
        const bool byFaiss = factory.starts_with("faiss:");
        const bool byCodes = factory == "int8" || (factory == "auto" && out.videos->frames() > kExactFrames);
        out.chooser.by = factory == "int8" ? By::Codes : factory == "exact" ? By::None : By::Size;
        out.index = byCodes ? "8-bit scan" : "exact scan";
        out.measuredFrames = before.measuredFrames;
        if (out.videos->frames() == 0)
            return out;
        if (byFaiss) {
            out.chooser.index = std::make_shared<FrameIndex>(factory, *out.videos, context);
            out.index = out.chooser.index->name();
        }
        if (byFaiss || (byCodes && out.videos->frames() > 2 * before.measuredFrames)) {
            out.recall = measuredRecall(out.videos, {byFaiss ? By::Size : By::Codes, out.chooser.index}, context);
            out.measuredFrames = out.videos->frames();
        } else if (byCodes) {
            out.recall = before.recall;
        }
        return out;
    }

    /// Where blocks of this key's embeddings are kept between runs.
    std::filesystem::path cacheFolder() const
    {
        const EmbeddingKey& key = store.key();
        const std::string which = key.model + "\n" + key.modelHash + "\n" + key.sampler + "\n"
            + std::to_string(key.patchDropout) + "\n" + std::to_string(key.seed) + "\n" + key.precision;
        return library->folder() / "search-cache" / sha256(which).substr(0, 16);
    }

    /// B of "A then B", when there is one.
    std::optional<QueryVectors> thenVectors(const Query& query, const EmbeddedVideos& videos, const JobContext& context)
    {
        if (plainWords(query.thenWords).empty())
            return std::nullopt;
        return terms.vectors({QueryTerm::text(query.thenWords)}, query.negatives, videos, context);
    }

    /// Whether the encoder can compare the query's words with pictures: one that was given its texts knows no others.
    bool knowsWords(const Query& query, const JobContext& context) const
    {
        if (encoder->info().encodesAnyText)
            return true;
        std::vector<std::string> words = {plainWords(query.thenWords)};
        for (const auto* list : {&query.positives, &query.negatives})
            for (const QueryTerm& term : *list)
                if (term.kind == QueryTerm::Kind::Words)
                    words.push_back(plainWords(term.words));
        std::erase(words, std::string());
        try {
            if (!words.empty())
                encoder->encodeTexts(words, context);
            return true;
        } catch (const Error& e) {
            if (e.kind() != ErrorKind::Input)
                throw;
            return false;
        }
    }

    /// Whether the query is answered by names alone for want of its words' vectors.
    bool isLeftToNames(const Query& query, const JobContext& context) const
    {
        return query.by == MatchBy::Both && encoder && !knowsWords(query, context);
    }

    std::string noteOf(const Query& query, const SearchResult& result, bool leftToNames) const
    {
        std::string note;
        if (query.by == MatchBy::Names)
            return note;
        if (leftToNames) {
            addNote(note, encoder->info().title + " cannot encode these words: it " + encoder->info().note + ".");
            addNote(note, "Names, captions and subtitles alone are searched.");
            return note;
        }
        if (!encoder || result.frames == 0) {
            addNote(note, "No video is embedded yet.");
            addNote(note,
                query.by == MatchBy::Picture ? "Embed the library to search by picture."
                                             : "Names, captions and subtitles alone are searched.");
            return note;
        }
        std::string words = query.thenWords;
        for (const auto* list : {&query.positives, &query.negatives})
            for (const QueryTerm& term : *list)
                if (term.kind == QueryTerm::Kind::Words)
                    words += " " + term.words;
        if (!plainWords(words).empty())
            addNote(note, encoder->languageNote(plainWords(words)));
        if (const int64_t missing = result.total - result.searched; missing > 0)
            addNote(note,
                std::to_string(result.searched) + " of " + videos(result.total) + " are embedded; "
                    + (query.by == MatchBy::Both ? "the others are found by their names alone."
                                                 : "the others are not searched."));
        return note;
    }

    std::shared_ptr<VideoLibrary> library;
    std::shared_ptr<Encoder> encoder;
    EmbeddingStore store;
    TermVectors terms;
    VideoVectors vectors;
    VideoVectors insideVectors; ///< of the aggregation that a video was last taken apart by
    std::mutex refreshing; ///< one refresh at a time
    std::string factory;
    mutable std::mutex mutex; ///< for `loaded`, held for the copy of it only
    Loaded loaded;
};

SearchEngine::SearchEngine(
    std::shared_ptr<VideoLibrary> library, std::shared_ptr<Encoder> encoder, EmbeddingKey key, const std::string& index)
{
    // An index that cannot be made is told before anything is loaded.
    if (index != "auto")
        makeIndex(index, encoder ? encoder->info().jointDim : 1);
    if (encoder && key.jointDim > 0
        && (encoder->info().jointDim != key.jointDim || encoder->info().featureDim != key.featureDim))
        throw Error(ErrorKind::Model, "makes other vectors than those this library was embedded with",
            encoder->info().name, "Embed the library with this model once more.");
    m_impl = std::make_unique<Impl>(std::move(library), std::move(encoder), std::move(key));
    m_impl->factory = index;
}

SearchEngine::~SearchEngine() = default;

void SearchEngine::refresh(const JobContext& context)
{
    if (!m_impl->encoder)
        return;
    const std::lock_guard lock(m_impl->refreshing);
    const Impl::Loaded before = m_impl->current();
    Impl::Loaded fresh = m_impl->prepared(
        EmbeddedVideos::refreshed(*before.videos, *m_impl->library, m_impl->store, m_impl->cacheFolder(), context),
        before, context);
    const std::lock_guard publish(m_impl->mutex);
    m_impl->loaded = std::move(fresh);
}

SearchResult SearchEngine::search(const Query& query, const JobContext& context)
{
    const auto start = std::chrono::steady_clock::now();
    const std::shared_ptr<Encoder>& encoder = m_impl->encoder;
    const Impl::Loaded current = m_impl->current();
    const std::shared_ptr<const EmbeddedVideos>& loaded = current.videos;
    context.throwIfStopped();
    SearchResult result;
    result.total = m_impl->library->videoCount();
    const bool leftToNames = m_impl->isLeftToNames(query, context);
    const bool byPicture = query.by != MatchBy::Names && encoder && !leftToNames;
    if (byPicture) {
        result.encoder = encoder->info().title;
        result.searched = int64_t(loaded->videos().size());
        result.frames = loaded->frames();
        result.index = current.index;
        result.recall = current.recall;
    } else {
        result.searched = query.by == MatchBy::Picture ? 0 : result.total;
    }
    result.note = m_impl->noteOf(query, result, leftToNames);

    std::optional<PictureScan> scan;
    if (byPicture && loaded->frames() > 0) {
        QueryVectors vectors = m_impl->terms.vectors(query.positives, query.negatives, *loaded, context);
        if (!vectors.empty())
            scan.emplace(loaded, m_impl->vectors.of(query.aggregation, originOf(m_impl->store.key()), loaded, context),
                query, std::move(vectors), m_impl->thenVectors(query, *loaded, context), context, current.chooser);
    }
    std::vector<VideoLibrary::NameMatch> names;
    if (query.by != MatchBy::Picture && hasWords(query))
        names = matchNames(*m_impl->library, query, namesLimit(query.top));
    context.throwIfStopped();
    result.hits = hitList(*m_impl->library, query, scan ? &*scan : nullptr, std::move(names), context);
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
}

SearchEngine::HeatStrip SearchEngine::heatStrip(const Query& query, VideoId id, const JobContext& context)
{
    HeatStrip out;
    const std::shared_ptr<const EmbeddedVideos> loaded = m_impl->current().videos;
    const EmbeddedVideo* video = loaded->find(id);
    if (!video || query.by == MatchBy::Names || m_impl->isLeftToNames(query, context))
        return out;
    const QueryVectors vectors = m_impl->terms.vectors(query.positives, query.negatives, *loaded, context);
    if (vectors.empty())
        return out;
    const std::span<const double> times = loaded->timesSec(*video);
    out.timesSec.assign(times.begin(), times.end());
    out.scores = frameScores(*loaded, *video, vectors);
    if (const std::optional<QueryVectors> then = m_impl->thenVectors(query, *loaded, context)) {
        const std::vector<float> second = frameScores(*loaded, *video, *then);
        std::transform(out.scores.begin(), out.scores.end(), second.begin(), out.scores.begin(),
            [](float a, float b) { return std::max(a, b); });
    }
    return out;
}

HitInside SearchEngine::inside(
    const Query& query, VideoId id, const std::string& aggregation, int neighbours, const JobContext& context)
{
    checkAggregation(aggregation);
    const std::shared_ptr<const EmbeddedVideos> loaded = m_impl->current().videos;
    const EmbeddedVideo* video = loaded->find(id);
    if (!video)
        return {};
    QueryVectors vectors;
    if (query.by != MatchBy::Names)
        vectors = m_impl->terms.vectors(query.positives, query.negatives, *loaded, context);
    VideoAggregation by;
    std::string noWeights;
    try {
        by = m_impl->insideVectors.of(aggregation, originOf(m_impl->store.key()), loaded, context);
    } catch (const Error& e) {
        if (e.kind() != ErrorKind::Model)
            throw;
        noWeights = e.what();
    }
    HitInside out = hitInside(*loaded, *video, vectors, by, neighbours, context);
    if (!noWeights.empty())
        out.noWeights = std::move(noWeights);
    return out;
}

int64_t SearchEngine::searchedVideos() const
{
    return int64_t(m_impl->current().videos->videos().size());
}

} // namespace clipscope
