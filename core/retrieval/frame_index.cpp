// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/frame_index_internal.h"

#include <algorithm>
#include <set>

namespace clipscope {

namespace {

/// A graph takes milliseconds a frame; a stop must not wait for more.
constexpr size_t kPiece = 256;
/// What inverted lists and codes learn from.
constexpr size_t kTraining = 100'000;

} // namespace

FrameIndex::FrameIndex(const std::string& factory, const EmbeddedVideos& videos, const JobContext& context)
    : m_index(makeIndex(factory, videos.dim(Space::Joint)))
{
    const size_t dim = size_t(videos.dim(Space::Joint));
    const size_t total = size_t(videos.frames());
    const size_t training = factory.find("HNSW") == std::string::npos ? std::min(kTraining, total) : 0;
    // Every n-th frame is in the first piece, the others follow.
    const size_t step = training > 0 ? (total + training - 1) / training : total + 1;
    std::vector<double> sum(dim);
    Matrix piece;
    const auto flush = [&] {
        context.throwIfStopped();
        context.progress(int64_t(m_videoOf.size()), int64_t(total), "building " + m_index->name());
        m_index->add(piece);
        piece = {};
    };
    for (const bool isFirst : {true, false}) {
        size_t place = 0;
        for (size_t v = 0; v < videos.videos().size(); ++v) {
            const EmbeddedVideo& video = videos.videos()[v];
            for (size_t i = 0; i < video.frames; ++i, ++place) {
                if ((place % step == 0 && training > 0) != isFirst)
                    continue;
                const std::span<const float> frame = videos.frame(video, Space::Joint, i);
                for (size_t j = 0; j < dim; ++j)
                    sum[j] += double(frame[j]);
                piece.append(frame);
                m_videoOf.push_back(v);
                if (!isFirst && piece.rows == kPiece)
                    flush();
            }
        }
        if (piece.rows > 0)
            flush();
    }
    for (const double s : sum)
        m_mean.push_back(float(s / double(std::max<size_t>(total, 1))));
}

std::vector<size_t> FrameIndex::videosNear(std::span<const float> query, int64_t frames) const
{
    std::set<size_t> found;
    for (const Neighbour& n : m_index->search(query, frames))
        found.insert(m_videoOf[size_t(n.row)]);
    return {found.begin(), found.end()};
}

double FrameIndex::average(std::span<const float> query) const
{
    return double(dot(query, m_mean));
}

} // namespace clipscope
