// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/aggregator.h"

#include "base/error.h"

namespace clipscope {

Matrix Aggregator::aggregateAll(std::span<const Matrix> videos, const JobContext& context) const
{
    Matrix out;
    for (const Matrix& frames : videos) {
        context.throwIfStopped();
        out.append(aggregate(frames));
    }
    return out;
}

float Aggregator::score(const Matrix& frames, std::span<const float> text) const
{
    const std::vector<float> video = aggregate(frames);
    const std::vector<float> mapped = mapText(text);
    if (video.size() != mapped.size())
        throw Error(ErrorKind::Internal,
            "a text vector of " + std::to_string(mapped.size()) + " values cannot be compared with a video vector of "
                + std::to_string(video.size()));
    return dot(mapped, video);
}

} // namespace clipscope
