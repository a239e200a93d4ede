// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/late_function.h"
#include "embedding/encoder.h"

namespace clipscope {

/// The backend "clip": any model folder in Hugging Face's or OpenCLIP's layout with its tokenizer beside it. Null when
/// `nameOrFolder` is a model of another backend. Pictures and words meet in one space, so there are no separate
/// features. With patch dropout the patches a frame keeps depend on its pixels and the seed alone: batches change
/// nothing. Throws Error(Model | Resource).
extern LateFunction<std::shared_ptr<Encoder>(const std::string& nameOrFolder, const EncoderOptions& options)>
    makeClipEncoder;

/// Frames -> float [n, 3, size, size], (pixel / 255 - mean) / std in one pass; every frame is size x size.
/// (Written to `out`, n * 3 * size * size numbers.)
void normaliseFrames(
    std::span<const RgbImage> frames, std::span<const float> mean, std::span<const float> std, float* out);

} // namespace clipscope
