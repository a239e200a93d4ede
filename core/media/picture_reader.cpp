// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decoder_process_internal.h"
#include "media/local_video_reader_internal.h"
#include "media/media_file_internal.h"
#include "media/upright_internal.h"

#include <cstring>

namespace clipscope {

RgbImage readPicture(const std::filesystem::path& path, const FrameFit& fit)
{
    const Descriptor file = openMediaFile(path);
    MessageWriter question;
    putFit(question, fit);
    question.putText(path.filename().string());
    RgbImage picture;
    giveBackDecoder(askDecoder(
        {MessageKind::ReadPicture, question.take(), file.get(), fit, decodingLimits().stuckAfterSec}, path.string(), {},
        {[&](int64_t, RgbImage&& image) { picture = std::move(image); },
            [&](MessageReader&) {
                if (picture.empty())
                    throw MalformedMessage();
            }}));
    return picture;
}

RgbImage readLocalPicture(
    Descriptor descriptor, const std::filesystem::path& name, const FrameFit& fit, const JobContext& context)
{
    MediaFile file(std::move(descriptor), name, MediaFile::Purpose::Picture, context);
    const AvCodecContext decoder = file.makeDecoder();
    const AvPacket packet = makePacket();
    const AvFrame frame = makeFrame();
    bool more = true;
    while (more) {
        more = file.readPacket(*packet);
        // A packet that cannot be decoded leaves nothing to receive, which is seen below.
        avcodec_send_packet(decoder.get(), more ? packet.get() : nullptr);
        if (avcodec_receive_frame(decoder.get(), frame.get()) < 0)
            continue;
        FrameScaler scaler(FrameScaler::UnknownMatrix::Bt601);
        try {
            return scaler.scale(*frame, uprightOfExif(*frame), fit);
        } catch (const Error& e) {
            throw Error(e.kind(), e.happened(), name.string(), e.remedy());
        }
    }
    file.fail(
        "is a picture that cannot be decoded", "It is probably damaged; open it in another program and save it again.");
}

RgbImage fitImage(const RgbImage& image, const FrameFit& fit)
{
    if (image.empty())
        return {};
    // swscale reads a little past a row's end: a padded copy.
    const AvFrame frame = makeFrame();
    frame->format = AV_PIX_FMT_RGB24;
    frame->width = image.width;
    frame->height = image.height;
    if (av_frame_get_buffer(frame.get(), 64) < 0)
        throw std::bad_alloc();
    for (int y = 0; y < image.height; ++y)
        std::memcpy(frame->data[0] + ptrdiff_t(y) * frame->linesize[0], image.row(y), size_t(3) * size_t(image.width));
    FrameScaler scaler(FrameScaler::UnknownMatrix::Bt601);
    return scaler.scale(*frame, {}, fit);
}

} // namespace clipscope
