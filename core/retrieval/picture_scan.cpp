// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/picture_scan_internal.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <numeric>

namespace clipscope {

namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

double pictureScore(double whole, double moment)
{
    return (whole + moment) / 2;
}

/// A mapped file may hold anything, and what is no number would break every order.
void setFinite(std::vector<float>& scores)
{
    for (float& score : scores)
        if (!std::isfinite(score))
            score = 0;
}

/// The lowest score among the frames from one time to another.
double lowestBetween(std::span<const double> timesSec, std::span<const float> scores, double a, double b)
{
    double lowest = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < timesSec.size(); ++i)
        if (timesSec[i] >= std::min(a, b) && timesSec[i] <= std::max(a, b))
            lowest = std::min(lowest, double(scores[i]));
    return lowest;
}

} // namespace

PictureScan::PictureScan(std::shared_ptr<const EmbeddedVideos> videos, VideoAggregation aggregation, const Query& query,
    QueryVectors vectors, std::optional<QueryVectors> then, const JobContext& context, const Chooser& chooser)
    : m_videos(std::move(videos))
    , m_aggregation(std::move(aggregation))
    , m_queryScored(dynamic_cast<const QueryScored*>(m_aggregation.aggregator.get()))
    , m_vectors(std::move(vectors))
    , m_thenVectors(std::move(then))
    , m_withinSec(std::isfinite(query.thenWithinSec) ? std::max(query.thenWithinSec, 0.0) : 0)
    , m_isCoarse(chooser.by == Chooser::By::Size ? m_videos->frames() > kExactFrames : chooser.by == Chooser::By::Codes)
{
    for (const auto* terms : {&query.positives, &query.negatives})
        std::copy_if(terms->begin(), terms->end(), std::back_inserter(m_examples),
            [](const QueryTerm& term) { return term.kind == QueryTerm::Kind::Clip; });
    if (m_aggregation.vectors) {
        m_vectors.mapped = mappedBy(*m_aggregation.aggregator, m_vectors);
        if (m_thenVectors)
            m_thenVectors->mapped = mappedBy(*m_aggregation.aggregator, *m_thenVectors);
    }
    if (chooser.index && !m_thenVectors && m_vectors.features.empty())
        chooseByIndex(*chooser.index, query.top, context);
    else
        chooseByScan(context);
}

void PictureScan::chooseByIndex(const FrameIndex& index, int top, const JobContext& context)
{
    m_isCoarse = true; // nothing is scanned
    m_ranking.assign(m_videos->videos().size(), kNever);
    m_average = index.average(m_vectors.joint);
    const int64_t frames = std::max<int64_t>(1000, int64_t(std::max(top, 0)) * 50);
    for (const size_t v : index.videosNear(m_vectors.joint, frames)) {
        context.throwIfStopped();
        const EmbeddedVideo& video = m_videos->videos()[v];
        m_ranking[v] = ranking(video, exactStrips(video), exactWhole(v));
    }
}

void PictureScan::chooseByScan(const JobContext& context)
{
    m_scores = scan(m_vectors, context);
    if (m_thenVectors)
        m_then = scan(*m_thenVectors, context);
    double sum = 0;
    const std::vector<EmbeddedVideo>& all = m_videos->videos();
    m_ranking.reserve(all.size());
    for (size_t v = 0; v < all.size(); ++v) {
        if (v % 256 == 0)
            context.throwIfStopped();
        const Strips strips = scannedStrips(all[v]);
        m_ranking.push_back(ranking(all[v], strips, scannedWhole(v)));
        if (!m_then)
            sum = std::accumulate(strips.first.begin(), strips.first.end(), sum);
    }
    m_average = m_videos->frames() > 0 ? sum / double(m_videos->frames()) : 0;
}

PictureScan::Scores PictureScan::scan(const QueryVectors& vectors, const JobContext& context) const
{
    const std::vector<EmbeddedVideo>& all = m_videos->videos();
    std::vector<std::vector<size_t>> videosOf(m_videos->blocks().size());
    for (size_t v = 0; v < all.size(); ++v)
        videosOf[all[v].block].push_back(v);
    Scores out;
    out.whole.resize(all.size());
    for (size_t b = 0; b < videosOf.size(); ++b)
        scanBlock(b, videosOf[b], vectors, out, context);
    return out;
}

void PictureScan::scanBlock(size_t b, const std::vector<size_t>& videos, const QueryVectors& vectors, Scores& out,
    const JobContext& context) const
{
    const FrameBlock& block = *m_videos->blocks()[b];
    context.throwIfStopped();
    std::vector<float> scores(block.timesSec.size());
    const auto add = [&](const std::vector<float>& more, double weight) {
        for (size_t i = 0; i < scores.size(); ++i)
            scores[i] += float(weight) * more[i];
    };
    // Codes give the weights of query-scored aggregation too, which wants the scores of every part of the query.
    const bool byTerms = m_isCoarse && m_queryScored;
    std::vector<std::vector<float>> termScores;
    if (byTerms) {
        for (const TermVector& term : vectors.terms) {
            context.throwIfStopped();
            const Int8Index& index = term.space == Space::Joint ? *block.joint : *block.features;
            termScores.push_back(index.codeScores(term.vector));
            add(termScores.back(), term.weight);
        }
    } else {
        for (const Space space : {Space::Joint, Space::Features}) {
            if (vectors.sum(space).empty())
                continue;
            const Int8Index& index = space == Space::Joint ? *block.joint : *block.features;
            add(m_isCoarse ? index.codeScores(vectors.sum(space)) : index.scores(vectors.sum(space)), 1);
        }
    }
    setFinite(scores);
    out.frames.push_back(std::move(scores));
    for (size_t i = 0; i < videos.size(); ++i) {
        if (i % 256 == 0)
            context.throwIfStopped();
        const EmbeddedVideo& video = m_videos->videos()[videos[i]];
        out.whole[videos[i]] = byTerms ? coarseWholeScore(video, vectors, termScores) : wholeScore(videos[i], vectors);
    }
}

double PictureScan::wholeScore(size_t place, const QueryVectors& vectors) const
{
    const EmbeddedVideo& video = m_videos->videos()[place];
    double sum = 0;
    for (const Space space : {Space::Joint, Space::Features}) {
        if (vectors.sum(space).empty())
            continue;
        if (m_aggregation.vectors && space == Space::Joint) {
            sum += dot(vectors.mapped, m_aggregation.vectors->row(place));
            continue;
        }
        // Learned aggregators know the joint space only; features are pooled by the mean there.
        if (!m_queryScored) {
            sum += dot(vectors.sum(space), m_videos->mean(video, space));
            continue;
        }
        const Matrix frames = m_videos->frameMatrix(video, space);
        for (const TermVector& term : vectors.terms)
            if (term.space == space)
                sum += term.weight * m_queryScored->score(frames, term.vector);
    }
    return std::isfinite(sum) ? sum : 0;
}

double PictureScan::coarseWholeScore(
    const EmbeddedVideo& video, const QueryVectors& vectors, const std::vector<std::vector<float>>& termScores) const
{
    const FrameBlock& block = *m_videos->blocks()[video.block];
    double sum = 0;
    for (size_t t = 0; t < vectors.terms.size(); ++t) {
        const TermVector& term = vectors.terms[t];
        const std::span<const float> scores = std::span(termScores[t]).subspan(video.firstFrame, video.frames);
        const std::vector<float> weights = m_queryScored->weightsOf(scores);
        // The unit vector of the weighted sum of frames, times the term: the weighted sum of scores by its length.
        const Int8Index& index = term.space == Space::Joint ? *block.joint : *block.features;
        const float length = index.codeLength(video.firstFrame, weights);
        if (length > 1e-12F)
            sum += term.weight * double(dot(weights, scores)) / double(length);
    }
    return sum;
}

PictureScan::Strips PictureScan::scannedStrips(const EmbeddedVideo& video) const
{
    const auto smoothed = [&](const Scores& scores) {
        return smoothScores(
            m_videos->timesSec(video), std::span(scores.frames[video.block]).subspan(video.firstFrame, video.frames));
    };
    return {smoothed(m_scores), m_then ? smoothed(*m_then) : std::vector<float>()};
}

PictureScan::Strips PictureScan::exactStrips(const EmbeddedVideo& video) const
{
    if (!m_isCoarse)
        return scannedStrips(video);
    return {frameScores(*m_videos, video, m_vectors),
        m_thenVectors ? frameScores(*m_videos, video, *m_thenVectors) : std::vector<float>()};
}

double PictureScan::scannedWhole(size_t video) const
{
    return m_then ? (m_scores.whole[video] + m_then->whole[video]) / 2 : m_scores.whole[video];
}

double PictureScan::exactWhole(size_t place) const
{
    if (!m_isCoarse)
        return scannedWhole(place);
    const double whole = wholeScore(place, m_vectors);
    return m_thenVectors ? (whole + wholeScore(place, *m_thenVectors)) / 2 : whole;
}

double PictureScan::ranking(const EmbeddedVideo& video, const Strips& strips, double whole) const
{
    if (m_then) {
        const std::optional<Pair> pair = bestPair(video, strips);
        return pair ? pictureScore(whole, pair->score) : kNever;
    }
    return pictureScore(whole, *std::max_element(strips.first.begin(), strips.first.end()));
}

std::optional<PictureScan::Pair> PictureScan::bestPair(const EmbeddedVideo& video, const Strips& strips) const
{
    const std::span<const double> times = m_videos->timesSec(video);
    const std::vector<float>& first = strips.first;
    const std::vector<float>& second = strips.second;
    std::optional<Pair> best;
    // The frames before `j` and within reach of it, their scores falling: the front is the best of them.
    std::deque<size_t> window;
    size_t next = 0;
    for (size_t j = 0; j < times.size(); ++j) {
        for (; times[next] < times[j]; ++next) {
            while (!window.empty() && first[window.back()] < first[next])
                window.pop_back();
            window.push_back(next);
        }
        while (!window.empty() && times[j] - times[window.front()] > m_withinSec + 1e-9)
            window.pop_front();
        if (window.empty())
            continue;
        const double score = (double(first[window.front()]) + double(second[j])) / 2;
        if (!best || score > best->score)
            best = {window.front(), j, score};
    }
    return best;
}

std::vector<size_t> PictureScan::best(size_t count) const
{
    std::vector<double> scores = m_ranking;
    std::vector<size_t> order;
    for (size_t v = 0; v < scores.size(); ++v)
        if (scores[v] != kNever)
            order.push_back(v);
    const auto isBetter = [&scores](
                              size_t a, size_t b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; };
    count = std::min(count, order.size());
    if (m_isCoarse && count > 0) {
        const auto exact = [&](size_t v) {
            const EmbeddedVideo& video = m_videos->videos()[v];
            return ranking(video, exactStrips(video), exactWhole(v));
        };
        std::sort(order.begin(), order.end(), isBetter);
        // Those after `scored` are known by their codes alone. The worst error seen, and half as much again, is what
        // the best of them may gain.
        double error = 0;
        size_t scored = 0;
        double last = 0; ///< the score of the last one that is taken
        const size_t least = 2 * count + 50;
        while (scored < order.size() && (scored < least || scores[order[scored]] + 1.5 * error >= last)) {
            const size_t until = std::min(order.size(), std::max(least, scored + 32));
            for (; scored < until; ++scored) {
                const double coarse = scores[order[scored]];
                scores[order[scored]] = exact(order[scored]);
                error = std::max(error, std::fabs(scores[order[scored]] - coarse));
            }
            std::vector<double> known;
            for (size_t i = 0; i < scored; ++i)
                known.push_back(scores[order[i]]);
            std::nth_element(known.begin(), known.begin() + std::ptrdiff_t(count - 1), known.end(), std::greater<>());
            last = known[count - 1];
        }
        order.resize(scored);
    }
    const auto middle = order.begin() + std::ptrdiff_t(count);
    std::partial_sort(order.begin(), middle, order.end(), isBetter);
    order.erase(middle, order.end());
    return order;
}

bool PictureScan::isExample(VideoId video, const Moment& moment) const
{
    return std::any_of(m_examples.begin(), m_examples.end(), [&](const QueryTerm& example) {
        return example.video == video && moment.startSec < std::max(example.endSec, example.startSec + .04)
            && moment.endSec > example.startSec;
    });
}

std::vector<Moment> PictureScan::moments(size_t place) const
{
    const EmbeddedVideo& video = m_videos->videos()[place];
    const std::span<const double> times = m_videos->timesSec(video);
    std::vector<Moment> out;
    const Strips strips = exactStrips(video);
    const double whole = exactWhole(place);
    if (m_then) {
        const std::optional<Pair> pair = bestPair(video, strips);
        if (!pair)
            return out;
        Moment moment = momentAround(times, strips.first, video.durationSec, pair->first);
        moment.endSec = momentAround(times, strips.second, video.durationSec, pair->second).endSec;
        moment.score = pictureScore(whole, pair->score);
        if (!isExample(video.record.id, moment))
            out.push_back(moment);
        return out;
    }
    const std::vector<float>& scores = strips.first;
    const int wanted = kMomentsPerVideo + int(m_examples.size());
    std::vector<Moment> found = findMoments(times, scores, video.durationSec, wanted);
    const double lowest = *std::min_element(scores.begin(), scores.end());
    if (lowest > (found.front().score + m_average) / 2) {
        found.resize(1);
        found.front().startSec = 0;
        found.front().endSec = std::max(found.front().endSec, video.durationSec);
    }
    for (Moment& moment : found) {
        if (int(out.size()) == kMomentsPerVideo)
            break;
        const double halfWay = (moment.score + m_average) / 2;
        const bool apart = std::all_of(out.begin(), out.end(), [&](const Moment& better) {
            return lowestBetween(times, scores, better.peakSec, moment.peakSec) <= halfWay;
        });
        if ((out.empty() || (apart && moment.score > m_average)) && !isExample(video.record.id, moment))
            out.push_back(moment);
    }
    for (Moment& moment : out)
        moment.score = pictureScore(whole, moment.score);
    return out;
}

double PictureScan::scoreWithin(size_t place, double startSec, double endSec) const
{
    const EmbeddedVideo& video = m_videos->videos()[place];
    const std::span<const double> times = m_videos->timesSec(video);
    const Strips strips = exactStrips(video);
    std::vector<float> scores = strips.first;
    if (m_then)
        std::transform(scores.begin(), scores.end(), strips.second.begin(), scores.begin(),
            [](float a, float b) { return (a + b) / 2; });
    const double middle = (startSec + endSec) / 2;
    double sum = 0;
    int count = 0;
    size_t nearest = 0;
    for (size_t i = 0; i < times.size(); ++i) {
        if (times[i] >= startSec && times[i] < endSec) {
            sum += double(scores[i]);
            ++count;
        }
        if (std::fabs(times[i] - middle) < std::fabs(times[nearest] - middle))
            nearest = i;
    }
    return pictureScore(exactWhole(place), count > 0 ? sum / count : double(scores[nearest]));
}

double measuredRecall(
    const std::shared_ptr<const EmbeddedVideos>& videos, const PictureScan::Chooser& chooser, const JobContext& context)
{
    constexpr size_t kQueries = 6;
    constexpr size_t kBest = 10;
    const std::shared_ptr<const EmbeddedVideos> part = chooser.index ? videos : videos->firstBlock();
    size_t found = 0;
    size_t wanted = 0;
    for (size_t i = 0; i < kQueries; ++i) {
        const EmbeddedVideo& video = part->videos()[i * part->videos().size() / kQueries];
        const std::span<const float> frame = part->frame(video, Space::Joint, video.frames / 2);
        QueryVectors vectors;
        vectors.joint.assign(frame.begin(), frame.end());
        vectors.terms.push_back({vectors.joint, Space::Joint, 1});
        const auto best = [&](const PictureScan::Chooser& by) {
            return PictureScan(part, {makeAggregator(Query().aggregation), nullptr}, Query(), vectors, {}, context, by)
                .best(kBest);
        };
        const std::vector<size_t> truth = best({PictureScan::Chooser::By::None, nullptr});
        const std::vector<size_t> chosen = best(chooser);
        wanted += truth.size();
        for (const size_t v : truth)
            found += std::find(chosen.begin(), chosen.end(), v) != chosen.end();
    }
    return wanted > 0 ? double(found) / double(wanted) : 1;
}

std::vector<float> frameScores(const EmbeddedVideos& videos, const EmbeddedVideo& video, const QueryVectors& vectors)
{
    const FrameBlock& block = *videos.blocks()[video.block];
    std::vector<float> scores(video.frames);
    for (const Space space : {Space::Joint, Space::Features}) {
        if (vectors.sum(space).empty())
            continue;
        const Int8Index& index = space == Space::Joint ? *block.joint : *block.features;
        const std::vector<float> more = index.scoresOf(vectors.sum(space), video.firstFrame, video.frames);
        std::transform(scores.begin(), scores.end(), more.begin(), scores.begin(), std::plus<>());
    }
    setFinite(scores);
    return smoothScores(videos.timesSec(video), scores);
}

} // namespace clipscope
