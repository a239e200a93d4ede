// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/mean_pooling.h"

#include "base/error.h"

namespace clipscope {

std::vector<float> MeanPooling::aggregate(const Matrix& frames) const
{
    if (frames.rows == 0)
        throw Error(ErrorKind::Internal, "a video without frames cannot be aggregated");
    std::vector<double> sum(frames.columns);
    for (size_t i = 0; i < frames.rows; ++i)
        for (size_t j = 0; j < frames.columns; ++j)
            sum[j] += frames.at(i, j);
    std::vector<float> out(frames.columns);
    for (size_t j = 0; j < out.size(); ++j)
        out[j] = float(sum[j] / double(frames.rows));
    normalise(out);
    return out;
}

std::vector<float> MeanPooling::weights(const Matrix& frames, std::span<const float>) const
{
    return std::vector<float>(frames.rows, frames.rows ? 1.F / float(frames.rows) : 0.F);
}

} // namespace clipscope
