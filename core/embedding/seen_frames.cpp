// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/seen_frames.h"

#include "embedding/sampled_video_internal.h"

#include <algorithm>

namespace clipscope {

SeenFrames seenFrames(const VideoRecord& video, const FrameFit& fit, int most, const JobContext& context)
{
    SeenFrames out;
    const auto limit = size_t(std::max(most, 1));
    int64_t step = 1;
    readSampledVideo(video, fit, context, [&](VideoFrame&& frame) {
        const int64_t place = out.seen++;
        if (place % step != 0)
            return;
        // How many there will be is not known: when the room is full, every other one goes.
        if (out.frames.size() == limit) {
            step *= 2;
            size_t kept = 0;
            for (size_t i = 0; i < out.frames.size(); ++i) {
                if (out.places[i] % step != 0)
                    continue;
                if (kept != i) {
                    out.frames[kept] = std::move(out.frames[i]);
                    out.places[kept] = out.places[i];
                }
                ++kept;
            }
            out.frames.resize(kept);
            out.places.resize(kept);
            if (place % step != 0 || kept == limit)
                return;
        }
        out.frames.push_back(std::move(frame));
        out.places.push_back(place);
    });
    return out;
}

} // namespace clipscope
