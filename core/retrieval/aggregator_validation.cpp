// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/aggregator_validation.h"

#include "base/mean_and_sd.h"
#include "retrieval/evaluate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace clipscope {

namespace {

constexpr int kMostVideos = 1000;

Matrix chosen(const Matrix& frames, int count)
{
    Matrix out;
    for (const size_t frame : middleFrames(frames.rows, count))
        out.append(frames.row(frame));
    return out;
}

} // namespace

AggregatorValidation::AggregatorValidation(
    std::vector<CaptionedVideo> videos, Encoder& encoder, int framesPerClip, const JobContext& context)
{
    std::vector<std::string> texts;
    for (const size_t place : middleFrames(videos.size(), kMostVideos)) {
        const CaptionedVideo& video = videos[place];
        for (std::string& query : video.queries()) {
            texts.push_back(std::move(query));
            m_truth.push_back({int64_t(m_videos.front().size())});
        }
        for (size_t i = 0; i < kFrames.size(); ++i)
            m_videos[i].push_back(chosen(video.frames, kFrames[i] * framesPerClip));
    }
    m_texts = encodeCaptions(encoder, texts, context);
}

AggregatorValidation::Result AggregatorValidation::measure(
    const Aggregator& aggregator, const JobContext& context) const
{
    Result out;
    out.reciprocalRanks.resize(m_truth.size());
    for (size_t i = 0; i < kFrames.size(); ++i) {
        const std::vector<int64_t> ranks =
            retrievalRanks(aggregatedScores(aggregator, m_videos[i], m_texts, context), m_truth);
        for (size_t q = 0; q < ranks.size(); ++q)
            out.reciprocalRanks[q] += 1 / (double(ranks[q]) * double(kFrames.size()));
        out.textToVideo[i] = metricsOfRanks(ranks);
    }
    out.meanReciprocalRank = std::accumulate(out.reciprocalRanks.begin(), out.reciprocalRanks.end(), 0.)
        / double(std::max<size_t>(1, out.reciprocalRanks.size()));
    return out;
}

bool AggregatorValidation::isClearlyBetter(const Result& a, const Result& b)
{
    std::vector<double> gains;
    for (size_t q = 0; q < a.reciprocalRanks.size(); ++q)
        gains.push_back(a.reciprocalRanks[q] - b.reciprocalRanks[q]);
    if (gains.size() < 2)
        return false;
    const MeanAndSd gain = meanAndSd(gains);
    return gain.mean > *gain.sd / std::sqrt(double(gains.size()));
}

} // namespace clipscope
