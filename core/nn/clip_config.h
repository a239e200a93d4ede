// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"
#include "nn/transformer_config.h"

#include <array>
#include <cstdint>
#include <filesystem>

namespace clipscope {

/// What a picture becomes before the tower: centre square of `crop` * shorter side, scaled to the image size, RGB /
/// 255, (x - mean) / std. CLIP's own numbers by default.
struct ClipPreprocessing {
    std::array<float, 3> mean{.48145466F, .4578275F, .40821073F};
    std::array<float, 3> std{.26862954F, .26130258F, .27577711F};
    double crop = 1;
};

/// A CLIP of any width, depth and patch size.
struct ClipConfig {
    struct Vision {
        int64_t imageSize = 224;
        int64_t patchSize = 32;
        TransformerConfig transformer;
        int64_t gridSize() const { return imageSize / patchSize; }
        int64_t patches() const { return gridSize() * gridSize(); }
    } vision;
    struct Text {
        int64_t vocabularySize = 49408;
        int64_t contextLength = 77; ///< most tokens a text may have
        /// The pooled position: the first of this id, or the largest id of the text when it is 2 (the value that early
        /// Hugging Face configurations carry by mistake) or negative (OpenCLIP).
        int64_t endToken = 49407;
        TransformerConfig transformer;
    } text;
    int64_t projectionDim = 512;
    ClipPreprocessing preprocessing;
};

enum class ClipLayout { HuggingFace, OpenClip };

/// Hugging Face's when its config.json has a vision_config and its weights are there, else OpenCLIP's when it holds an
/// open_clip_config.json. Throws Error(Model) when it is neither.
ClipLayout clipLayoutOf(const std::filesystem::path& folder);
/// config.json (+ preprocessor_config.json) or open_clip_config.json. Every number is checked (positive, bounded,
/// divisible). Throws Error(Model) naming the file and the key.
ClipConfig readClipConfig(const std::filesystem::path& folder);
ClipConfig parseHuggingFaceClipConfig(const Json& config, const std::string& subject);
ClipConfig parseOpenClipConfig(const Json& config, const std::string& subject);
/// The mean, standard deviation and crop of a preprocessor_config.json.
ClipPreprocessing parsePreprocessing(const Json& preprocessor, int64_t imageSize, const std::string& subject);
/// config.json and preprocessor_config.json of Hugging Face's layout.
Json toHuggingFaceConfig(const ClipConfig& config);
Json toPreprocessorConfig(const ClipConfig& config);

} // namespace clipscope
