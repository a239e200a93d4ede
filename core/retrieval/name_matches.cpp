// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/name_matches_internal.h"

#include "retrieval/term_vectors_internal.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace clipscope {

namespace {

using NameMatch = VideoLibrary::NameMatch;

/// matchWords() gives a text that holds all words at least this.
constexpr double kAllWords = .75;
constexpr double kShortestSec = .1;

using MatchesByVideo = std::unordered_map<VideoId, std::vector<NameMatch>>;

MatchesByVideo byVideo(std::vector<NameMatch> matches)
{
    MatchesByVideo out;
    for (NameMatch& match : matches)
        out[match.video].push_back(std::move(match));
    return out;
}

bool isTimed(const NameMatch& match)
{
    return match.startSec && match.endSec;
}

bool atOneTime(const NameMatch& a, const NameMatch& b)
{
    return !isTimed(a) || !isTimed(b) || (*a.startSec < *b.endSec && *b.startSec < *a.endSec);
}

void leaveOutNegatives(
    std::vector<NameMatch>& matches, const VideoLibrary& library, const std::vector<QueryTerm>& negatives, int limit)
{
    for (const QueryTerm& term : negatives) {
        if (term.kind != QueryTerm::Kind::Words)
            continue;
        std::vector<NameMatch> found = library.matchWords(plainWords(term.words), limit);
        std::erase_if(found, [](const NameMatch& m) { return m.score < kAllWords; });
        const MatchesByVideo unwanted = byVideo(std::move(found));
        std::erase_if(matches, [&](const NameMatch& match) {
            const auto there = unwanted.find(match.video);
            return there != unwanted.end()
                && std::any_of(there->second.begin(), there->second.end(),
                    [&](const NameMatch& other) { return atOneTime(match, other); });
        });
    }
}

/// For each text of A the first text of B after it.
std::vector<NameMatch> pairs(const std::vector<NameMatch>& first, std::vector<NameMatch> second, double withinSec)
{
    std::erase_if(second, [](const NameMatch& m) { return !isTimed(m); });
    MatchesByVideo following = byVideo(std::move(second));
    for (auto& [video, matches] : following)
        std::stable_sort(matches.begin(), matches.end(),
            [](const NameMatch& a, const NameMatch& b) { return *a.startSec < *b.startSec; });
    std::vector<NameMatch> out;
    for (const NameMatch& a : first) {
        const auto there = following.find(a.video);
        if (!isTimed(a) || there == following.end())
            continue;
        const auto b = std::find_if(
            there->second.begin(), there->second.end(), [&](const NameMatch& m) { return *m.startSec > *a.startSec; });
        if (b == there->second.end() || *b->startSec > *a.endSec + withinSec)
            continue;
        NameMatch pair = a;
        pair.endSec = std::max(*a.endSec, *b->endSec);
        pair.score = (a.score + b->score) / 2;
        pair.text = a.text + " ... " + b->text;
        out.push_back(std::move(pair));
    }
    std::stable_sort(out.begin(), out.end(), [](const NameMatch& a, const NameMatch& b) { return a.score > b.score; });
    return out;
}

} // namespace

std::vector<NameMatch> matchNames(const VideoLibrary& library, const Query& query, int limit)
{
    std::string words;
    for (const QueryTerm& term : query.positives)
        if (term.kind == QueryTerm::Kind::Words)
            words += plainWords(term.words) + ' ';
    words = plainWords(words);
    if (words.empty())
        return {};
    std::vector<NameMatch> out = library.matchWords(words, limit);
    const std::string then = plainWords(query.thenWords);
    if (!then.empty() && !out.empty())
        out = pairs(out, library.matchWords(then, limit), std::max(query.thenWithinSec, 0.0));
    if (!out.empty())
        leaveOutNegatives(out, library, query.negatives, limit);
    return out;
}

Reason reasonOf(const NameMatch& match)
{
    switch (match.field) {
    case NameMatch::Field::Caption:
        return Reason::Caption;
    case NameMatch::Field::Subtitle:
        return Reason::Subtitle;
    case NameMatch::Field::Name:
        break;
    }
    return Reason::Name;
}

std::optional<TimeSpan> spanOf(const NameMatch& match, double durationSec)
{
    if (!isTimed(match) || !std::isfinite(*match.startSec) || !std::isfinite(*match.endSec))
        return std::nullopt;
    TimeSpan span = {std::max(*match.startSec, 0.0), *match.endSec};
    if (durationSec > 0) {
        // Subtitles of another cut of the film: no time in them can be trusted that far.
        if (span.startSec >= durationSec)
            return std::nullopt;
        span.endSec = std::min(span.endSec, durationSec);
    }
    span.endSec = std::max(span.endSec, span.startSec + kShortestSec);
    return span;
}

} // namespace clipscope
