// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/video_writer.h"

#include "base/disk_steps.h"
#include "base/error.h"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <unistd.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

namespace clipscope {

namespace fs = std::filesystem;

namespace {
std::string avText(int code)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = {};
    av_strerror(code, text, sizeof text);
    return text;
}
} // namespace

struct VideoWriter::Impl {
    fs::path path;
    Options options;
    AVFormatContext* format = nullptr;
    AVCodecContext* codec = nullptr;
    AVStream* stream = nullptr;
    SwsContext* scaler = nullptr;
    AVFrame* frame = nullptr;
    AVPacket* packet = nullptr;
    int64_t written = 0;
    bool created = false;
    bool finished = false;

    ~Impl() { release(); }

    void release()
    {
        sws_freeContext(scaler);
        scaler = nullptr;
        av_frame_free(&frame);
        av_packet_free(&packet);
        avcodec_free_context(&codec);
        if (format) {
            avio_closep(&format->pb);
            avformat_free_context(format);
            format = nullptr;
        }
    }

    [[noreturn]] void failStorage(const std::string& happened, int code) const
    {
        constexpr int kLastSystemError = 4095; // FFmpeg's own codes lie beyond
        if (const int error = AVUNERROR(code); error > 0 && error <= kLastSystemError)
            throwStorageError(happened, path, error);
        throw Error(ErrorKind::Storage, happened + ": " + avText(code), path.string());
    }

    void openCodec()
    {
        const AVCodec* encoder = avcodec_find_encoder_by_name("libx264");
        if (!encoder)
            throw Error(ErrorKind::Media, "this FFmpeg cannot write H.264 (libx264 is missing)", path.string(),
                "install Debian's own libavcodec packages");
        codec = avcodec_alloc_context3(encoder);
        codec->width = options.width;
        codec->height = options.height;
        codec->time_base = {1, options.fps};
        codec->framerate = {options.fps, 1};
        codec->pix_fmt = AV_PIX_FMT_YUV420P;
        codec->color_range = AVCOL_RANGE_MPEG;
        codec->colorspace = AVCOL_SPC_SMPTE170M;
        codec->color_primaries = AVCOL_PRI_SMPTE170M;
        codec->color_trc = AVCOL_TRC_SMPTE170M;
        // More threads would split rate control and lookahead by timing; callers run one writer a thread instead.
        codec->thread_count = 1;
        codec->gop_size = 2 * options.fps; // a key picture every two seconds keeps seeking cheap
        codec->flags |= AV_CODEC_FLAG_BITEXACT;
        if (format->oformat->flags & AVFMT_GLOBALHEADER)
            codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
        av_opt_set(codec->priv_data, "preset", "veryfast", 0);
        // Macroblock trees read memory that x264 never wrote: the same pictures would not always give the same bytes.
        av_opt_set(codec->priv_data, "x264-params", "mbtree=0:rc-lookahead=4:sync-lookahead=0:sliced-threads=0", 0);
        av_opt_set_double(codec->priv_data, "crf", options.crf, 0);
        const int code = avcodec_open2(codec, encoder, nullptr);
        if (code < 0)
            throw Error(ErrorKind::Media, "the H.264 encoder does not start: " + avText(code), path.string());
    }

    void open()
    {
        av_log_set_level(AV_LOG_ERROR);
        int code = avformat_alloc_output_context2(&format, nullptr, "mp4", path.c_str());
        if (code < 0)
            throw Error(ErrorKind::Media, "this FFmpeg cannot write MP4: " + avText(code), path.string());
        format->flags |= AVFMT_FLAG_BITEXACT;
        openCodec();
        stream = avformat_new_stream(format, nullptr);
        stream->time_base = codec->time_base;
        stream->avg_frame_rate = codec->framerate;
        avcodec_parameters_from_context(stream->codecpar, codec);
        if (const int opened = avio_open(&format->pb, path.c_str(), AVIO_FLAG_WRITE); opened < 0)
            failStorage("the video file cannot be made", opened);
        created = true;
        AVDictionary* muxing = nullptr;
        av_dict_set(&muxing, "movflags", "+faststart", 0);
        code = avformat_write_header(format, &muxing);
        av_dict_free(&muxing);
        if (code < 0)
            failStorage("the video file cannot be written", code);

        frame = av_frame_alloc();
        frame->format = codec->pix_fmt;
        frame->width = codec->width;
        frame->height = codec->height;
        frame->color_range = codec->color_range;
        frame->colorspace = codec->colorspace;
        packet = av_packet_alloc();
        if (av_frame_get_buffer(frame, 0) < 0)
            throw Error(ErrorKind::Resource, "not enough memory for a picture", path.string());
        scaler = sws_getContext(codec->width, codec->height, AV_PIX_FMT_RGB24, codec->width, codec->height,
            AV_PIX_FMT_YUV420P, SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr, nullptr, nullptr);
        if (!scaler)
            throw Error(ErrorKind::Media, "pictures cannot be converted to YUV", path.string());
        const int* bt601 = sws_getCoefficients(SWS_CS_ITU601);
        sws_setColorspaceDetails(scaler, bt601, 1, bt601, 0, 0, 1 << 16, 1 << 16);
    }

    void encode(const AVFrame* picture)
    {
        int code = avcodec_send_frame(codec, picture);
        while (code >= 0) {
            code = avcodec_receive_packet(codec, packet);
            if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
                return;
            if (code < 0)
                break;
            av_packet_rescale_ts(packet, codec->time_base, stream->time_base);
            packet->stream_index = stream->index;
            packet->duration = av_rescale_q(1, codec->time_base, stream->time_base);
            if (const int put = av_interleaved_write_frame(format, packet); put < 0)
                failStorage("the video file cannot be written", put);
        }
        throw Error(ErrorKind::Media, "the H.264 encoder failed: " + avText(code), path.string());
    }
};

VideoWriter::VideoWriter(const fs::path& path, const Options& options)
    : m_impl(std::make_unique<Impl>())
{
    if (options.width < 2 || options.height < 2 || options.width % 2 || options.height % 2 || options.fps < 1)
        throw Error(
            ErrorKind::Input, "a video needs an even width and height and at least one frame a second", path.string());
    m_impl->path = path;
    m_impl->options = options;
    try {
        m_impl->open();
    } catch (...) {
        const bool created = m_impl->created;
        m_impl->release();
        std::error_code ignored;
        if (created)
            fs::remove(path, ignored);
        throw;
    }
}

VideoWriter::~VideoWriter()
{
    if (!m_impl->created || m_impl->finished)
        return;
    m_impl->release();
    std::error_code ignored;
    fs::remove(m_impl->path, ignored);
}

void VideoWriter::write(const RgbImage& image)
{
    Impl& d = *m_impl;
    if (image.width != d.options.width || image.height != d.options.height)
        throw Error(ErrorKind::Internal, "a picture of another size was given to the video writer", d.path.string());
    if (av_frame_make_writable(d.frame) < 0)
        throw Error(ErrorKind::Resource, "not enough memory for a picture", d.path.string());
    const uint8_t* planes[1] = {image.pixels.data()};
    const int strides[1] = {3 * image.width};
    sws_scale(d.scaler, planes, strides, 0, image.height, d.frame->data, d.frame->linesize);
    d.frame->pts = d.written++;
    d.encode(d.frame);
}

void VideoWriter::finish()
{
    Impl& d = *m_impl;
    d.encode(nullptr);
    if (const int code = av_write_trailer(d.format); code < 0)
        d.failStorage("the video file cannot be finished", code);
    if (const int code = avio_closep(&d.format->pb); code < 0)
        d.failStorage("the video file cannot be finished", code);
    const int file = ::open(d.path.c_str(), O_WRONLY | O_CLOEXEC);
    const bool kept = file >= 0 && syncFile(file);
    const int error = errno;
    if (file >= 0)
        ::close(file);
    if (!kept)
        throwStorageError("the video file cannot be finished", d.path, error);
    d.finished = true;
    d.release();
}

} // namespace clipscope
