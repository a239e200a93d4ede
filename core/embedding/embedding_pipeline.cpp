// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/embedding_pipeline.h"

#include "base/machine.h"
#include "base/text.h"
#include "embedding/frame_window_internal.h"
#include "embedding/sampled_video_internal.h"
#include "library/library_lock.h"
#include "nn/model_threads.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <new>
#include <thread>
#include <unordered_map>
#include <utility>

namespace clipscope {

namespace {

constexpr size_t kWindowBytes = 64 << 20; ///< of decoded frames, whatever the number of decoders

/// One shard to be made: the videos of the library with this content (the same film twice is embedded once).
struct Item {
    std::vector<VideoRecord> sources;
    int64_t frames() const { return std::max(1, sources.front().sampledFrames); }
};

EmbeddingKey keyOf(const EncoderInfo& encoder, const EmbedOptions& options)
{
    EmbeddingKey key;
    key.model = encoder.name;
    key.modelHash = encoder.modelHash;
    key.sampler = "video";
    key.patchDropout = options.patchDropout;
    key.seed = options.patchDropout > 0 ? options.seed : 0; // nothing else is drawn
    key.jointDim = encoder.jointDim;
    key.featureDim = encoder.featureDim;
    return key;
}

std::string nameOf(const VideoRecord& video)
{
    return validUtf8(video.path.filename().string());
}

/// An item between its first frame and its shard.
struct InFlight {
    VideoEmbedding embedding;
    size_t waiting = 0; ///< its frames in the unfinished batch
    std::optional<ItemEnd> end;
};

class EmbeddingRun {
public:
    EmbeddingRun(VideoLibrary& library, Encoder& encoder, const EmbedOptions& options, const JobContext& context)
        : m_library(library)
        , m_encoder(encoder)
        , m_info(encoder.info())
        , m_threads(options.threads)
        , m_decoders(options.decodeThreads > 0 ? options.decodeThreads : std::max(1, machine().cores / 2))
        , m_store(library.folder(), keyOf(m_info, options))
        , m_context(context)
    {
        m_report.key = m_store.key();
        m_context.stop = m_stop.get_token();
    }

    ~EmbeddingRun()
    {
        if (m_encoderLimit != 0)
            setModelThreads(0); // the limit was this run's
    }

    EmbedReport run(const std::stop_token& user)
    {
        const std::stop_callback forward(user, [this] { m_stop.request_stop(); });
        const LibraryLock turn(m_library.folder(), m_context);
        findItems();
        // A library's first embeddings can be searched while the rest comes; a second model takes over when it is done.
        m_keyAtOnce = m_library.embeddingKeys().empty();
        if (m_report.skipped > 0 && m_keyAtOnce)
            storeKey();
        if (!m_items.empty())
            embedItems();
        if (!m_keyStored && m_report.ok + m_report.skipped > 0)
            storeKey();
        if (m_report.ok > 0)
            m_library.keepBackup(m_context);
        std::sort(m_report.failed.begin(), m_report.failed.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
        return std::move(m_report);
    }

private:
    /// Everything without a sound shard. A shard is read for that, not only looked at: one that fails its checksum is
    /// made again.
    void findItems()
    {
        std::unordered_map<std::string, size_t> itemOfShard;
        for (VideoRecord& video : m_library.videos()) {
            m_context.throwIfStopped();
            const std::string shard = m_store.path(video).string();
            if (const auto twin = itemOfShard.find(shard); twin != itemOfShard.end()) {
                m_items[twin->second].sources.push_back(std::move(video));
            } else if (m_store.read(video)) {
                ++m_report.skipped;
            } else {
                itemOfShard.emplace(shard, m_items.size());
                m_items.push_back({{std::move(video)}});
            }
        }
        for (const Item& item : m_items)
            m_totalFrames += item.frames();
    }

    void embedItems()
    {
        const size_t frameBytes = 3 * size_t(std::max(1, m_info.fit.width)) * size_t(std::max(1, m_info.fit.height));
        const size_t batch = size_t(std::max(1, m_info.batchSize));
        FrameWindow window(m_items.size(), std::clamp(kWindowBytes / frameBytes, batch, 8 * batch), batch);
        std::vector<std::jthread> decoders;
        // However this ends, the decoders must hear of it before they are waited for.
        const struct StopAtEnd {
            std::stop_source& source;
            ~StopAtEnd() { source.request_stop(); }
        } stopAtEnd{m_stop};
        for (int i = 0; i < std::min<int64_t>(m_decoders, std::ssize(m_items)); ++i)
            decoders.emplace_back([this, &window, i] { decode(window, i); });

        m_context.progress(0, m_totalFrames, "embedding " + nameOf(m_items.front().sources.front()));
        while (const std::optional<WindowEvent> event = window.pop(m_context.stop)) {
            InFlight& item = m_inFlight[event->item];
            if (event->frame) {
                m_batch.push_back(std::move(event->frame->image));
                m_batchItems.push_back(event->item);
                item.embedding.timesSec.push_back(event->frame->timeSec);
                ++item.waiting;
                if (m_batch.size() == batch)
                    embedBatch();
            } else {
                item.end = event->end;
                if (item.waiting == 0)
                    finish(event->item);
            }
        }
        embedBatch();
    }

    /// A decoder's life: one item after the other. Whatever is wrong with a file ends in the item's end.
    void decode(FrameWindow& window, int number)
    {
        JobContext quiet;
        quiet.stop = m_context.stop;
        quiet.onLog = m_context.onLog;
        try {
            // The first decoder stays whatever the limit: somebody has to take the rest.
            while (number == 0 || number < decodersAllowed()) {
                const size_t item = m_next++;
                if (item >= m_items.size())
                    break;
                window.finish(item, decodeItem(item, window, quiet));
            }
        } catch (const Cancelled&) {
            // The encoder's side knows already.
        }
    }

    int decodersAllowed() const
    {
        return m_threads.get() == 0 ? m_decoders : std::min(m_decoders, std::max(1, m_threads.get() / 2));
    }

    /// The encoder gets what the decoders leave. LibTorch keeps the number for the calling thread, which is this run's.
    void limitEncoder()
    {
        const int limit = m_threads.get();
        if (limit == m_encoderLimit)
            return;
        m_encoderLimit = limit;
        setModelThreads(limit == 0 ? 0 : std::max(1, limit - decodersAllowed()));
    }

    ItemEnd decodeItem(size_t item, FrameWindow& window, const JobContext& context) const
    {
        ItemEnd end;
        size_t pushed = 0;
        const std::vector<VideoRecord>& sources = m_items[item].sources;
        for (end.source = 0; end.source < sources.size(); ++end.source) {
            try {
                const SampledVideo got =
                    readSampledVideo(sources[end.source], m_info.fit, context, [&](VideoFrame&& frame) {
                        window.push(item, std::move(frame), context.stop);
                        ++pushed;
                    });
                end.durationSec = got.durationSec;
                end.askedFrames = got.askedFrames;
                end.sampleError = got.sampleError;
                return end;
            } catch (const Error& e) {
                end.failures.push_back(e.reason());
            } catch (const std::bad_alloc&) {
                end.failures.emplace_back("needs more memory than there is");
            } catch (const Cancelled&) {
                throw;
            } catch (const std::exception& e) {
                end.failures.push_back(std::string("cannot be read (") + e.what() + ")");
            }
            if (pushed > 0)
                break; // its frames are on their way: an equal file cannot begin anew in the same place
        }
        end.failed = true;
        return end;
    }

    void embedBatch()
    {
        if (m_batch.empty())
            return;
        limitEncoder();
        const FrameEmbeddings rows = m_encoder.encodeFrames(m_batch, m_context);
        const auto add = [](VideoEmbedding::Block& block, const Matrix& from, size_t row) {
            if (from.columns > 0)
                block.values.insert(block.values.end(), from.row(row).begin(), from.row(row).end());
        };
        m_batch.clear();
        const std::vector<size_t> owners = std::exchange(m_batchItems, {});
        for (size_t i = 0; i < owners.size(); ++i) {
            InFlight& item = m_inFlight[owners[i]];
            add(item.embedding.joint, rows.joint, i);
            add(item.embedding.features, rows.features, i);
            --item.waiting;
        }
        const size_t last = owners.back();
        m_context.progress(doneFrames(), m_totalFrames, "embedding " + nameOf(m_items[last].sources.front()));
        for (size_t i = 0; i < owners.size(); ++i)
            if ((i + 1 == owners.size() || owners[i + 1] != owners[i]) && m_inFlight[owners[i]].end)
                finish(owners[i]);
    }

    /// Writes the shard of an item whose frames are all embedded, or says why there is none.
    void finish(size_t number)
    {
        const Item& item = m_items[number];
        InFlight done = std::move(m_inFlight.extract(number).mapped());
        for (size_t i = 0; i < done.end->failures.size(); ++i)
            m_report.failed.push_back({item.sources[i].path, done.end->failures[i]});
        size_t next = done.end->failures.size();
        if (!done.end->failed) {
            const VideoRecord& video = item.sources[next++];
            VideoEmbedding& embedding = done.embedding;
            embedding.durationSec = done.end->durationSec;
            embedding.askedFrames = done.end->askedFrames;
            embedding.joint.dim = m_info.jointDim;
            embedding.features.dim = m_info.featureDim;
            m_context.onceThereIsSpace([&] { m_store.write(video, embedding); });
            ++m_report.ok;
            m_report.sampleError.add(done.end->sampleError);
            m_report.frames += std::ssize(embedding.timesSec);
            if (m_keyAtOnce && !m_keyStored)
                storeKey();
            m_context.partial(video.id);
        }
        for (; next < item.sources.size(); ++next) {
            if (done.end->failed) {
                m_report.failed.push_back({item.sources[next].path, done.end->failures.back()});
            } else {
                ++m_report.skipped;
                m_context.partial(item.sources[next].id);
            }
        }
        m_finishedFrames += item.frames();
        m_context.progress(doneFrames(), m_totalFrames, nameOf(item.sources.front()));
    }

    /// Whole items count as many frames as were foreseen, so that the bar ends at its end.
    int64_t doneFrames() const
    {
        int64_t done = m_finishedFrames;
        for (const auto& [number, item] : m_inFlight)
            done += std::min(m_items[number].frames(), std::ssize(item.embedding.timesSec) - int64_t(item.waiting));
        return done;
    }

    void storeKey()
    {
        m_context.onceThereIsSpace([this] { m_library.storeKey(m_report.key); });
        m_keyStored = true;
    }

    VideoLibrary& m_library;
    Encoder& m_encoder;
    const EncoderInfo m_info;
    const ThreadLimit m_threads;
    const int m_decoders;
    int m_encoderLimit = 0; ///< the limit the encoder was told, 0 none
    EmbeddingStore m_store;
    std::stop_source m_stop;
    JobContext m_context; ///< the caller's, stopped by an error too
    EmbedReport m_report;
    bool m_keyAtOnce = false;
    bool m_keyStored = false;

    std::vector<Item> m_items;
    int64_t m_totalFrames = 0;
    int64_t m_finishedFrames = 0;
    std::atomic<size_t> m_next = 0; ///< the item the next free decoder takes
    std::vector<RgbImage> m_batch;
    std::vector<size_t> m_batchItems; ///< whose frame each of the batch is; ascending
    std::map<size_t, InFlight> m_inFlight;
};

} // namespace

EmbedReport embedLibrary(VideoLibrary& library, Encoder& encoder, const EmbedOptions& options, JobContext& context)
{
    return EmbeddingRun(library, encoder, options, context).run(context.stop);
}

} // namespace clipscope
