// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/train_clip_batches.h"

#include "nn/clip_model.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <array>

namespace clipscope {

namespace {

constexpr double kBeatShare = .4; ///< of the pictures in the first or last third of an event that has words for it
constexpr int kShift = 4; ///< pixels, each way
constexpr double kGain = .12;

} // namespace

TrainClipBatches::TrainClipBatches(const TrainingSet& set, const TrainingFrames& frames, const Tokenizer& tokenizer,
    const ClipConfig& config, const TrainClipDraw& how, uint64_t seed)
    : m_set(set)
    , m_frames(frames)
    , m_config(config)
    , m_how(how)
    , m_seed(seed)
    , m_places(size_t(frames.count()))
{
    const auto learn = [&](const std::string& text) {
        if (!text.empty() && !m_tokens.contains(text))
            m_tokens.emplace(text, tokenizer.encode(text, size_t(config.text.contextLength)));
    };
    for (size_t v = 0; v < set.videos.size(); ++v) {
        const TrainingVideo& video = set.videos[v];
        learn(video.paragraph);
        for (const TrainingEvent& event : video.events)
            for (const std::string* text : {&event.caption, &event.startBeat, &event.endBeat})
                learn(*text);
        for (int64_t frame = video.firstFrame; frame < video.endFrame; ++frame) {
            Place& place = m_places[size_t(frame)];
            place.video = int32_t(v);
            const double time = frames.timeSec(frame);
            for (size_t e = 0; e < video.events.size(); ++e) {
                const TrainingEvent& event = video.events[e];
                if (time >= event.startSec && time < event.endSec) {
                    place.event = int32_t(e);
                    place.phase = float((time - event.startSec) / (event.endSec - event.startSec));
                }
            }
            if (place.event >= 0)
                m_captioned.push_back(frame);
        }
    }
    if (m_how.clipShare < 1 && m_captioned.empty())
        throw Error(ErrorKind::Input, "no picture lies inside a caption's time", "captions.json");
}

const std::vector<int32_t>& TrainClipBatches::tokens(const std::string& text) const
{
    return m_tokens.at(text);
}

int64_t TrainClipBatches::frameInPiece(const TrainingVideo& video, int piece, Random& random) const
{
    const auto frames = double(video.endFrame - video.firstFrame);
    const auto at = int64_t((piece + random.uniform()) * frames / m_how.framesPerClip);
    return video.firstFrame + std::min(at, video.endFrame - video.firstFrame - 1);
}

TrainClipBatch TrainClipBatches::draw(int64_t step, double patchDropout) const
{
    Random random(deriveSeed(deriveSeed(m_seed, "batches"), uint64_t(step)));
    TrainClipBatch batch;
    std::vector<int64_t> frames;
    batch.clips = random.chance(m_how.clipShare) && m_set.videos.size() > 1;
    if (batch.clips) {
        const size_t clips = std::min(size_t(std::max(2, kPictures / m_how.framesPerClip)), m_set.videos.size());
        const std::vector<int64_t> order = random.permutation(int64_t(m_set.videos.size()));
        for (size_t c = 0; c < clips; ++c) {
            const TrainingVideo& video = m_set.videos[size_t(order[c])];
            for (int piece = 0; piece < m_how.framesPerClip; ++piece)
                frames.push_back(frameInPiece(video, piece, random));
            batch.texts.push_back(tokens(video.paragraph));
        }
    } else {
        for (int i = 0; i < kPictures; ++i) {
            const int64_t frame = random.choice(m_captioned);
            const Place& place = m_places[size_t(frame)];
            const TrainingEvent& event = m_set.videos[size_t(place.video)].events[size_t(place.event)];
            const std::string* beat = place.phase < 1.F / 3 ? &event.startBeat
                : place.phase > 2.F / 3                     ? &event.endBeat
                                                            : nullptr;
            const bool saysBeat = beat && !beat->empty() && random.chance(kBeatShare);
            frames.push_back(frame);
            batch.texts.push_back(tokens(saysBeat ? *beat : event.caption));
        }
    }
    const int64_t size = m_config.vision.imageSize;
    batch.pixels = at::empty({int64_t(frames.size()), 3, size, size}, at::kFloat);
    float* out = batch.pixels.data_ptr<float>();
    for (const int64_t frame : frames) {
        writeAugmented(frame, random, out);
        out += 3 * size * size;
    }
    if (patchDropout > 0) {
        std::vector<uint64_t> seeds(frames.size());
        const size_t together = m_how.tube && batch.clips ? size_t(m_how.framesPerClip) : 1;
        for (size_t i = 0; i < seeds.size(); ++i)
            seeds[i] = i % together == 0 ? random.next() : seeds[i - 1];
        batch.keptPatches = drawKeptPatches(seeds, m_config.vision.patches(), patchDropout);
    }
    if (!m_set.attributes.empty())
        batch.truth = truthOf(frames);
    return batch;
}

/// A shift of up to kShift pixels, the edge repeated, and a gain.
void TrainClipBatches::writeAugmented(int64_t frame, Random& random, float* out) const
{
    const int size = m_frames.size();
    const int dx = int(random.integer(-kShift, kShift + 1)), dy = int(random.integer(-kShift, kShift + 1));
    const auto gain = float(random.uniform(1 - kGain, 1 + kGain));
    const uint8_t* pixels = m_frames.pixels(frame);
    for (int channel = 0; channel < 3; ++channel) {
        const float mean = m_config.preprocessing.mean[size_t(channel)];
        const float std = m_config.preprocessing.std[size_t(channel)];
        std::array<float, 256> values{};
        for (int v = 0; v < 256; ++v)
            values[size_t(v)] = (std::min(float(v) * gain, 255.F) / 255 - mean) / std;
        for (int y = 0; y < size; ++y) {
            const uint8_t* row = pixels + 3 * size * std::clamp(y + dy, 0, size - 1) + channel;
            for (int x = 0; x < size; ++x)
                *out++ = values[row[3 * std::clamp(x + dx, 0, size - 1)]];
        }
    }
}

at::Tensor TrainClipBatches::plainPixels(const std::vector<int64_t>& frames) const
{
    const int64_t size = m_config.vision.imageSize;
    at::Tensor pixels = at::empty({int64_t(frames.size()), 3, size, size}, at::kFloat);
    float* out = pixels.data_ptr<float>();
    for (const int64_t frame : frames)
        for (size_t channel = 0; channel < 3; ++channel)
            for (int64_t i = 0; i < size * size; ++i)
                *out++ = (float(m_frames.pixels(frame)[3 * i + int64_t(channel)]) / 255
                             - m_config.preprocessing.mean[channel])
                    / m_config.preprocessing.std[channel];
    return pixels;
}

at::Tensor TrainClipBatches::truthOf(const std::vector<int64_t>& frames) const
{
    constexpr int64_t kNotSeen = -100; // what the cross entropy leaves out
    const auto attributes = int64_t(m_set.attributes.size());
    at::Tensor out = at::full({int64_t(frames.size()), attributes}, kNotSeen, at::kLong);
    int64_t* row = out.data_ptr<int64_t>();
    for (const int64_t frame : frames) {
        const Place& place = m_places[size_t(frame)];
        const TrainingVideo& video = m_set.videos[size_t(place.video)];
        const auto take = [&](const std::vector<int64_t>& truth) {
            for (size_t a = 0; a < truth.size(); ++a)
                if (truth[a] >= 0)
                    row[a] = truth[a];
        };
        take(video.truth);
        if (place.event >= 0)
            take(video.events[size_t(place.event)].truth);
        row += attributes;
    }
    return out;
}

} // namespace clipscope
