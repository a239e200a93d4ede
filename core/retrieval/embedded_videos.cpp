// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/mean_pooling.h"
#include "base/error.h"
#include "retrieval/embedded_videos_internal.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <random>

namespace fs = std::filesystem;

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

/// What a block in memory points into.
struct OwnMemory {
    std::vector<double> timesSec;
    Matrix jointMeans;
    Matrix featureMeans;
};

/// Two processes may write blocks of one library at once.
fs::path newFile(const fs::path& folder)
{
    std::random_device random;
    char name[32];
    std::snprintf(name, sizeof name, "%08x%08x.block", unsigned(random()), unsigned(random()));
    return folder / name;
}

/// The blocks that earlier runs left in `folder`. All rows and codes of one of them are checked against their checksum,
/// another one each time: bit rot is found in the end, without reading a large library whole whenever it is opened.
std::vector<std::shared_ptr<const FrameBlock>> mappedBlocks(
    const fs::path& folder, int jointDim, int featureDim, const JobContext& context)
{
    std::vector<fs::path> files;
    std::error_code failed;
    for (fs::directory_iterator i(folder, failed), end; !failed && i != end; i.increment(failed))
        if (i->path().extension() == ".block")
            files.push_back(i->path());
    std::sort(files.begin(), files.end());
    const auto turn = std::chrono::system_clock::now().time_since_epoch() / std::chrono::seconds(1);
    std::vector<std::shared_ptr<const FrameBlock>> out;
    for (size_t f = 0; f < files.size(); ++f) {
        context.throwIfStopped();
        const bool checkAll = f == size_t(turn) % files.size();
        if (auto block = mapFrameBlock(files[f], jointDim, featureDim, checkAll)) {
            out.push_back(std::move(block));
            continue;
        }
        context.log(LogLevel::Info, files[f].string() + ": is no whole block of embeddings; it is made anew");
        fs::remove(files[f], failed);
    }
    return out;
}

} // namespace

/// Gathers videos and writes them as blocks.
class BlockWriter {
public:
    BlockWriter(EmbeddedVideos& into, const fs::path& cache, const JobContext& context)
        : m_into(into)
        , m_cache(cache)
        , m_context(context)
    {
    }

    bool hasWritten() const { return m_hasWritten; }

    void add(const VideoRecord& record, BlockVideo&& entry, VideoEmbedding&& embedding)
    {
        Pending p;
        p.video.record = record;
        p.video.frames = entry.frames = embedding.timesSec.size();
        p.video.durationSec = embedding.durationSec > 0 ? embedding.durationSec : record.info.durationSec;
        entry.durationSec = p.video.durationSec;
        p.entry = std::move(entry);
        p.joint = matrixOf(std::move(embedding.joint), p.video.frames);
        p.features = matrixOf(std::move(embedding.features), p.video.frames);
        p.timesSec = std::move(embedding.timesSec);
        add(std::move(p));
    }

    void add(const EmbeddedVideo& video, const FrameBlock& from)
    {
        Pending p;
        p.video = video;
        p.entry = from.videos[video.place];
        const auto times = from.timesSec.subspan(video.firstFrame, video.frames);
        p.timesSec.assign(times.begin(), times.end());
        p.joint = rowsOf(*from.joint, video);
        if (from.features)
            p.features = rowsOf(*from.features, video);
        add(std::move(p));
    }

    void finish()
    {
        if (m_pending.empty())
            return;
        auto block = std::make_shared<FrameBlock>();
        auto memory = std::make_shared<OwnMemory>();
        const auto room = [&](int dim) {
            auto index = std::make_unique<Int8Index>(dim);
            index->reserve(int64_t(m_pendingFrames));
            return index;
        };
        auto joint = room(m_into.m_jointDim);
        auto features = m_into.m_featureDim > 0 ? room(m_into.m_featureDim) : nullptr;
        memory->timesSec.reserve(m_pendingFrames);
        const MeanPooling mean;
        for (Pending& p : m_pending) {
            p.video.block = m_into.m_blocks.size();
            p.video.place = memory->jointMeans.rows;
            p.video.firstFrame = memory->timesSec.size();
            memory->timesSec.insert(memory->timesSec.end(), p.timesSec.begin(), p.timesSec.end());
            joint->add(p.joint);
            memory->jointMeans.append(mean.aggregate(p.joint));
            if (features) {
                features->add(p.features);
                memory->featureMeans.append(mean.aggregate(p.features));
            }
            block->videos.push_back(std::move(p.entry));
            m_into.m_videos.push_back(std::move(p.video));
        }
        block->joint = std::move(joint);
        block->features = std::move(features);
        block->timesSec = memory->timesSec;
        block->jointMeans = memory->jointMeans.values;
        block->featureMeans = memory->featureMeans.values;
        block->memory = std::move(memory);
        m_into.m_blocks.push_back(m_pendingFrames * 2 < kBlockFrames ? std::move(block) : asFile(std::move(block)));
        m_pending.clear();
        m_pendingFrames = 0;
    }

private:
    struct Pending {
        EmbeddedVideo video;
        BlockVideo entry;
        std::vector<double> timesSec;
        Matrix joint;
        Matrix features;
    };

    static Matrix rowsOf(const Int8Index& index, const EmbeddedVideo& video)
    {
        Matrix out(video.frames, size_t(index.dim()));
        const auto rows = index.coded().rows.subspan(video.firstFrame * out.columns, out.values.size());
        std::copy(rows.begin(), rows.end(), out.values.begin());
        return out;
    }

    void add(Pending&& p)
    {
        m_hasWritten = true;
        m_pendingFrames += p.video.frames;
        m_pending.push_back(std::move(p));
        if (m_pendingFrames >= kBlockFrames)
            finish();
    }

    /// The block as it is mapped from a new file, or itself where none can be written: on a full disk, in a library
    /// that may only be read.
    std::shared_ptr<const FrameBlock> asFile(std::shared_ptr<const FrameBlock> block)
    {
        if (m_cache.empty())
            return block;
        try {
            fs::create_directories(m_cache);
            const fs::path file = newFile(m_cache);
            writeFrameBlock(file, *block);
            if (auto mapped = mapFrameBlock(file, m_into.m_jointDim, m_into.m_featureDim, false))
                return mapped;
        } catch (const std::exception& e) {
            m_context.log(LogLevel::Info, std::string("the search stays in memory: ") + e.what());
            m_cache.clear();
        }
        return block;
    }

    EmbeddedVideos& m_into;
    fs::path m_cache;
    const JobContext& m_context;
    std::vector<Pending> m_pending;
    size_t m_pendingFrames = 0;
    bool m_hasWritten = false;
};

/// Where the embeddings of a video stand among mapped blocks.
class BlockContents {
public:
    explicit BlockContents(const std::vector<std::shared_ptr<const FrameBlock>>& blocks)
        : m_blocks(blocks)
    {
        for (size_t b = 0; b < blocks.size(); ++b) {
            size_t first = 0;
            for (size_t place = 0; place < blocks[b]->videos.size(); ++place) {
                const BlockVideo& video = blocks[b]->videos[place];
                m_places.emplace(video.identity, std::array<size_t, 3>{b, place, first});
                first += video.frames;
            }
        }
    }

    /// Nothing when no block has them, or when the shard is another one since.
    std::optional<EmbeddedVideo> find(const VideoRecord& record, const EmbeddingStore& store) const
    {
        if (m_places.empty())
            return {};
        const auto found = m_places.find(store.identity(record));
        if (found == m_places.end())
            return {};
        const auto [block, place, first] = found->second;
        const BlockVideo& there = m_blocks[block]->videos[place];
        if (store.stamp(record) != there.shard)
            return {};
        return EmbeddedVideo{record, there.durationSec, block, place, first, there.frames};
    }

private:
    const std::vector<std::shared_ptr<const FrameBlock>>& m_blocks;
    std::unordered_map<std::string, std::array<size_t, 3>> m_places;
};

EmbeddedVideos::EmbeddedVideos(int jointDim, int featureDim)
    : m_jointDim(jointDim)
    , m_featureDim(featureDim)
{
}

std::shared_ptr<const EmbeddedVideos> EmbeddedVideos::refreshed(const EmbeddedVideos& before,
    const VideoLibrary& library, const EmbeddingStore& store, const fs::path& cache, const JobContext& context)
{
    const std::vector<VideoRecord> records = library.videos();
    auto out = std::make_shared<EmbeddedVideos>(before.m_jointDim, before.m_featureDim);
    const bool isFirst = before.m_blocks.empty();
    const auto blocks =
        isFirst ? mappedBlocks(cache, before.m_jointDim, before.m_featureDim, context) : before.m_blocks;
    const std::vector<std::shared_ptr<const FrameBlock>> none;
    const BlockContents contents(isFirst ? blocks : none);
    std::vector<std::vector<EmbeddedVideo>> kept(blocks.size());
    std::vector<size_t> keptFrames(blocks.size());
    const auto keep = [&](EmbeddedVideo&& video) {
        keptFrames[video.block] += video.frames;
        kept[video.block].push_back(std::move(video));
    };
    BlockWriter writer(*out, cache, context);
    int64_t done = 0;
    for (const VideoRecord& record : records) {
        context.throwIfStopped();
        context.progress(done++, int64_t(records.size()), "loading " + record.path.filename().string());
        const EmbeddedVideo* known = before.find(record.id);
        if (known && isSame(known->record, record)) {
            EmbeddedVideo video = *known;
            video.record = record; // its path, label or split may be new
            keep(std::move(video));
            continue;
        }
        if (std::optional<EmbeddedVideo> mapped = contents.find(record, store)) {
            keep(std::move(*mapped));
            continue;
        }
        // Looked at before it is read: if another one takes its place in between, the block counts as older.
        const std::optional<ShardStamp> stamp = store.stamp(record);
        if (!stamp)
            continue;
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
        writer.add(record, BlockVideo{store.identity(record), *stamp, 0, 0}, std::move(*embedding));
    }

    // Small blocks go into the new one, so that a library embedded video by video does not end up with one block each;
    // so do the rest of a block that lost most of its videos, whose rows would be scanned for nothing.
    std::vector<size_t> small;
    for (size_t b = 0; b < kept.size(); ++b)
        if (keptFrames[b] * 2 < kBlockFrames)
            small.push_back(b);
    const bool wasteful = std::any_of(
        small.begin(), small.end(), [&](size_t b) { return keptFrames[b] * 2 < blocks[b]->timesSec.size(); });
    const bool rewrite = writer.hasWritten() || small.size() > 1 || wasteful;
    for (size_t b = 0; b < kept.size(); ++b) {
        if (rewrite && keptFrames[b] * 2 < kBlockFrames) {
            for (const EmbeddedVideo& video : kept[b])
                writer.add(video, *blocks[b]);
        } else if (!kept[b].empty()) {
            for (EmbeddedVideo& video : kept[b]) {
                video.block = out->m_blocks.size();
                out->m_videos.push_back(std::move(video));
            }
            out->m_blocks.push_back(blocks[b]);
        }
    }
    writer.finish();

    // What is in no block any more need not be kept; who has a file mapped keeps its memory.
    for (const auto& block : blocks)
        if (std::error_code failed;
            !block->file.empty() && std::find(out->m_blocks.begin(), out->m_blocks.end(), block) == out->m_blocks.end())
            fs::remove(block->file, failed);

    std::sort(out->m_videos.begin(), out->m_videos.end(),
        [](const EmbeddedVideo& a, const EmbeddedVideo& b) { return a.record.path < b.record.path; });
    out->countVideos();
    context.progress(int64_t(records.size()), int64_t(records.size()), "loaded");
    return out;
}

void EmbeddedVideos::countVideos()
{
    for (size_t i = 0; i < m_videos.size(); ++i) {
        m_places.emplace(m_videos[i].record.id, i);
        m_frames += int64_t(m_videos[i].frames);
    }
}

std::shared_ptr<const EmbeddedVideos> EmbeddedVideos::firstBlock() const
{
    auto out = std::make_shared<EmbeddedVideos>(m_jointDim, m_featureDim);
    out->m_blocks.push_back(m_blocks.front());
    std::copy_if(m_videos.begin(), m_videos.end(), std::back_inserter(out->m_videos),
        [](const EmbeddedVideo& video) { return video.block == 0; });
    out->countVideos();
    return out;
}

const EmbeddedVideo* EmbeddedVideos::find(VideoId id) const
{
    const auto found = m_places.find(id);
    return found == m_places.end() ? nullptr : &m_videos[found->second];
}

std::span<const double> EmbeddedVideos::timesSec(const EmbeddedVideo& video) const
{
    return m_blocks[video.block]->timesSec.subspan(video.firstFrame, video.frames);
}

std::span<const float> EmbeddedVideos::frame(const EmbeddedVideo& video, Space space, size_t i) const
{
    const FrameBlock& block = *m_blocks[video.block];
    return (space == Space::Joint ? block.joint : block.features)->row(int64_t(video.firstFrame + i));
}

std::span<const float> EmbeddedVideos::mean(const EmbeddedVideo& video, Space space) const
{
    const FrameBlock& block = *m_blocks[video.block];
    const size_t columns = size_t(dim(space));
    return (space == Space::Joint ? block.jointMeans : block.featureMeans).subspan(video.place * columns, columns);
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
