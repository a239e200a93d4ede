// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/hit_list_internal.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace clipscope {

namespace {

using NameMatch = VideoLibrary::NameMatch;

/// Beside pictures a text counts from here on, and this much.
constexpr double kNameCounts = .5;
constexpr double kNameWeight = .5;
constexpr double kUnknownDurationSec = .1;

/// A hit in the making: its picture score and the best of its texts' scores.
struct Candidate {
    Hit hit;
    double picture = 0;
    double name = 0;
};

/// The hits of one video.
class VideoHits {
public:
    VideoHits(const VideoRecord& record, double durationSec, double nameWeight)
        : m_record(record)
        , m_durationSec(durationSec > 0 ? durationSec : kUnknownDurationSec)
        , m_nameWeight(nameWeight)
    {
    }

    Candidate& add(double startSec, double endSec, double peakSec, double picture)
    {
        Candidate c;
        c.hit.video = m_record.id;
        c.hit.path = m_record.path;
        c.hit.startSec = startSec;
        c.hit.endSec = endSec;
        c.hit.peakSec = peakSec;
        c.picture = picture;
        m_candidates.push_back(std::move(c));
        return m_candidates.back();
    }

    /// `matches` of this video, best first; `pictureScore` of a time range that no picture found.
    template <class Score> void addNames(const std::vector<NameMatch>& matches, Score pictureScore)
    {
        int made = 0;
        for (const NameMatch& match : matches) {
            const std::optional<TimeSpan> span = spanOf(match, m_durationSec);
            if (!span)
                continue;
            Candidate* there = overlapping(*span);
            if (!there && made < kMomentsPerVideo) {
                ++made;
                there = &add(span->startSec, span->endSec, (span->startSec + span->endSec) / 2,
                    pictureScore(span->startSec, span->endSec));
            }
            if (there)
                attach(*there, match);
        }
        for (const NameMatch& match : matches) {
            if (spanOf(match, m_durationSec))
                continue;
            if (m_candidates.empty())
                add(0, m_durationSec, m_durationSec / 2, pictureScore(0, m_durationSec));
            attach(*std::max_element(m_candidates.begin(), m_candidates.end(),
                       [this](const Candidate& a, const Candidate& b) { return scoreOf(a) < scoreOf(b); }),
                match);
        }
    }

    /// The best ones with their final scores.
    void take(std::vector<Hit>& into)
    {
        for (Candidate& c : m_candidates)
            c.hit.score = scoreOf(c);
        std::stable_sort(m_candidates.begin(), m_candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.hit.score > b.hit.score; });
        int taken = 0;
        for (Candidate& c : m_candidates) {
            if (taken == kMomentsPerVideo)
                break;
            if (c.hit.why.empty())
                continue; // neither among the best pictures nor named
            ++taken;
            std::sort(c.hit.why.begin(), c.hit.why.end());
            into.push_back(std::move(c.hit));
        }
    }

private:
    double scoreOf(const Candidate& c) const { return c.picture + m_nameWeight * c.name; }

    Candidate* overlapping(const TimeSpan& span)
    {
        // Of several the one that shares most of its time with the text.
        Candidate* best = nullptr;
        double most = 0;
        for (Candidate& c : m_candidates) {
            const double shared = std::min(c.hit.endSec, span.endSec) - std::max(c.hit.startSec, span.startSec);
            if (shared > most) {
                most = shared;
                best = &c;
            }
        }
        return best;
    }

    static void attach(Candidate& to, const NameMatch& match)
    {
        const Reason reason = reasonOf(match);
        if (std::find(to.hit.why.begin(), to.hit.why.end(), reason) == to.hit.why.end())
            to.hit.why.push_back(reason);
        if (match.score > to.name) {
            to.name = match.score;
            to.hit.matchedText = match.text;
        }
    }

    const VideoRecord& m_record;
    double m_durationSec;
    double m_nameWeight;
    std::vector<Candidate> m_candidates;
};

bool isBetter(const Hit& a, const Hit& b)
{
    if (a.score != b.score)
        return a.score > b.score;
    if (a.path != b.path)
        return a.path < b.path;
    return a.startSec < b.startSec;
}

/// The matches by video; the videos in order of their best match.
struct GroupedMatches {
    std::unordered_map<VideoId, std::vector<NameMatch>> byVideo;
    std::vector<VideoId> order;
};

GroupedMatches grouped(std::vector<NameMatch> matches)
{
    GroupedMatches out;
    for (NameMatch& match : matches) {
        std::vector<NameMatch>& of = out.byVideo[match.video];
        if (of.empty())
            out.order.push_back(match.video);
        of.push_back(std::move(match));
    }
    return out;
}

} // namespace

std::vector<Hit> hitList(const VideoLibrary& library, const Query& query, const PictureScan* scan,
    std::vector<NameMatch> matches, const JobContext& context)
{
    std::vector<Hit> out;
    if (query.top <= 0)
        return out;
    if (scan)
        std::erase_if(matches, [](const NameMatch& match) { return match.score < kNameCounts; });
    const GroupedMatches names = grouped(std::move(matches));

    // By picture, the best videos and those that names found.
    std::unordered_set<VideoId> done;
    const auto addEmbedded = [&](size_t place, bool isAmongBest) {
        context.throwIfStopped();
        const EmbeddedVideo& video = scan->videos().videos()[place];
        VideoHits hits(video.record, video.durationSec, kNameWeight);
        for (const Moment& moment : scan->moments(place)) {
            Candidate& candidate = hits.add(moment.startSec, moment.endSec, moment.peakSec, moment.score);
            if (isAmongBest)
                candidate.hit.why.push_back(Reason::Picture);
        }
        if (const auto found = names.byVideo.find(video.record.id); found != names.byVideo.end())
            hits.addNames(
                found->second, [&](double start, double end) { return scan->scoreWithin(place, start, end); });
        hits.take(out);
        done.insert(video.record.id);
    };
    if (scan) {
        // An example's own video may give no hit: look one further for each.
        const size_t count = size_t(query.top) + query.positives.size() + query.negatives.size();
        for (const size_t place : scan->best(count))
            addEmbedded(place, true);
        for (const VideoId id : names.order)
            if (const EmbeddedVideo* video = scan->videos().find(id); video && !done.contains(id))
                addEmbedded(size_t(video - scan->videos().videos().data()), false);
    }
    // By names alone what has no embeddings.
    for (const VideoId id : names.order) {
        if (done.contains(id))
            continue;
        context.throwIfStopped();
        const std::optional<VideoRecord> record = library.video(id);
        if (!record)
            continue; // removed meanwhile
        VideoHits hits(*record, record->info.durationSec, scan ? kNameWeight : 1);
        hits.addNames(names.byVideo.at(id), [](double, double) { return 0.; });
        hits.take(out);
    }

    if (query.cutOff)
        std::erase_if(out, [&](const Hit& hit) { return hit.score < *query.cutOff; });
    const auto middle = out.begin() + std::ptrdiff_t(std::min(size_t(query.top), out.size()));
    std::partial_sort(out.begin(), middle, out.end(), isBetter);
    out.erase(middle, out.end());
    return out;
}

} // namespace clipscope
