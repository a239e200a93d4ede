// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/query_scored.h"

#include "base/error.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace clipscope {

QueryScored::QueryScored(double temperature)
    : m_temperature(temperature)
{
    if (!(temperature > 0) || !std::isfinite(temperature))
        throw Error(
            ErrorKind::Input, "the temperature of query-scored aggregation must be a number above 0", "query:TAU");
}

std::string QueryScored::name() const
{
    char text[48];
    std::snprintf(text, sizeof text, "query:%g", m_temperature);
    return text;
}

std::vector<float> QueryScored::aggregate(const Matrix&) const
{
    throw Error(ErrorKind::Internal, "query-scored aggregation has no video vector without a query");
}

std::vector<float> QueryScored::weights(const Matrix& frames, std::span<const float> text) const
{
    if (frames.rows == 0)
        throw Error(ErrorKind::Internal, "a video without frames cannot be aggregated");
    if (frames.columns != text.size())
        throw Error(ErrorKind::Internal,
            "a text vector of " + std::to_string(text.size()) + " values cannot be compared with frames of "
                + std::to_string(frames.columns));
    std::vector<float> cosines(frames.rows);
    for (size_t i = 0; i < frames.rows; ++i)
        cosines[i] = dot(frames.row(i), text);
    return weightsOf(cosines);
}

std::vector<float> QueryScored::weightsOf(std::span<const float> cosines) const
{
    std::vector<double> e(cosines.size());
    for (size_t i = 0; i < e.size(); ++i)
        e[i] = double(cosines[i]) / m_temperature;
    // Subtracting the maximum keeps exp() finite however small the temperature is.
    const double top = *std::max_element(e.begin(), e.end());
    double sum = 0;
    for (double& v : e)
        sum += v = std::exp(v - top);
    std::vector<float> out(e.size());
    for (size_t i = 0; i < out.size(); ++i)
        out[i] = float(e[i] / sum);
    return out;
}

float QueryScored::score(const Matrix& frames, std::span<const float> text) const
{
    const std::vector<float> w = weights(frames, text);
    std::vector<float> video(frames.columns);
    for (size_t i = 0; i < frames.rows; ++i)
        for (size_t j = 0; j < video.size(); ++j)
            video[j] += w[i] * frames.at(i, j);
    normalise(video);
    return dot(video, text);
}

} // namespace clipscope
