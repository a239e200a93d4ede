// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/clip_means.h"

#include "base/error.h"

#include <algorithm>

namespace clipscope {

std::vector<size_t> clipBounds(size_t frames, size_t framesPerClip, size_t mostClips)
{
    if (framesPerClip == 0 || mostClips == 0)
        throw Error(ErrorKind::Internal, "clips of no frames, or none at all, are asked for");
    const size_t clips = (frames + framesPerClip - 1) / framesPerClip;
    std::vector<size_t> out;
    for (size_t i = 0; i <= std::min(clips, mostClips); ++i)
        out.push_back(clips <= mostClips ? std::min(frames, i * framesPerClip) : i * frames / mostClips);
    return out;
}

Matrix clipMeans(const Matrix& frames, const std::vector<size_t>& bounds)
{
    Matrix out(bounds.empty() ? 0 : bounds.size() - 1, frames.columns);
    for (size_t clip = 0; clip < out.rows; ++clip) {
        const std::span<float> mean = out.row(clip);
        for (size_t frame = bounds[clip]; frame < bounds[clip + 1]; ++frame)
            for (size_t j = 0; j < mean.size(); ++j)
                mean[j] += frames.at(frame, j);
        if (bounds[clip + 1] > bounds[clip] + 1)
            normalise(mean);
    }
    return out;
}

} // namespace clipscope
