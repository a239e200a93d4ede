// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace clipscope {

/// 8-bit sRGB picture, rows top to bottom, packed R G B, no padding: pixels.size() == 3 * width * height.
struct RgbImage {
    int width = 0;
    int height = 0;
    std::vector<uint8_t> pixels;

    RgbImage() = default;
    RgbImage(int w, int h)
        : width(w)
        , height(h)
        , pixels(size_t(3) * size_t(w) * size_t(h))
    {
    }
    bool empty() const { return pixels.empty(); }
    uint8_t* row(int y) { return pixels.data() + size_t(3) * size_t(width) * size_t(y); }
    const uint8_t* row(int y) const { return pixels.data() + size_t(3) * size_t(width) * size_t(y); }
    bool operator==(const RgbImage&) const = default;
};

} // namespace clipscope
