// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <new>
#include <string>

namespace clipscope {

/// One owner for each of FFmpeg's objects; the rest of the room never frees anything.
struct AvFree {
    void operator()(AVFrame* p) const { av_frame_free(&p); }
    void operator()(AVPacket* p) const { av_packet_free(&p); }
    void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
    void operator()(AVCodecParserContext* p) const { av_parser_close(p); }
    void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
    void operator()(SwsContext* p) const { sws_freeContext(p); }
    void operator()(AVIOContext* p) const
    {
        av_freep(&p->buffer);
        avio_context_free(&p);
    }
};
using AvFrame = std::unique_ptr<AVFrame, AvFree>;
using AvPacket = std::unique_ptr<AVPacket, AvFree>;
using AvCodecContext = std::unique_ptr<AVCodecContext, AvFree>;
using AvFormatContext = std::unique_ptr<AVFormatContext, AvFree>;
using AvIoContext = std::unique_ptr<AVIOContext, AvFree>;
using AvSwsContext = std::unique_ptr<SwsContext, AvFree>;

/// FFmpeg reports want of memory by null.
template <class T> T* orBadAlloc(T* p)
{
    if (!p)
        throw std::bad_alloc();
    return p;
}
inline AvFrame makeFrame()
{
    return AvFrame(orBadAlloc(av_frame_alloc()));
}
inline AvPacket makePacket()
{
    return AvPacket(orBadAlloc(av_packet_alloc()));
}
inline std::string avReason(int code)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = {};
    av_strerror(code, text, sizeof text);
    return text;
}

} // namespace clipscope
