// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/media_file_internal.h"

#include "media/container_signature_internal.h"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr auto kStuckAfter = std::chrono::seconds(30);
constexpr int kIoBufferBytes = 1 << 16;
/// Passing over damage is salvage; this many failures without a packet between them is a file that will give no more.
constexpr int kMostFailuresInARow = 100'000;
constexpr int kMostFailuresWithoutMoving = 100;
constexpr int kMostEndsInARow = 1000;
/// FFmpeg's name of the family.
constexpr char kMp4[] = "mov,mp4,m4a,3gp,3g2,mj2";

const std::set<std::string> kVideoFormats{"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "gif", "apng", "mpegts",
    "mpeg", "mpegvideo", "flv", "live_flv", "ogg", "asf", "mxf", "nut", "rm", "h264", "hevc", "m4v", "ivf", "obu", "dv",
    "yuv4mpegpipe", "swf", "wtv", "nsv", "vivo"};
const std::set<std::string> kPictureFormats{"png_pipe", "jpeg_pipe", "webp_pipe", "bmp_pipe", "tiff_pipe", "gif",
    "apng", "jpegxl_pipe", "jpegls_pipe", "j2k_pipe", "ppm_pipe", "pgm_pipe", "pbm_pipe", "pam_pipe", "qoi_pipe",
    "ico"};

/// What FFmpeg said last on this thread: its one way to tell why a file was refused.
thread_local std::string lastComplaint;

void collectComplaint(void*, int level, const char* format, va_list arguments)
{
    if (level > AV_LOG_ERROR)
        return;
    char line[512];
    std::vsnprintf(line, sizeof line, format, arguments);
    std::string text = line;
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '.'))
        text.pop_back();
    if (!text.empty())
        lastComplaint = text;
}

std::string complaintInBrackets(int code)
{
    return " (FFmpeg: " + (lastComplaint.empty() ? avReason(code) : lastComplaint) + ")";
}

} // namespace

void keepFfmpegSilent()
{
    static std::once_flag once;
    std::call_once(once, [] { av_log_set_callback(collectComplaint); });
}

MediaFile::MediaFile(Descriptor descriptor, const fs::path& name, Purpose purpose, const JobContext& context)
    : m_path(name)
    , m_purpose(purpose)
    , m_stop(context.stop)
    , m_descriptor(std::move(descriptor))
{
    keepFfmpegSilent();
    noteProgress();
    struct stat st = {};
    m_bytes = ::fstat(m_descriptor.get(), &st) == 0 ? st.st_size : 0;
    openFormat();
}

void MediaFile::fail(const std::string& happened, const std::string& remedy) const
{
    throw Error(ErrorKind::Media, happened, m_path.string(), remedy);
}

void MediaFile::setJob(const JobContext& context)
{
    m_stop = context.stop;
    noteProgress();
}

bool MediaFile::shouldStop() const
{
    return m_stop.stop_requested() || std::chrono::steady_clock::now() - m_lastProgress > kStuckAfter;
}

void MediaFile::throwIfStoppedOrStuck() const
{
    if (m_stop.stop_requested())
        throw Cancelled();
    if (std::chrono::steady_clock::now() - m_lastProgress > kStuckAfter)
        fail("gave no picture for 30 seconds",
            "It is probably damaged; play it in another program to see what is left of it.");
}

int MediaFile::readBytes(void* self, uint8_t* to, int bytes)
{
    auto& file = *static_cast<MediaFile*>(self);
    if (file.shouldStop())
        return AVERROR_EXIT;
    for (;;) {
        const ssize_t n = ::pread(file.m_descriptor.get(), to, size_t(bytes), file.m_offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            file.m_readError = errno;
            return AVERROR(errno);
        }
        file.m_offset += n;
        return n == 0 ? AVERROR_EOF : int(n);
    }
}

int64_t MediaFile::seekBytes(void* self, int64_t offset, int whence)
{
    auto& file = *static_cast<MediaFile*>(self);
    if (whence & AVSEEK_SIZE)
        return file.m_bytes;
    const int64_t base = whence == SEEK_CUR ? file.m_offset : whence == SEEK_END ? file.m_bytes : 0;
    if (offset > INT64_MAX - base || base + offset < 0)
        return AVERROR(EINVAL);
    return file.m_offset = base + offset;
}

int MediaFile::interrupted(void* self)
{
    return static_cast<const MediaFile*>(self)->shouldStop() ? 1 : 0;
}

int MediaFile::refuseToOpen(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**)
{
    return AVERROR(EPERM);
}

void MediaFile::openFormat()
{
    lastComplaint.clear();
    m_stream = nullptr;
    m_offset = 0;
    m_format.reset();
    m_io.reset();
    auto* buffer = static_cast<uint8_t*>(orBadAlloc(av_malloc(kIoBufferBytes)));
    m_io.reset(avio_alloc_context(buffer, kIoBufferBytes, 0, this, readBytes, nullptr, seekBytes));
    orBadAlloc(m_io.get());

    // The name goes in as a hint for formats without a signature; the scheme keeps "concat:a|b" a name.
    const std::string name = "file:" + m_path.filename().string();
    const AVInputFormat* demuxer = nullptr;
    const std::string hint = m_purpose == Purpose::Video ? name : std::string();
    int code = av_probe_input_buffer2(m_io.get(), &demuxer, hint.c_str(), nullptr, 0, 1 << 20);
    if (code < 0)
        failToOpen(code, {});
    const std::string formatName = demuxer->name;
    const auto& allowed = m_purpose == Purpose::Video ? kVideoFormats : kPictureFormats;
    if (!allowed.contains(formatName))
        failToOpen(AVERROR_INVALIDDATA, formatName);

    AVFormatContext* raw = orBadAlloc(avformat_alloc_context());
    raw->pb = m_io.get();
    raw->flags |= AVFMT_FLAG_CUSTOM_IO;
    raw->interrupt_callback = {interrupted, this};
    raw->io_open = refuseToOpen;
    // FFmpeg frees the context itself when it cannot open it.
    code = avformat_open_input(&raw, name.c_str(), demuxer, nullptr);
    if (code < 0)
        failToOpen(code, formatName);
    m_format.reset(raw);

    std::vector<AVDictionary*> options(m_format->nb_streams, nullptr);
    for (auto& dictionary : options)
        av_dict_set_int(&dictionary, "max_pixels", kMaxPictureArea, 0);
    const unsigned known = m_format->nb_streams;
    code = avformat_find_stream_info(m_format.get(), options.empty() ? nullptr : options.data());
    for (unsigned i = 0; i < known; ++i)
        av_dict_free(&options[i]);
    throwIfStoppedOrStuck();
    if (code < 0)
        failToOpen(code, formatName);
    pickStream();
}

void MediaFile::failToOpen(int code, const std::string& formatName)
{
    throwIfStoppedOrStuck();
    if (m_readError)
        throw Error(ErrorKind::Storage, std::string("cannot be read: ") + std::strerror(m_readError), m_path.string(),
            "The disk or the connection to it may be failing.");
    std::string head(size_t(std::min<int64_t>(m_bytes, 4096)), '\0');
    const ssize_t got = ::pread(m_descriptor.get(), head.data(), head.size(), 0);
    head.resize(got > 0 ? size_t(got) : 0);

    if (m_purpose == Purpose::Picture)
        fail("is not a picture that can be read" + complaintInBrackets(code),
            "Take a PNG, JPEG, WebP, BMP, TIFF or GIF file.");
    if (kPictureFormats.contains(formatName) || formatName == "image2" || formatName.ends_with("_pipe"))
        fail("is a still picture, not a video", "Use it as a query picture instead.");
    if (formatName == kMp4 && hasContainerSignature(head) && !hasIndexBox(m_descriptor.get(), m_bytes))
        fail("is cut off before its index (no 'moov' box), so none of its pictures can be found",
            "Copy it again from its source; a recording that was interrupted may be mended with a repair program.");
    if (looksLikeText(head))
        fail("is a text file, not a video");
    if (m_bytes < 64)
        fail("is far too short for a video (" + std::to_string(m_bytes) + " bytes)", "Copy it again from its source.");
    if (!hasContainerSignature(head))
        fail("is not a video file of a known kind" + complaintInBrackets(code));
    if (!formatName.empty() && !kVideoFormats.contains(formatName))
        fail("has a format that is not opened here (" + formatName + ")", "Convert it to MP4 or Matroska.");
    fail("has a damaged header" + complaintInBrackets(code), "Copy it again from its source.");
}

void MediaFile::pickStream()
{
    // The first video stream; one without a decoder only where there is no other.
    bool cover = false;
    int best = -1;
    int undecodable = -1;
    for (unsigned i = 0; best < 0 && i < m_format->nb_streams; ++i) {
        const AVStream* s = m_format->streams[i];
        if (s->codecpar->codec_type != AVMEDIA_TYPE_VIDEO)
            continue;
        if (s->disposition & AV_DISPOSITION_ATTACHED_PIC)
            cover = true;
        else if (avcodec_find_decoder(s->codecpar->codec_id))
            best = int(i);
        else if (undecodable < 0)
            undecodable = int(i);
    }
    if (best < 0)
        best = undecodable;
    if (best < 0)
        fail(cover ? "has no video stream (only sound and a cover picture)" : "has no video stream",
            "It may be a sound file with a video's name.");
    for (unsigned i = 0; i < m_format->nb_streams; ++i)
        m_format->streams[i]->discard = int(i) == best ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    m_stream = m_format->streams[best];

    const AVCodecParameters& p = *m_stream->codecpar;
    if (p.width > kMaxPictureSide || p.height > kMaxPictureSide || int64_t(p.width) * p.height > kMaxPictureArea)
        fail("claims pictures of " + std::to_string(p.width) + " x " + std::to_string(p.height) + " pixels",
            "The limit is 16384 a side; the header is probably damaged.");
}

bool MediaFile::readPacket(AVPacket& packet)
{
    int failures = 0;
    int failuresHere = 0;
    int endsInARow = 0;
    const bool isMp4 = m_format->iformat->name == std::string_view(kMp4);
    int64_t position = -1;
    for (;;) {
        throwIfStoppedOrStuck();
        av_packet_unref(&packet);
        const int code = av_read_frame(m_format.get(), &packet);
        if (code >= 0) {
            failures = failuresHere = 0;
            if (packet.stream_index != m_stream->index)
                continue;
            noteProgress();
            return true;
        }
        throwIfStoppedOrStuck();
        if (m_readError)
            throw Error(ErrorKind::Storage, std::string("cannot be read any further: ") + std::strerror(m_readError),
                m_path.string(), "Is its drive still connected?");
        if (code == AVERROR_EOF) {
            // A sample of an MP4's index that lies beyond the file's end looks like the end, though later samples may
            // be there.
            if (++endsInARow > kMostEndsInARow || !isMp4)
                return false;
            continue;
        }
        const int64_t here = avio_tell(m_io.get());
        failuresHere = here == position ? failuresHere + 1 : 0;
        position = here;
        // The index of a file that is cut off lists packets beyond its end: they fail one by one where the file ends.
        if (++failures > kMostFailuresInARow || (failuresHere > kMostFailuresWithoutMoving && position < m_bytes))
            return false;
    }
}

void MediaFile::reopen()
{
    openFormat();
}

AvCodecContext MediaFile::makeDecoder() const
{
    const AVCodecParameters* parameters = m_stream->codecpar;
    const AVCodec* codec = avcodec_find_decoder(parameters->codec_id);
    if (!codec)
        fail(parameters->codec_id == AV_CODEC_ID_NONE
                ? std::string("has a video stream of an unknown kind; its header is probably damaged")
                : std::string("uses the codec ") + avcodec_get_name(parameters->codec_id)
                    + ", for which this FFmpeg has no decoder",
            "Convert it to H.264.");
    AvCodecContext decoder(orBadAlloc(avcodec_alloc_context3(codec)));
    int code = avcodec_parameters_to_context(decoder.get(), parameters);
    decoder->thread_count = 1;
    decoder->max_pixels = kMaxPictureArea;
    decoder->pkt_timebase = m_stream->time_base;
    if (code >= 0)
        code = avcodec_open2(decoder.get(), codec, nullptr);
    if (code < 0)
        fail("cannot be decoded" + complaintInBrackets(code), "Its header is probably damaged.");
    return decoder;
}

} // namespace clipscope
