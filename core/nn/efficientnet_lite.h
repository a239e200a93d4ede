// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/json.h"

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace clipscope {

/// The "picture" object of a starter folder's config.json; the channels are in the weights.
struct EfficientNetLiteConfig {
    struct Stage {
        int64_t kernel = 3;
        int64_t stride = 1; ///< of the stage's first block
        int64_t expansion = 6;
        int64_t repeats = 1; ///< blocks, after the depth factor
    };
    std::vector<Stage> stages;
    double batchNormEpsilon = 1e-3;
    int64_t imageSize = 224;
    double crop = 1; ///< side of the central square over the shorter side
    double pixelMean = 127; ///< a pixel v goes in as (v - mean) / scale
    double pixelScale = 128;
};

/// Throws Error(Model) naming `subject` and the key.
EfficientNetLiteConfig parseEfficientNetLiteConfig(const Json& picture, const std::string& subject);

/// EfficientNet-Lite (Tan and Le 2019, in TensorFlow's later variant without squeeze-excite and with ReLU6) by its
/// configuration: 3x3 stem of stride 2, stages of inverted residual blocks, 1x1 head, mean, linear classifier; "SAME"
/// padding as TensorFlow's. Batch norm is folded into the convolutions at load; weights and activations lie channels
/// last. Value type, copies share tensors; forward() is const and may run in several threads.
class EfficientNetLite {
public:
    /// A safetensors file with the names of the PyTorch ports ("_conv_stem.weight", "_blocks.0._bn1.running_var", ...).
    /// Throws Error(Model) naming the first tensor that is missing, misshapen or useless.
    static EfficientNetLite load(const std::filesystem::path& weights, const EfficientNetLiteConfig& config);

    const EfficientNetLiteConfig& config() const { return m_config; }
    int64_t featureDim() const { return m_classifier.size(1); }
    int64_t classes() const { return m_classifier.size(0); }
    at::Device device() const { return m_classifier.device(); }
    void moveTo(at::Device device);

    struct Output {
        at::Tensor features; ///< [B, featureDim]: the mean over the last map
        at::Tensor logits; ///< [B, classes]
    };
    /// pixels float [B, 3, S, S], preprocessed, channels last at best. On the CPU each picture goes through alone, one
    /// a thread: its maps stay in the caches (1.4 times as fast as a batch of 8), and its numbers do not depend on its
    /// neighbours. A stop is looked for between pictures (about 35 ms at 260 pixels), on a GPU between blocks.
    /// Throws Error(Input) for another shape; Cancelled.
    Output forward(const at::Tensor& pixels, const JobContext* context = nullptr) const;

private:
    struct Convolution {
        at::Tensor weight; ///< [out, in / groups, k, k], batch norm folded in
        at::Tensor bias;
        int64_t stride = 1;
        int64_t groups = 1;
        bool clamped = true; ///< ReLU6 follows
    };
    struct Block {
        std::vector<Convolution> convolutions; ///< expand (where it widens), depthwise, project
        bool residual = false;
    };

    static at::Tensor apply(const Convolution& convolution, const at::Tensor& x);
    at::Tensor mapOf(at::Tensor x, const JobContext* context) const;

    EfficientNetLiteConfig m_config;
    Convolution m_stem, m_head;
    std::vector<Block> m_blocks;
    at::Tensor m_classifier, m_classifierBias;
};

} // namespace clipscope
