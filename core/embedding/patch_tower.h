// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/rgb_image.h"
#include "embedding/encoder.h"

#include <cstdint>
#include <vector>

namespace clipscope {

/// The picture tower of an Encoder that sees a picture as a square grid of patches. Safe from any thread, no locks.
class PatchTower {
public:
    virtual ~PatchTower() = default;
    virtual int patchesPerSide() const = 0;
    /// The patches of `frame` that go through the blocks when the share `dropped` is dropped, row by row from the top
    /// left, ascending: the very draw of encodeFrames() of the same model made with EncoderOptions{patchDropout =
    /// dropped, seed}. The whole grid where dropped is 0. Throws Error(Input) unless 0 <= dropped < 1.
    virtual std::vector<int> keptPatches(const RgbImage& frame, double dropped, uint64_t seed) const = 0;
};

/// Null where the encoder has no patches (networks of convolutions, imported vectors).
const PatchTower* patchTowerOf(const Encoder* encoder);

} // namespace clipscope
