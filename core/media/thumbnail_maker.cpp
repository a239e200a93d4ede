// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/thumbnail_maker.h"

#include "media/media_file_internal.h"
#include "media/video_reader.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace clipscope {

namespace {

[[noreturn]] void encoderFailed(const char* step)
{
    throw Error(ErrorKind::Media, std::string("a picture cannot be written as JPEG (") + step + ")");
}

/// The frame, or where it is damaged the nearest of up to 64 frames all over the video that is not.
RgbImage nearestDecodable(VideoReader& reader, int64_t index, const FrameFit& fit, const JobContext& context)
{
    RgbImage image;
    reader.read({index}, fit, context, [&](VideoFrame&& frame) { image = std::move(frame.image); });
    if (!image.empty())
        return image;
    int64_t distance = reader.info().frames;
    reader.sample({SamplerKind::Uniform, 64, 1}, fit, context, [&](VideoFrame&& frame) {
        if (std::abs(frame.index - index) < distance) {
            distance = std::abs(frame.index - index);
            image = std::move(frame.image);
        }
    });
    if (image.empty())
        throw Error(ErrorKind::Media, "has no picture that can be decoded", reader.path().string(),
            "It is too damaged to be shown; copy it again from its source.");
    return image;
}

} // namespace

std::string encodeJpeg(const RgbImage& image, int quality)
{
    keepFfmpegSilent();
    const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    if (!codec)
        encoderFailed("this FFmpeg has no encoder");
    if (image.empty())
        encoderFailed("it is empty");
    quality = std::clamp(quality, 2, 31);

    const AvCodecContext encoder(orBadAlloc(avcodec_alloc_context3(codec)));
    encoder->width = image.width;
    encoder->height = image.height;
    encoder->pix_fmt = AV_PIX_FMT_YUVJ420P;
    encoder->color_range = AVCOL_RANGE_JPEG;
    encoder->time_base = {1, 25};
    encoder->thread_count = 1;
    encoder->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
    encoder->global_quality = quality * FF_QP2LAMBDA;
    if (avcodec_open2(encoder.get(), codec, nullptr) < 0)
        encoderFailed("the size is not possible");

    const AvFrame rgb = makeFrame();
    rgb->format = AV_PIX_FMT_RGB24;
    const AvFrame yuv = makeFrame();
    yuv->format = AV_PIX_FMT_YUVJ420P;
    for (AVFrame* f : {rgb.get(), yuv.get()}) {
        f->width = image.width;
        f->height = image.height;
        if (av_frame_get_buffer(f, 64) < 0)
            throw std::bad_alloc();
        // The encoder looks at whole blocks: equal pictures give equal bytes only when the padding is equal too.
        for (const AVBufferRef* buffer : f->buf) {
            if (buffer)
                std::memset(buffer->data, 128, buffer->size);
        }
    }
    for (int y = 0; y < image.height; ++y)
        std::memcpy(rgb->data[0] + ptrdiff_t(y) * rgb->linesize[0], image.row(y), size_t(3) * size_t(image.width));
    const AvSwsContext scaler(
        orBadAlloc(sws_getContext(image.width, image.height, AV_PIX_FMT_RGB24, image.width, image.height,
            AV_PIX_FMT_YUVJ420P, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, nullptr, nullptr, nullptr)));
    sws_scale(scaler.get(), rgb->data, rgb->linesize, 0, image.height, yuv->data, yuv->linesize);
    yuv->quality = encoder->global_quality;
    yuv->pts = 0;

    const AvPacket packet = makePacket();
    if (avcodec_send_frame(encoder.get(), yuv.get()) < 0 || avcodec_send_frame(encoder.get(), nullptr) < 0
        || avcodec_receive_packet(encoder.get(), packet.get()) < 0)
        encoderFailed("the encoder refused it");
    return std::string(reinterpret_cast<const char*>(packet->data), size_t(packet->size));
}

RgbImage thumbnailAt(const std::filesystem::path& video, double timeSec, const JobContext& context)
{
    VideoReader reader(video, context);
    return nearestDecodable(
        reader, reader.frameAt(timeSec), FrameFit::bounds(kThumbnailWidth, kThumbnailHeight), context);
}

RgbImage filmStrip(const std::filesystem::path& video, double startSec, double endSec, int count, int height,
    const JobContext& context)
{
    if (count < 1 || height < 1)
        throw Error(ErrorKind::Internal, "a film strip needs at least one frame and one pixel", video.string());
    VideoReader reader(video, context);
    std::vector<int64_t> indices;
    for (int i = 0; i < count; ++i)
        indices.push_back(reader.frameAt(startSec + (i + .5) * (endSec - startSec) / count));
    std::sort(indices.begin(), indices.end());

    const FrameFit fit = FrameFit::bounds(100 * height, height);
    std::vector<RgbImage> images(static_cast<size_t>(count));
    reader.read(indices, fit, context, [&](VideoFrame&& frame) {
        for (size_t i = 0; i < indices.size(); ++i) {
            if (indices[i] == frame.index)
                images[i] = frame.image;
        }
    });
    const auto usable = std::find_if(images.begin(), images.end(), [](const RgbImage& i) { return !i.empty(); });
    RgbImage neighbour = usable != images.end() ? *usable : nearestDecodable(reader, indices.front(), fit, context);
    // A picture smaller than the strip is enlarged, and each takes the first one's width: resolutions may change inside
    // a video.
    const int width = std::max(1, (neighbour.width * height + neighbour.height / 2) / neighbour.height);
    RgbImage strip(width * count, height);
    for (size_t i = 0; i < images.size(); ++i) {
        if (!images[i].empty())
            neighbour = std::move(images[i]);
        for (int y = 0; y < height; ++y) {
            const uint8_t* from = neighbour.row(y * neighbour.height / height);
            uint8_t* to = strip.row(y) + size_t(3) * size_t(width) * i;
            for (int x = 0; x < width; ++x)
                std::memcpy(to + size_t(3) * size_t(x), from + size_t(3) * size_t(x * neighbour.width / width), 3);
        }
    }
    return strip;
}

} // namespace clipscope
