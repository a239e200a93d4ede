// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode_pass.h"

#include "media/media_file_internal.h"

namespace clipscope {

namespace {

AVDiscard skippedBy(DecodePass pass)
{
    switch (pass) {
    case DecodePass::Keyframes:
        return AVDISCARD_NONKEY;
    case DecodePass::References:
        return AVDISCARD_NONREF;
    case DecodePass::Demux:
    case DecodePass::All:
        break;
    }
    return AVDISCARD_DEFAULT;
}

} // namespace

int64_t runDecodePass(const std::filesystem::path& path, DecodePass pass, const JobContext& context)
{
    MediaFile file(openMediaFile(path), path, MediaFile::Purpose::Video, context);
    const AvPacket packet = makePacket();
    int64_t count = 0;
    if (pass == DecodePass::Demux) {
        for (; file.readPacket(*packet); ++count)
            av_packet_unref(packet.get());
        return count;
    }
    const AvCodecContext decoder = file.makeDecoder();
    decoder->skip_frame = skippedBy(pass);
    const AvFrame frame = makeFrame();
    // A packet that does not decode costs its frame, as everywhere in this room.
    const auto feed = [&](const AVPacket* next) {
        avcodec_send_packet(decoder.get(), next);
        for (; avcodec_receive_frame(decoder.get(), frame.get()) >= 0; ++count)
            file.noteProgress();
    };
    while (file.readPacket(*packet)) {
        feed(packet.get());
        av_packet_unref(packet.get());
    }
    feed(nullptr);
    return count;
}

} // namespace clipscope
