// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/upright_internal.h"

extern "C" {
#include <libavutil/display.h>
}

#include <cmath>
#include <cstdlib>
#include <cstring>

namespace clipscope {

namespace {

/// Pixels longer than this are a damaged header.
constexpr double kMostAspect = 16;

} // namespace

Upright uprightOf(AVFormatContext* format, AVStream* stream)
{
    Upright upright;
    const AVRational aspect = av_guess_sample_aspect_ratio(format, stream, nullptr);
    if (aspect.num > 0 && aspect.den > 0 && av_q2d(aspect) <= kMostAspect && av_q2d(aspect) >= 1 / kMostAspect)
        upright.sampleAspect = av_q2d(aspect);

    size_t bytes = 0;
    const uint8_t* data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
    if (!data || bytes < 9 * sizeof(int32_t))
        return upright;
    int32_t matrix[9];
    std::memcpy(matrix, data, sizeof matrix);
    upright.mirrored = double(matrix[0]) * matrix[4] - double(matrix[1]) * matrix[3] < 0;
    if (upright.mirrored)
        av_display_matrix_flip(matrix, 1, 0);
    const double angle = av_display_rotation_get(matrix); // counter-clockwise, NaN for a singular matrix
    if (std::isfinite(angle))
        upright.rotationDegrees = ((int(std::lround(-angle / 90)) * 90) % 360 + 360) % 360;
    return upright;
}

Upright uprightOfExif(const AVFrame& frame)
{
    const AVDictionaryEntry* entry = av_dict_get(frame.metadata, "Orientation", nullptr, 0);
    switch (entry ? std::atoi(entry->value) : 1) {
    case 2:
        return {0, true, 1};
    case 3:
        return {180, false, 1};
    case 4:
        return {180, true, 1};
    case 5:
        return {270, true, 1};
    case 6:
        return {90, false, 1};
    case 7:
        return {90, true, 1};
    case 8:
        return {270, false, 1};
    default:
        return {};
    }
}

} // namespace clipscope
