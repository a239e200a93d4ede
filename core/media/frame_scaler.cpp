// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/frame_scaler_internal.h"

#include "base/error.h"
#include "media/hdr_tone_map_internal.h"
#include "media/media_file_internal.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <cstring>

namespace clipscope {

namespace {

int rounded(double value)
{
    return int(std::clamp(std::round(value), 1., double(kMaxPictureSide)));
}

bool liesOnItsSide(const Upright& upright)
{
    return upright.rotationDegrees == 90 || upright.rotationDegrees == 270;
}

/// The margin on each of two opposite sides; even margins keep the centre and never split a chroma sample.
size_t margin(int whole, double part, int log2Chroma)
{
    const int unit = 1 << log2Chroma;
    const int most = (whole - 1) / 2 / unit * unit;
    const double ideal = (double(whole) - part) / 2;
    return size_t(std::clamp(int(std::lround(ideal / unit)) * unit, 0, most));
}

/// Cuts the central square (in square pixels) out by moving the plane pointers; nothing is copied.
AvFrame centralSquare(const AVFrame& frame, const Upright& upright, double crop)
{
    AvFrame cut(orBadAlloc(av_frame_clone(&frame)));
    const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(AVPixelFormat(frame.format));
    const double width = frame.width * upright.sampleAspect;
    const double side = std::clamp(crop, .01, 1.) * std::min(width, double(frame.height));
    // Formats of packed bits cannot start inside a byte.
    const int bits = format->flags & (AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_BAYER) ? 3 : 0;
    cut->crop_left = cut->crop_right =
        margin(frame.width, side / upright.sampleAspect, std::max<int>(format->log2_chroma_w, bits));
    cut->crop_top = cut->crop_bottom = margin(frame.height, side, std::max<int>(format->log2_chroma_h, bits));
    if (av_frame_apply_cropping(cut.get(), AV_FRAME_CROP_UNALIGNED) < 0)
        throw Error(ErrorKind::Media, "has pictures that cannot be cropped");
    return cut;
}

int colourMatrix(const AVFrame& frame, bool guessBySize)
{
    switch (frame.colorspace) {
    case AVCOL_SPC_BT709:
        return SWS_CS_ITU709;
    case AVCOL_SPC_FCC:
        return SWS_CS_FCC;
    case AVCOL_SPC_SMPTE240M:
        return SWS_CS_SMPTE240M;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
        return SWS_CS_BT2020;
    case AVCOL_SPC_UNSPECIFIED:
    case AVCOL_SPC_RESERVED:
        if (frame.color_trc == AVCOL_TRC_SMPTE2084 || frame.color_trc == AVCOL_TRC_ARIB_STD_B67)
            return SWS_CS_BT2020;
        return guessBySize && (frame.width >= 1280 || frame.height > 576) ? SWS_CS_ITU709 : SWS_CS_ITU601;
    default:
        return SWS_CS_ITU601;
    }
}

/// The format that swscale makes fastest with one and the same result: from YUV it has SIMD for planes only.
AVPixelFormat fastestRgb(AVPixelFormat from)
{
    const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(from);
    return format->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL) ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_GBRP;
}

RgbImage packed(const AVFrame& frame)
{
    RgbImage image(frame.width, frame.height);
    if (frame.format == AV_PIX_FMT_GBRP) {
        for (int y = 0; y < frame.height; ++y) {
            const uint8_t* plane[3];
            for (int i = 0; i < 3; ++i)
                plane[i] = frame.data[i] + ptrdiff_t(y) * frame.linesize[i];
            uint8_t* to = image.row(y);
            for (int x = 0; x < frame.width; ++x, to += 3) {
                to[0] = plane[2][x];
                to[1] = plane[0][x];
                to[2] = plane[1][x];
            }
        }
        return image;
    }
    for (int y = 0; y < frame.height; ++y)
        std::memcpy(image.row(y), frame.data[0] + ptrdiff_t(y) * frame.linesize[0], size_t(3) * size_t(frame.width));
    return image;
}

RgbImage turnedUpright(RgbImage image, const Upright& upright)
{
    if (upright.rotationDegrees == 0 && !upright.mirrored)
        return image;
    const bool swap = liesOnItsSide(upright);
    RgbImage out(swap ? image.height : image.width, swap ? image.width : image.height);
    for (int y = 0; y < image.height; ++y) {
        const uint8_t* from = image.row(y);
        for (int x = 0; x < image.width; ++x) {
            const int mx = upright.mirrored ? image.width - 1 - x : x;
            int tx = mx;
            int ty = y;
            switch (upright.rotationDegrees) {
            case 90:
                tx = image.height - 1 - y, ty = mx;
                break;
            case 180:
                tx = image.width - 1 - mx, ty = image.height - 1 - y;
                break;
            case 270:
                tx = y, ty = image.width - 1 - mx;
                break;
            default:
                break;
            }
            std::memcpy(out.row(ty) + size_t(3) * size_t(tx), from + size_t(3) * size_t(x), 3);
        }
    }
    return out;
}

} // namespace

PictureSize uprightSize(int codedWidth, int codedHeight, const Upright& upright)
{
    PictureSize size{rounded(codedWidth * upright.sampleAspect), codedHeight};
    if (liesOnItsSide(upright))
        std::swap(size.width, size.height);
    return size;
}

PictureSize fittedSize(PictureSize upright, const FrameFit& fit)
{
    if (fit.mode == FrameFit::Mode::Full)
        return upright;
    if (fit.mode == FrameFit::Mode::CentreSquare)
        return {fit.width, fit.height};
    const double scale = std::min({1., double(fit.width) / upright.width, double(fit.height) / upright.height});
    return {rounded(upright.width * scale), rounded(upright.height * scale)};
}

void FrameScaler::prepare(const Key& key)
{
    if (m_context && key == m_key)
        return;
    keepFfmpegSilent();
    m_context.reset(sws_getContext(key.width, key.height, AVPixelFormat(key.format), key.toWidth, key.toHeight,
        AVPixelFormat(key.toFormat), SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP, nullptr,
        nullptr, nullptr));
    if (!m_context)
        throw Error(ErrorKind::Media,
            std::string("has pictures in a format that cannot be shown (")
                + (av_get_pix_fmt_name(AVPixelFormat(key.format)) ? av_get_pix_fmt_name(AVPixelFormat(key.format))
                                                                  : "unknown")
                + ")");
    // What swscale assumes for the format (full for gray and yuvj, limited for YUV) holds where the frame does not say.
    int* inverse = nullptr;
    int* matrix = nullptr;
    int fromFull = 0, toFull = 0, brightness = 0, contrast = 1 << 16, saturation = 1 << 16;
    sws_getColorspaceDetails(
        m_context.get(), &inverse, &fromFull, &matrix, &toFull, &brightness, &contrast, &saturation);
    if (key.range != AVCOL_RANGE_UNSPECIFIED)
        fromFull = key.range == AVCOL_RANGE_JPEG;
    // Refused for RGB sources, which need no matrix.
    sws_setColorspaceDetails(m_context.get(), sws_getCoefficients(key.matrix), fromFull,
        sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
    m_key = key;
}

RgbImage FrameScaler::scale(const AVFrame& frame, const Upright& upright, const FrameFit& fit)
{
    if (frame.width < 1 || frame.height < 1 || frame.width > kMaxPictureSide || frame.height > kMaxPictureSide
        || !av_pix_fmt_desc_get(AVPixelFormat(frame.format)))
        throw Error(ErrorKind::Media, "has pictures of an impossible size");
    if (fit.mode != FrameFit::Mode::Full
        && (fit.width < 1 || fit.height < 1 || fit.width > kMaxPictureSide || fit.height > kMaxPictureSide))
        throw Error(ErrorKind::Input, "a picture cannot be made that size", "size");

    PictureSize size = fittedSize(uprightSize(frame.width, frame.height, upright), fit);
    if (liesOnItsSide(upright))
        std::swap(size.width, size.height);
    AvFrame cut;
    if (fit.mode == FrameFit::Mode::CentreSquare)
        cut = centralSquare(frame, upright, fit.crop);
    const AVFrame& source = cut ? *cut : frame;
    const bool hdr = frame.color_trc == AVCOL_TRC_SMPTE2084 || frame.color_trc == AVCOL_TRC_ARIB_STD_B67;

    Key key;
    key.width = source.width;
    key.height = source.height;
    key.format = source.format;
    key.matrix = colourMatrix(frame, m_unknownMatrix == UnknownMatrix::ByPictureSize);
    key.range = frame.color_range;
    key.toWidth = size.width;
    key.toHeight = size.height;
    key.toFormat = hdr ? AV_PIX_FMT_RGB48 : fastestRgb(AVPixelFormat(source.format));
    prepare(key);

    // swscale's SIMD writes past the row's end: its own padded buffer, then the packed picture.
    const AvFrame scaled = makeFrame();
    scaled->format = key.toFormat;
    scaled->width = size.width;
    scaled->height = size.height;
    if (av_frame_get_buffer(scaled.get(), 64) < 0)
        throw std::bad_alloc();
    if (sws_scale(m_context.get(), source.data, source.linesize, 0, source.height, scaled->data, scaled->linesize)
        != size.height)
        throw Error(ErrorKind::Media, "has a picture that cannot be scaled");
    if (!hdr)
        return turnedUpright(packed(*scaled), upright);
    return turnedUpright(
        toneMap(reinterpret_cast<const uint16_t*>(scaled->data[0]), scaled->linesize[0] / 2, size.width, size.height,
            frame.color_trc == AVCOL_TRC_SMPTE2084 ? HdrTransfer::Pq : HdrTransfer::Hlg),
        upright);
}

} // namespace clipscope
