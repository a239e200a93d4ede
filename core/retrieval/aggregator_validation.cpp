// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/aggregator_validation.h"

#include "retrieval/evaluate.h"

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
    for (size_t i = 0; i < kFrames.size(); ++i) {
        const std::vector<int64_t> ranks =
            retrievalRanks(aggregatedScores(aggregator, m_videos[i], m_texts, context), m_truth);
        double sum = 0;
        for (const int64_t rank : ranks)
            sum += 1 / double(rank);
        out.meanReciprocalRank += sum / double(ranks.size() * kFrames.size());
        out.textToVideo[i] = metricsOfRanks(ranks);
    }
    return out;
}

} // namespace clipscope
