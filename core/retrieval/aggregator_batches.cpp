// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/aggregator_batches.h"

#include "aggregation/clip_means.h"
#include "base/error.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace clipscope {

namespace {

/// Numbers the texts it is asked for, equal ones alike.
class TextNumbers {
public:
    size_t of(const std::string& text)
    {
        const auto [at, isNew] = m_numbers.emplace(text, m_texts.size());
        if (isNew)
            m_texts.push_back(text);
        return at->second;
    }
    const std::vector<std::string>& texts() const { return m_texts; }

private:
    std::map<std::string, size_t> m_numbers;
    std::vector<std::string> m_texts;
};

/// The captions [first, end) joined.
std::string joined(const std::vector<Caption>& captions, size_t first, size_t end)
{
    std::string out;
    for (size_t i = first; i < end; ++i)
        out += (i > first ? " " : "") + captions[i].text;
    return out;
}

} // namespace

AggregatorBatches::AggregatorBatches(
    std::vector<CaptionedVideo> videos, Encoder& encoder, int framesPerClip, uint64_t seed, const JobContext& context)
    : m_framesPerClip(framesPerClip)
    , m_seed(seed)
{
    TextNumbers texts;
    for (CaptionedVideo& video : videos) {
        Item item;
        for (const std::string& query : video.queries())
            item.whole.push_back({texts.of(query), 0, video.frames.rows});
        for (size_t first = 0; first < video.timed.size(); ++first)
            for (size_t end = first + 1; end <= video.timed.size(); ++end) {
                const auto at = [&](double sec) {
                    return size_t(std::ranges::lower_bound(video.timesSec, sec) - video.timesSec.begin());
                };
                const Run run{0, at(*video.timed[first].startSec), at(*video.timed[end - 1].endSec)};
                if (end - first < video.timed.size() && run.firstFrame < run.endFrame)
                    item.parts.push_back({texts.of(joined(video.timed, first, end)), run.firstFrame, run.endFrame});
            }
        item.frames = std::move(video.frames);
        if (!item.whole.empty())
            m_items.push_back(std::move(item));
    }
    if (m_items.size() < 2)
        throw Error(ErrorKind::Input, "two captioned videos at least are needed to tell one from the other",
            "train aggregator", "Import more videos with --captions FILE, and embed them.");
    m_batches = std::max<int64_t>(1, int64_t(m_items.size() / kVideos));
    m_texts = encodeCaptions(encoder, texts.texts(), context);
}

AggregatorBatch AggregatorBatches::draw(int64_t step) const
{
    Random order(deriveSeed(deriveSeed(m_seed, "epochs"), uint64_t(step / m_batches)));
    const std::vector<int64_t> videos = order.permutation(int64_t(m_items.size()));
    Random random(deriveSeed(deriveSeed(m_seed, "batches"), uint64_t(step)));
    // The logarithm is uniform: 1, 2, 4, 8, 16 and 32 are about equally far from each other.
    const int clips =
        std::clamp(int(std::exp(random.uniform(0, std::log(double(kMostFrames) + .999)))), 1, kMostFrames);
    const int64_t n = int64_t(videos.size()), at = step % m_batches;
    std::vector<Shown> shown;
    for (int64_t i = n * at / m_batches; i < n * (at + 1) / m_batches; ++i) {
        const Item& item = m_items[size_t(videos[size_t(i)])];
        const bool part = !item.parts.empty() && random.chance(.5);
        Shown one{&item, random.choice(part ? item.parts : item.whole), {}};
        const size_t stored = one.run.endFrame - one.run.firstFrame;
        const size_t wanted = std::min(stored, size_t(clips) * size_t(m_framesPerClip));
        for (size_t k = 0; k < wanted; ++k) {
            const size_t from = k * stored / wanted, to = (k + 1) * stored / wanted;
            one.frames.push_back(one.run.firstFrame + from + random.below(to - from));
        }
        shown.push_back(std::move(one));
    }
    return batchOf(shown);
}

AggregatorBatch AggregatorBatches::plain(int frames) const
{
    std::vector<Shown> shown;
    for (size_t i = 0; i < std::min(m_items.size(), kVideos); ++i) {
        const Item& item = m_items[i * m_items.size() / std::min(m_items.size(), kVideos)];
        shown.push_back({&item, item.whole.front(), middleFrames(item.frames.rows, frames * m_framesPerClip)});
    }
    return batchOf(shown);
}

AggregatorBatch AggregatorBatches::batchOf(const std::vector<Shown>& shown) const
{
    std::vector<Matrix> clips;
    int64_t longest = 0;
    AggregatorBatch out;
    for (const Shown& one : shown) {
        Matrix frames;
        for (const size_t frame : one.frames)
            frames.append(one.item->frames.row(frame));
        clips.push_back(clipMeans(frames, clipBounds(frames.rows, size_t(m_framesPerClip), frames.rows)));
        out.lengths.push_back(int64_t(clips.back().rows));
        longest = std::max(longest, out.lengths.back());
    }
    const auto count = int64_t(shown.size()), width = int64_t(m_texts.columns);
    out.frames = at::zeros({count, longest, width}, at::kFloat);
    out.texts = at::empty({count, width}, at::kFloat);
    for (int64_t i = 0; i < count; ++i) {
        std::ranges::copy(clips[size_t(i)].values, out.frames.data_ptr<float>() + i * longest * width);
        std::ranges::copy(m_texts.row(shown[size_t(i)].run.text), out.texts.data_ptr<float>() + i * width);
    }
    return out;
}

} // namespace clipscope
