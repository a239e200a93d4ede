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

PictureScan::PictureScan(std::shared_ptr<const EmbeddedVideos> videos, const Query& query, QueryVectors vectors,
    std::optional<QueryVectors> then, const JobContext& context)
    : m_videos(std::move(videos))
    , m_aggregator(makeAggregator(query.aggregation))
    , m_withinSec(std::isfinite(query.thenWithinSec) ? std::max(query.thenWithinSec, 0.0) : 0)
{
    for (const auto* terms : {&query.positives, &query.negatives})
        std::copy_if(terms->begin(), terms->end(), std::back_inserter(m_examples),
            [](const QueryTerm& term) { return term.kind == QueryTerm::Kind::Clip; });
    m_scores = scan(vectors, context);
    if (then)
        m_then = scan(*then, context);

    double sum = 0;
    const std::vector<EmbeddedVideo>& all = m_videos->videos();
    m_ranking.reserve(all.size());
    for (size_t v = 0; v < all.size(); ++v) {
        if (v % 256 == 0)
            context.throwIfStopped();
        if (m_then) {
            const std::optional<Pair> pair = bestPair(all[v]);
            m_ranking.push_back(pair ? pictureScore(whole(v), pair->score) : kNever);
            continue;
        }
        const std::vector<float> scores = smoothed(all[v], m_scores);
        m_ranking.push_back(pictureScore(whole(v), *std::max_element(scores.begin(), scores.end())));
        sum = std::accumulate(scores.begin(), scores.end(), sum);
    }
    m_average = m_videos->frames() > 0 ? sum / double(m_videos->frames()) : 0;
}

PictureScan::Scores PictureScan::scan(const QueryVectors& vectors, const JobContext& context) const
{
    Scores out;
    for (const std::shared_ptr<const FrameBlock>& block : m_videos->blocks()) {
        context.throwIfStopped();
        std::vector<float> scores(block->timesSec.size());
        if (!vectors.joint.empty())
            scores = block->joint->scores(vectors.joint);
        if (!vectors.features.empty()) {
            const std::vector<float> more = block->features->scores(vectors.features);
            std::transform(scores.begin(), scores.end(), more.begin(), scores.begin(), std::plus<>());
        }
        out.frames.push_back(std::move(scores));
    }
    out.whole.reserve(m_videos->videos().size());
    for (const EmbeddedVideo& video : m_videos->videos()) {
        if (out.whole.size() % 256 == 0)
            context.throwIfStopped();
        out.whole.push_back(wholeScore(video, vectors));
    }
    return out;
}

double PictureScan::wholeScore(const EmbeddedVideo& video, const QueryVectors& vectors) const
{
    double sum = 0;
    for (const Space space : {Space::Joint, Space::Features}) {
        if (vectors.sum(space).empty())
            continue;
        // Learned aggregators know the joint space only; features are pooled by the mean there.
        const bool byMean =
            m_aggregator->name() == "mean" || (space == Space::Features && !m_aggregator->dependsOnQuery());
        if (byMean) {
            sum += dot(vectors.sum(space), m_videos->mean(video, space));
            continue;
        }
        const Matrix frames = m_videos->frameMatrix(video, space);
        for (const TermVector& term : vectors.terms)
            if (term.space == space)
                sum += term.weight * m_aggregator->score(frames, term.vector);
    }
    return sum;
}

std::vector<float> PictureScan::smoothed(const EmbeddedVideo& video, const Scores& scores) const
{
    return smoothScores(
        m_videos->timesSec(video), std::span(scores.frames[video.block]).subspan(video.firstFrame, video.frames));
}

double PictureScan::whole(size_t video) const
{
    return m_then ? (m_scores.whole[video] + m_then->whole[video]) / 2 : m_scores.whole[video];
}

std::optional<PictureScan::Pair> PictureScan::bestPair(const EmbeddedVideo& video) const
{
    const std::span<const double> times = m_videos->timesSec(video);
    const std::vector<float> first = smoothed(video, m_scores);
    const std::vector<float> second = smoothed(video, *m_then);
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
    std::vector<size_t> order;
    for (size_t v = 0; v < m_ranking.size(); ++v)
        if (m_ranking[v] != kNever)
            order.push_back(v);
    const auto middle = order.begin() + std::ptrdiff_t(std::min(count, order.size()));
    std::partial_sort(order.begin(), middle, order.end(),
        [this](size_t a, size_t b) { return m_ranking[a] != m_ranking[b] ? m_ranking[a] > m_ranking[b] : a < b; });
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
    if (m_then) {
        const std::optional<Pair> pair = bestPair(video);
        if (!pair)
            return out;
        Moment moment = momentAround(times, smoothed(video, m_scores), video.durationSec, pair->first);
        moment.endSec = momentAround(times, smoothed(video, *m_then), video.durationSec, pair->second).endSec;
        moment.score = pictureScore(whole(place), pair->score);
        if (!isExample(video.record.id, moment))
            out.push_back(moment);
        return out;
    }
    const std::vector<float> scores = smoothed(video, m_scores);
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
        moment.score = pictureScore(whole(place), moment.score);
    return out;
}

double PictureScan::scoreWithin(size_t place, double startSec, double endSec) const
{
    const EmbeddedVideo& video = m_videos->videos()[place];
    const std::span<const double> times = m_videos->timesSec(video);
    std::vector<float> scores = smoothed(video, m_scores);
    if (m_then) {
        const std::vector<float> second = smoothed(video, *m_then);
        std::transform(
            scores.begin(), scores.end(), second.begin(), scores.begin(), [](float a, float b) { return (a + b) / 2; });
    }
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
    return pictureScore(whole(place), count > 0 ? sum / count : double(scores[nearest]));
}

std::vector<float> frameScores(const EmbeddedVideos& videos, const EmbeddedVideo& video, const QueryVectors& vectors)
{
    std::vector<float> scores(video.frames);
    for (const Space space : {Space::Joint, Space::Features})
        if (!vectors.sum(space).empty())
            for (size_t i = 0; i < scores.size(); ++i)
                scores[i] += dot(vectors.sum(space), videos.frame(video, space, i));
    return smoothScores(videos.timesSec(video), scores);
}

} // namespace clipscope
