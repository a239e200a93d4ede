// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/rgb_image.h"
#include "media/av_handles_internal.h"
#include "media/video_reader.h"

namespace clipscope {

/// How coded pixels become upright square ones: `mirrored` (left-right) first, then a clockwise turn of 0, 90, 180 or
/// 270 degrees.
struct Upright {
    int rotationDegrees = 0;
    bool mirrored = false;
    double sampleAspect = 1;
};

struct PictureSize {
    int width = 0;
    int height = 0;
};

/// The size of the upright, square-pixel picture.
PictureSize uprightSize(int codedWidth, int codedHeight, const Upright& upright);
/// The size of the RgbImage that `fit` makes of an upright picture.
PictureSize fittedSize(PictureSize upright, const FrameFit& fit);

/// Decoded frames to RgbImages: one swscale pass (bicubic, accurate rounding) from the frame's own pixel format to the
/// wanted size, then the turn upright on the small picture. Alpha is ignored; interlaced fields are woven. Frames may
/// change their size or format at any time. One thread at a time.
class FrameScaler {
public:
    /// Streams that do not say which colour matrix they use: BT.709 for HD video (as players do), else BT.601.
    enum class UnknownMatrix { ByPictureSize, Bt601 };
    explicit FrameScaler(UnknownMatrix unknownMatrix)
        : m_unknownMatrix(unknownMatrix)
    {
    }

    /// Throws Error(Media) without a subject.
    RgbImage scale(const AVFrame& frame, const Upright& upright, const FrameFit& fit);

private:
    struct Key {
        int width = 0;
        int height = 0;
        int format = -1;
        int matrix = 0;
        int range = AVCOL_RANGE_UNSPECIFIED;
        int toWidth = 0;
        int toHeight = 0;
        int toFormat = -1;
        bool operator==(const Key&) const = default;
    };
    void prepare(const Key& key);

    UnknownMatrix m_unknownMatrix;
    Key m_key;
    AvSwsContext m_context;
};

} // namespace clipscope
