// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/rgb_image.h"

#include <cstdint>

namespace clipscope {

enum class HdrTransfer { Pq, Hlg };

/// 16-bit BT.2020 R'G'B' (`stride` values a row) as PQ (SMPTE ST 2084) or HLG (ARIB STD-B67, shown at 1,000 nits) to
/// 8-bit sRGB: reference white of 203 nits (BT.2408) becomes white's shoulder, highlights up to 1,000 nits roll off,
/// colours outside BT.709 are clipped.
RgbImage toneMap(const uint16_t* pixels, int stride, int width, int height, HdrTransfer transfer);

} // namespace clipscope
