// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/part_means.h"

#include "base/error.h"

#include <algorithm>

namespace clipscope {

namespace {

struct Part {
    size_t first = 0;
    size_t end = 0;
};

/// Frames of part `at` of `parts`, one at least.
Part partOf(size_t frames, size_t at, size_t parts)
{
    const size_t first = at * frames / parts;
    return {first, std::max(first + 1, (at + 1) * frames / parts)};
}

} // namespace

PartMeans::PartMeans(int parts)
    : m_parts(size_t(parts))
{
    if (parts < 1 || parts > kMostParts)
        throw Error(ErrorKind::Input, "a video is taken in 1 to " + std::to_string(kMostParts) + " parts", "parts:N");
}

std::string PartMeans::name() const
{
    return "parts:" + std::to_string(m_parts);
}

std::vector<float> PartMeans::aggregate(const Matrix& frames) const
{
    if (frames.rows == 0)
        throw Error(ErrorKind::Internal, "a video without frames cannot be aggregated");
    std::vector<float> out(m_parts * frames.columns);
    for (size_t at = 0; at < m_parts; ++at) {
        const std::span<float> mean{out.data() + at * frames.columns, frames.columns};
        const Part part = partOf(frames.rows, at, m_parts);
        for (size_t frame = part.first; frame < part.end; ++frame)
            for (size_t j = 0; j < mean.size(); ++j)
                mean[j] += frames.at(frame, j);
        normalise(mean);
    }
    normalise(out);
    return out;
}

std::vector<float> PartMeans::mapText(std::span<const float> text) const
{
    std::vector<float> out;
    for (size_t at = 0; at < m_parts; ++at)
        out.insert(out.end(), text.begin(), text.end());
    normalise(out);
    return out;
}

std::vector<float> PartMeans::weights(const Matrix& frames, std::span<const float>) const
{
    std::vector<float> out(frames.rows);
    for (size_t at = 0; frames.rows > 0 && at < m_parts; ++at) {
        const Part part = partOf(frames.rows, at, m_parts);
        for (size_t frame = part.first; frame < part.end; ++frame)
            out[frame] += 1.F / float(m_parts * (part.end - part.first));
    }
    return out;
}

} // namespace clipscope
