// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/video_vectors_internal.h"

#include "aggregation/mean_pooling.h"

#include <algorithm>

namespace clipscope {

namespace {

constexpr size_t kVideosAtOnce = 256;

} // namespace

VideoAggregation VideoVectors::of(const std::string& spec, const EmbeddingOrigin& origin,
    const std::shared_ptr<const EmbeddedVideos>& videos, const JobContext& context)
{
    const std::lock_guard lock(m_mutex);
    if (!m_aggregator || m_spec != spec || !m_aggregator->isCurrent()) {
        m_aggregator = makeAggregator(spec, origin);
        m_spec = spec;
        m_videos.reset();
        m_vectors.reset();
    }
    if (m_aggregator->dependsOnQuery() || dynamic_cast<const MeanPooling*>(m_aggregator.get()))
        return {m_aggregator, nullptr};
    if (m_videos != videos)
        follow(videos);
    std::vector<size_t> missing;
    for (size_t v = 0; v < m_isDone.size(); ++v)
        if (!m_isDone[v])
            missing.push_back(v);
    for (size_t first = 0; first < missing.size(); first += kVideosAtOnce) {
        context.throwIfStopped();
        context.progress(int64_t(first), int64_t(missing.size()), "aggregating videos");
        const size_t count = std::min(kVideosAtOnce, missing.size() - first);
        std::vector<Matrix> frames;
        for (size_t i = 0; i < count; ++i)
            frames.push_back(videos->frameMatrix(videos->videos()[missing[first + i]], Space::Joint));
        const Matrix rows = m_aggregator->aggregateAll(frames, context);
        for (size_t i = 0; i < count; ++i) {
            std::ranges::copy(rows.row(i), m_vectors->row(missing[first + i]).begin());
            m_isDone[missing[first + i]] = true;
        }
    }
    return {m_aggregator, m_vectors};
}

/// Takes over what is known of videos that are the same.
void VideoVectors::follow(const std::shared_ptr<const EmbeddedVideos>& videos)
{
    const std::vector<EmbeddedVideo>& all = videos->videos();
    auto vectors = std::make_shared<Matrix>(all.size(), m_aggregator->vectorWidth(size_t(videos->dim(Space::Joint))));
    std::vector<bool> isDone(all.size());
    for (size_t v = 0; m_videos && v < all.size(); ++v) {
        const EmbeddedVideo* known = m_videos->find(all[v].record.id);
        if (!known || known->record.hash != all[v].record.hash || known->record.sampler != all[v].record.sampler)
            continue;
        const auto before = size_t(known - m_videos->videos().data());
        if (m_isDone[before]) {
            std::ranges::copy(m_vectors->row(before), vectors->row(v).begin());
            isDone[v] = true;
        }
    }
    m_videos = videos;
    m_vectors = std::move(vectors);
    m_isDone = std::move(isDone);
}

} // namespace clipscope
