// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "media/video_info.h"

#include <string>
#include <string_view>
#include <vector>

namespace clipscope {

enum class SamplerKind {
    Uniform, ///< the middles of `count` equal parts (clip-hitchhiker's dataset.py; papers section 1.2)
    Fps, ///< one frame every 1 / fps seconds, at the middles of the intervals
    Keyframes ///< every keyframe of the file, in order
};

/// Which moments of a video are looked at. Written "uniform:12", "fps:1", "keyframes".
struct SamplerSpec {
    SamplerKind kind = SamplerKind::Uniform;
    int count = 12; ///< Uniform: frames a video
    double fps = 1; ///< Fps: frames a second

    /// Throws Error(Input) with the three spellings when `text` is none of them (count 1..100000, fps 0.001..1000).
    static SamplerSpec parse(std::string_view text);
    std::string toString() const;
    bool operator==(const SamplerSpec&) const = default;
};

/// The frames (indices into `ptsSec`, ascending, maybe repeated for very short clips: Uniform never gives more frames
/// than the clip has) that a sampler takes of a video whose frames are shown at `ptsSec` (ascending, counted from 0).
/// Uniform picks the frame on screen at each target time: for constant frame rates frame floor((i + .5) * n / count).
std::vector<int64_t> sampleFrameIndices(const SamplerSpec& spec, const std::vector<double>& ptsSec,
    const std::vector<bool>& isKeyframe, double durationSec);

} // namespace clipscope
