// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/packed_transformer.h"

namespace clipscope {

/// A ClipModel's prepared parts.
struct PackedClip {
    PackedLinear patches; ///< [vision width, 3 * patch * patch]
    PackedTransformer vision;
    PackedTransformer text;
};

/// Patches of pixels [B, 3, H, W] as rows [B, 1 + K, 3 * patch * patch + a gap], each as the convolution's weight lies.
/// Row 0 of each picture is 0 (the class token's place). `kept` int64 [B, K], or undefined: all, row by row.
at::Tensor patchRows(const at::Tensor& pixels, int64_t patch, const at::Tensor& kept);

} // namespace clipscope
