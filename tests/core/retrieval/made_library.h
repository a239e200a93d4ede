// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "embedding/encoder.h"
#include "library/embedding_store.h"
#include "support/test_data.h"

#include <atomic>
#include <initializer_list>
#include <utility>

namespace clipscope::test {

/// Understands the words "red green blue dog cat rain": each is an axis of an 8-dimensional space, a text the unit sum
/// of its words' axes, the last axis is everything else. A picture's first byte is its axis; its feature vector is the
/// same turned round. Counts its calls, and can be made to wait for the stop token.
class AxisEncoder : public Encoder {
public:
    static constexpr int kDim = 8;
    explicit AxisEncoder(bool withFeatures = false);

    const EncoderInfo& info() const override { return m_info; }
    FrameEmbeddings encodeFrames(std::span<const RgbImage> frames, const JobContext& context) override;
    Matrix encodeTexts(std::span<const std::string> texts, const JobContext& context) override;
    std::string languageNote(const std::string& text) const override;

    static RgbImage pictureOf(int axis);

    std::atomic<int> textCalls = 0;
    std::atomic<int> pictureCalls = 0;
    std::atomic<bool> waitForStop = false;

private:
    EncoderInfo m_info;
};

/// A unit vector with the given cosines to the axes; what is missing to length 1 lies on the last axis.
std::vector<float> cosines(std::initializer_list<std::pair<int, double>> parts);

/// A library in a folder of its own, whose shards are written by hand.
class MadeLibrary {
    TempDir m_dir; // before the library in it

public:
    explicit MadeLibrary(bool withFeatures = false);

    std::shared_ptr<VideoLibrary> library;
    EmbeddingKey key;

    /// A video without embeddings. Names begin below "/films".
    VideoId addVideo(const std::string& name, double durationSec, const std::string& split = {});
    /// Frames at spacingSec / 2, 3 spacingSec / 2, ...; duration = frames * spacingSec.
    VideoId add(const std::string& name, const std::vector<std::vector<float>>& frames, double spacingSec = 1,
        const std::string& split = {});
    /// Writes its shard.
    void embed(VideoId id, const std::vector<std::vector<float>>& frames, double spacingSec = 1);
    void caption(VideoId id, const std::string& text, std::optional<double> startSec = {},
        std::optional<double> endSec = {}, CaptionSource source = CaptionSource::Caption);
};

} // namespace clipscope::test
