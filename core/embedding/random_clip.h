// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/late_function.h"

#include <cstdint>
#include <filesystem>

namespace clipscope {

/// Shapes of CLIP models for measuring: speed does not depend on what the weights say.
enum class ClipShape {
    VitB32, ///< OpenAI's ViT-B/32: pictures of 224 in patches of 32, 12 layers of 768; text 12 layers of 512; joint 512
    Tiny ///< 2 narrow layers each, for tests of what measures
};

/// Writes a CLIP of this shape with random weights into `folder` (made): Hugging Face's layout in half precision, equal
/// bytes for equal seeds. Its tokenizer is the shipped sample model's, so that the token table is small (250 MB in all
/// for ViT-B/32). Throws Error(Storage), Error(Model) when the shipped model is missing.
extern LateFunction<void(const std::filesystem::path& folder, ClipShape shape, uint64_t seed)> writeRandomClip;

/// Floating-point operations that its picture tower needs for one picture.
extern LateFunction<double(ClipShape shape, double patchDropout)> pictureOperations;

} // namespace clipscope
