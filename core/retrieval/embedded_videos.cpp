// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/mean_pooling.h"
#include "base/error.h"
#include "retrieval/embedded_videos_internal.h"

#include <algorithm>

namespace clipscope {

namespace {

/// Large enough that a library has few of them, small enough that one is scanned in a few milliseconds.
constexpr size_t kBlockFrames = 16384;

Matrix matrixOf(VideoEmbedding::Block&& block, size_t rows)
{
    Matrix out;
    out.rows = rows;
    out.columns = size_t(block.dim);
    out.values = std::move(block.values);
    return out;
}

bool isSame(const VideoRecord& a, const VideoRecord& b)
{
    return a.hash == b.hash && a.sampler == b.sampler;
}

} // namespace

/// Gathers videos and writes them as blocks.
class BlockWriter {
public:
    explicit BlockWriter(EmbeddedVideos& into)
        : m_into(into)
    {
    }

    bool hasWritten() const { return m_hasWritten; }

    void add(const VideoRecord& record, VideoEmbedding&& embedding)
    {
        Pending p;
        p.video.record = record;
        p.video.frames = embedding.timesSec.size();
        p.video.durationSec = embedding.durationSec > 0 ? embedding.durationSec : record.info.durationSec;
        p.joint = matrixOf(std::move(embedding.joint), p.video.frames);
        p.features = matrixOf(std::move(embedding.features), p.video.frames);
        p.timesSec = std::move(embedding.timesSec);
        add(std::move(p));
    }

    void add(const EmbeddedVideo& video, const EmbeddedVideos& from)
    {
        Pending p;
        p.video = video;
        const std::span<const double> times = from.timesSec(video);
        p.timesSec.assign(times.begin(), times.end());
        p.joint = from.frameMatrix(video, Space::Joint);
        p.features = from.frameMatrix(video, Space::Features);
        add(std::move(p));
    }

    void finish()
    {
        if (m_pending.empty())
            return;
        auto block = std::make_shared<FrameBlock>();
        const auto room = [&](int dim) {
            auto index = std::make_unique<ExactIndex>(dim);
            index->reserve(int64_t(m_pendingFrames));
            return index;
        };
        block->joint = room(m_into.m_jointDim);
        if (m_into.m_featureDim > 0)
            block->features = room(m_into.m_featureDim);
        block->timesSec.reserve(m_pendingFrames);
        const MeanPooling mean;
        for (Pending& p : m_pending) {
            p.video.block = m_into.m_blocks.size();
            p.video.place = block->jointMeans.rows;
            p.video.firstFrame = block->timesSec.size();
            block->timesSec.insert(block->timesSec.end(), p.timesSec.begin(), p.timesSec.end());
            block->joint->add(p.joint);
            block->jointMeans.append(mean.aggregate(p.joint));
            if (block->features) {
                block->features->add(p.features);
                block->featureMeans.append(mean.aggregate(p.features));
            }
            m_into.m_videos.push_back(std::move(p.video));
        }
        m_into.m_blocks.push_back(std::move(block));
        m_pending.clear();
        m_pendingFrames = 0;
    }

private:
    struct Pending {
        EmbeddedVideo video;
        std::vector<double> timesSec;
        Matrix joint;
        Matrix features;
    };

    void add(Pending&& p)
    {
        m_hasWritten = true;
        m_pendingFrames += p.video.frames;
        m_pending.push_back(std::move(p));
        if (m_pendingFrames >= kBlockFrames)
            finish();
    }

    EmbeddedVideos& m_into;
    std::vector<Pending> m_pending;
    size_t m_pendingFrames = 0;
    bool m_hasWritten = false;
};

EmbeddedVideos::EmbeddedVideos(int jointDim, int featureDim)
    : m_jointDim(jointDim)
    , m_featureDim(featureDim)
{
}

std::shared_ptr<const EmbeddedVideos> EmbeddedVideos::refreshed(
    const EmbeddedVideos& before, const VideoLibrary& library, const EmbeddingStore& store, const JobContext& context)
{
    const std::vector<VideoRecord> records = library.videos();
    auto out = std::make_shared<EmbeddedVideos>(before.m_jointDim, before.m_featureDim);
    std::vector<std::vector<EmbeddedVideo>> kept(before.m_blocks.size());
    std::vector<size_t> keptFrames(before.m_blocks.size());
    BlockWriter writer(*out);
    int64_t done = 0;
    for (const VideoRecord& record : records) {
        context.throwIfStopped();
        context.progress(done++, int64_t(records.size()), "loading " + record.path.filename().string());
        const EmbeddedVideo* known = before.find(record.id);
        if (known && isSame(known->record, record)) {
            EmbeddedVideo video = *known;
            video.record = record; // its path, label or split may be new
            keptFrames[video.block] += video.frames;
            kept[video.block].push_back(std::move(video));
            continue;
        }
        std::optional<VideoEmbedding> embedding;
        try {
            embedding = store.read(record);
        } catch (const Error& e) {
            // One shard that cannot be read must not take the others from the search.
            context.log(LogLevel::Warning, record.path.string() + ": its embeddings cannot be read: " + e.what());
        }
        if (!embedding || embedding->timesSec.empty())
            continue;
        if (embedding->joint.dim != out->m_jointDim || embedding->features.dim != out->m_featureDim) {
            context.log(LogLevel::Warning,
                record.path.string() + ": its embeddings have other dimensions than the model's; run embed once more");
            continue;
        }
        writer.add(record, std::move(*embedding));
    }

    // Small blocks go into the new one, so that a library embedded video by video does not end up with one block each;
    // so do the rest of a block that lost most of its videos, whose rows would be scanned for nothing.
    std::vector<size_t> small;
    for (size_t b = 0; b < kept.size(); ++b)
        if (keptFrames[b] * 2 < kBlockFrames)
            small.push_back(b);
    const bool wasteful = std::any_of(
        small.begin(), small.end(), [&](size_t b) { return keptFrames[b] * 2 < before.m_blocks[b]->timesSec.size(); });
    const bool rewrite = writer.hasWritten() || small.size() > 1 || wasteful;
    for (size_t b = 0; b < kept.size(); ++b) {
        if (rewrite && keptFrames[b] * 2 < kBlockFrames) {
            for (const EmbeddedVideo& video : kept[b])
                writer.add(video, before);
        } else if (!kept[b].empty()) {
            for (EmbeddedVideo& video : kept[b]) {
                video.block = out->m_blocks.size();
                out->m_videos.push_back(std::move(video));
            }
            out->m_blocks.push_back(before.m_blocks[b]);
        }
    }
    writer.finish();

    std::sort(out->m_videos.begin(), out->m_videos.end(),
        [](const EmbeddedVideo& a, const EmbeddedVideo& b) { return a.record.path < b.record.path; });
    for (size_t i = 0; i < out->m_videos.size(); ++i) {
        out->m_places.emplace(out->m_videos[i].record.id, i);
        out->m_frames += int64_t(out->m_videos[i].frames);
    }
    context.progress(int64_t(records.size()), int64_t(records.size()), "loaded");
    return out;
}

const EmbeddedVideo* EmbeddedVideos::find(VideoId id) const
{
    const auto found = m_places.find(id);
    return found == m_places.end() ? nullptr : &m_videos[found->second];
}

std::span<const double> EmbeddedVideos::timesSec(const EmbeddedVideo& video) const
{
    return std::span(m_blocks[video.block]->timesSec).subspan(video.firstFrame, video.frames);
}

std::span<const float> EmbeddedVideos::frame(const EmbeddedVideo& video, Space space, size_t i) const
{
    const FrameBlock& block = *m_blocks[video.block];
    return (space == Space::Joint ? block.joint : block.features)->row(int64_t(video.firstFrame + i));
}

std::span<const float> EmbeddedVideos::mean(const EmbeddedVideo& video, Space space) const
{
    const FrameBlock& block = *m_blocks[video.block];
    return (space == Space::Joint ? block.jointMeans : block.featureMeans).row(video.place);
}

Matrix EmbeddedVideos::frameMatrix(const EmbeddedVideo& video, Space space) const
{
    Matrix out;
    if (dim(space) == 0)
        return out;
    out = Matrix(video.frames, size_t(dim(space)));
    for (size_t i = 0; i < video.frames; ++i) {
        const std::span<const float> row = frame(video, space, i);
        std::copy(row.begin(), row.end(), out.row(i).begin());
    }
    return out;
}

} // namespace clipscope
