// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/random.h"
#include "models/tokenizer.h"
#include "nn/clip_config.h"
#include "retrieval/training_set.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace clipscope {

/// What one training step sees.
struct TrainClipBatch {
    bool clips = false; ///< true: groups of `frames` pictures, one text a group
    at::Tensor pixels; ///< float [pictures, 3, size, size]
    at::Tensor keptPatches; ///< int64 [pictures, K], undefined without patch dropout
    std::vector<std::vector<int32_t>> texts;
    at::Tensor truth; ///< int64 [pictures, attributes], -100 = not to be seen; undefined without attributes
};

/// How batches are drawn.
struct TrainClipDraw {
    int framesPerClip = 4;
    double clipShare = 1; ///< of the batches; the others are single pictures with what is said of their moment
    bool tube = false; ///< patch dropout keeps the same patches in all frames of a clip
};

/// Draws the batches of a training: batch n depends on the seed and n alone, so a resumed training sees what it would
/// have seen.
class TrainClipBatches {
public:
    TrainClipBatches(const TrainingSet& set, const TrainingFrames& frames, const Tokenizer& tokenizer,
        const ClipConfig& config, const TrainClipDraw& how, uint64_t seed);

    TrainClipBatch draw(int64_t step, double patchDropout) const;
    /// The pictures as the encoder sees them, without augmentation. float [frames.size(), 3, size, size].
    at::Tensor plainPixels(const std::vector<int64_t>& frames) const;

    static constexpr int kPictures = 192; ///< a batch

private:
    const std::vector<int32_t>& tokens(const std::string& text) const;
    int64_t frameInPiece(const TrainingVideo& video, int piece, Random& random) const;
    void writeAugmented(int64_t frame, Random& random, float* out) const;
    at::Tensor truthOf(const std::vector<int64_t>& frames) const;

    const TrainingSet& m_set;
    const TrainingFrames& m_frames;
    const ClipConfig& m_config;
    TrainClipDraw m_how;
    uint64_t m_seed;
    struct Place {
        int32_t video = 0;
        int32_t event = -1; ///< -1: nothing is said about this picture
        float phase = 0; ///< [0,1) within the event
    };
    std::vector<Place> m_places; ///< by frame
    std::vector<int64_t> m_captioned; ///< frames with an event
    std::map<std::string, std::vector<int32_t>> m_tokens;
};

} // namespace clipscope
