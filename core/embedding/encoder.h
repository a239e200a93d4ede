// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/matrix.h"
#include "base/rgb_image.h"
#include "media/video_reader.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace clipscope {

struct EncoderInfo {
    std::string name; ///< "starter", "sample-clip", "clip-vit-b32"
    std::string title; ///< for people: "Starter", "Sample model", "OpenAI CLIP ViT-B/32"
    std::string note; ///< its limits in a sentence: "knows only the sample world"
    std::string modelHash;
    int jointDim = 0;
    int featureDim = 0; ///< 0: no separate features, joint serves
    FrameFit fit; ///< the picture size and crop it wants
    int batchSize = 16; ///< frames a block, sized so that a block takes at most about 100 ms
    std::string device; ///< "cpu", "cuda:0"
    std::string precision; ///< "fp32", "bf16", "int8": what was chosen; embeddings are keyed by it
    bool encodesAnyText = true; ///< false: only texts whose vectors it was given
};

/// Unit rows; features is empty (0 columns) where the encoder has none.
struct FrameEmbeddings {
    Matrix joint; ///< [n, jointDim]: the space words are compared in
    Matrix features; ///< [n, featureDim]: what probes and picture-to-picture search use
};

/// A picture tower, a text tower and the preprocessing that belongs to them. Methods are safe from any thread, one call
/// at a time (they lock); they throw Error(Model | Resource) and Cancelled.
class Encoder {
public:
    virtual ~Encoder() = default;
    virtual const EncoderInfo& info() const = 0;
    /// Frames already in info().fit geometry (others are fitted). The stop token is checked between blocks.
    virtual FrameEmbeddings encodeFrames(std::span<const RgbImage> frames, const JobContext& context) = 0;
    /// Unit rows [n, jointDim].
    virtual Matrix encodeTexts(std::span<const std::string> texts, const JobContext& context) = 0;
    /// Empty, or a plain note when the encoder probably does not understand `text` ("the Starter engine knows English
    /// only").
    virtual std::string languageNote(const std::string& text) const;
};

struct EncoderOptions {
    std::string device = "auto"; ///< auto | cpu | cuda:N
    double patchDropout = 0; ///< CLIP towers: share of patches dropped before the first block
    uint64_t seed = 0; ///< of the dropped patches
    /// auto | fp32 | int8 | bf16: of the products on the CPU. auto measures at a model's first use on this machine and
    /// keeps the answer. One that the processor or the model has not is an Error(Resource | Input).
    std::string precision = "auto";
};

/// An encoder by name ("starter", "fake", "fake:SEED", an installed or shipped model) or by model folder.
/// Throws Error(Model) saying how to get it when it is not there, Error(Resource) for a device that is not there.
std::shared_ptr<Encoder> makeEncoder(const std::string& nameOrFolder, const EncoderOptions& options = {});

/// The backends in the order they are asked: name and factory (one file each; adding one is one line in
/// encoder_registry.cpp).
struct EncoderBackend {
    std::string name;
    std::function<std::shared_ptr<Encoder>(const std::string& nameOrFolder, const EncoderOptions&)> make;
};
const std::vector<EncoderBackend>& encoderBackends();

} // namespace clipscope
