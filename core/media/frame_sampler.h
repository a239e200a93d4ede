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

/// Which frame stands for a wanted moment. Frames are decoded from the keyframe before them on, so that the nearer ones
/// cost less; what a frame lies off is reported.
enum class SamplerSnap {
    Exact, ///< the frame on screen
    Reference, ///< of the frames at most kReferenceSnapFrames off, the one that is reached by decoding the fewest
    Keyframe ///< the nearest keyframe; the exact frame where keyframes lie more than kLongestGroupSec apart
};
inline constexpr int kReferenceSnapFrames = 2;
inline constexpr double kLongestGroupSec = 5;

/// Which moments of a video are looked at. Written "uniform:12", "fps:1", "keyframes"; the first two may end in
/// "@reference" or "@keyframe".
struct SamplerSpec {
    SamplerKind kind = SamplerKind::Uniform;
    int count = 12; ///< Uniform: frames a video
    double fps = 1; ///< Fps: frames a second
    SamplerSnap snap = SamplerSnap::Exact; ///< of Keyframes always Exact

    /// Throws Error(Input) with the spellings when `text` is none of them (count 1..100000, fps 0.001..1000).
    static SamplerSpec parse(std::string_view text);
    std::string toString() const;
    bool operator==(const SamplerSpec&) const = default;
};

/// What a sampler has to know of a video: a row a frame, in the order in which they are shown.
struct FrameTimeline {
    std::vector<double> timesSec; ///< ascending, counted from the first frame
    std::vector<bool> isKeyframe;
    std::vector<int32_t> reachCost; ///< pictures to be decoded to get at this frame alone: 1 for a keyframe
    double durationSec = 0;
};

/// How far the frames taken lie off the exact ones, over all wanted moments. Whole numbers: the sum over many videos
/// is the same in any order.
struct SampleError {
    int64_t moments = 0;
    int64_t sumFrames = 0;
    int64_t sumNs = 0;
    int64_t largestFrames = 0;
    int64_t largestNs = 0;

    double meanFrames() const;
    double meanSec() const;
    double largestSec() const;
    void add(const SampleError& other);
    bool operator==(const SampleError&) const = default;
};

struct SampledFrames {
    std::vector<int64_t> indices; ///< ascending
    SampleError error;
};

/// The frames that a sampler takes of a video. Exactly sampled ones may be repeated for very short clips or long still
/// frames, but Uniform never gives more than the clip has; snapped ones are taken once each.
/// Uniform picks the frame on screen at each target time: for constant frame rates frame floor((i + .5) * n / count).
SampledFrames sampleFrames(const SamplerSpec& spec, const FrameTimeline& timeline);

/// The frame that stands for the frame `wanted`.
int64_t snappedFrame(int64_t wanted, SamplerSnap snap, const FrameTimeline& timeline);

} // namespace clipscope
