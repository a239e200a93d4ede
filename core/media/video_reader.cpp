// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/video_reader.h"

#include "media/frame_decoder_internal.h"
#include "media/upright_internal.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>

namespace clipscope {

namespace {

/// Whether the times differ from an even grid by more than the rounding of the container's ticks (1 ms in Matroska and
/// FLV).
bool hasVariableRate(const std::vector<double>& timesSec)
{
    if (timesSec.size() < 3)
        return false;
    std::vector<double> steps;
    for (size_t i = 1; i < timesSec.size(); ++i)
        steps.push_back(timesSec[i] - timesSec[i - 1]);
    auto middle = steps.begin() + std::ptrdiff_t(steps.size() / 2);
    std::nth_element(steps.begin(), middle, steps.end());
    const double median = *middle;
    return std::any_of(
        steps.begin(), steps.end(), [&](double s) { return std::abs(s - median) > .0015 + .1 * median; });
}

bool fileHasAlpha(const AVStream& stream)
{
    const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(AVPixelFormat(stream.codecpar->format));
    const AVDictionaryEntry* mode = av_dict_get(stream.metadata, "alpha_mode", nullptr, 0);
    return (format && (format->flags & AV_PIX_FMT_FLAG_ALPHA)) || (mode && std::string(mode->value) == "1");
}

VideoInfo describe(
    MediaFile& file, const FrameTable& table, const std::vector<double>& timesSec, const Upright& upright)
{
    const AVStream& stream = *file.stream();
    const AVCodecParameters& p = *stream.codecpar;
    VideoInfo info;
    info.container = file.format()->iformat->name;
    info.codec = avcodec_get_name(p.codec_id);
    const char* pixelFormat = av_get_pix_fmt_name(AVPixelFormat(p.format));
    info.pixelFormat = pixelFormat ? pixelFormat : "unknown";
    const PictureSize size = uprightSize(p.width, p.height, upright);
    info.width = size.width;
    info.height = size.height;
    info.rotationDegrees = upright.rotationDegrees;
    info.sampleAspect = upright.sampleAspect;
    info.startSec = table.seconds(table.pts.front());
    info.durationSec = table.seconds(table.endPts - table.pts.front());
    info.frames = table.frameCount();
    info.fps = info.durationSec > 0 ? double(info.frames) / info.durationSec : 0;
    info.keyframes = std::count(table.isKeyframe.begin(), table.isKeyframe.end(), true);
    info.variableFrameRate = hasVariableRate(timesSec);
    info.interlaced = p.field_order != AV_FIELD_UNKNOWN && p.field_order != AV_FIELD_PROGRESSIVE;
    info.hasAlpha = fileHasAlpha(stream);
    for (unsigned i = 0; i < file.format()->nb_streams; ++i)
        info.hasAudio |= file.format()->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
    if (p.color_trc == AVCOL_TRC_SMPTE2084)
        info.hdr = "HDR (PQ), tone-mapped";
    if (p.color_trc == AVCOL_TRC_ARIB_STD_B67)
        info.hdr = "HDR (HLG), tone-mapped";
    return info;
}

} // namespace

struct VideoReader::Impl {
    Impl(const std::filesystem::path& path, const JobContext& context)
        : file(path, MediaFile::Purpose::Video, context)
        , table(buildFrameTable(file, context))
        , upright(uprightOf(file.format(), file.stream()))
        , decoder(file, table)
        , scaler(FrameScaler::UnknownMatrix::ByPictureSize)
    {
        for (const int64_t pts : table.pts)
            timeline.timesSec.push_back(table.seconds(pts - table.pts.front()));
        timeline.isKeyframe = table.isKeyframe;
        timeline.reachCost = decoder.reachCosts();
        info = describe(file, table, timeline.timesSec, upright);
        timeline.durationSec = info.durationSec;
        if (info.width < 1 || info.height < 1)
            file.fail("has a video stream whose pictures have no size", "Its header is probably damaged.");
    }

    VideoFrame picture(int64_t index, const AVFrame& frame, const FrameFit& fit)
    {
        try {
            return {index, timeline.timesSec[size_t(index)], scaler.scale(frame, upright, fit)};
        } catch (const Error& e) {
            throw Error(e.kind(), e.happened(), file.path().string(), e.remedy());
        }
    }

    MediaFile file;
    FrameTable table;
    Upright upright;
    FrameDecoder decoder;
    FrameScaler scaler;
    VideoInfo info;
    FrameTimeline timeline;
    int64_t lastIndex = -1; ///< the frame that frame() gave last, kept for another size of it
    AvFrame lastFrame;
};

VideoReader::VideoReader(const std::filesystem::path& path, const JobContext& context)
    : m_impl(std::make_unique<Impl>(path, context))
{
}

VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;

const std::filesystem::path& VideoReader::path() const
{
    return m_impl->file.path();
}

const VideoInfo& VideoReader::info() const
{
    return m_impl->info;
}

const FrameTimeline& VideoReader::timeline() const
{
    return m_impl->timeline;
}

int64_t VideoReader::frameAt(double timeSec) const
{
    const auto& times = m_impl->timeline.timesSec;
    return std::max<int64_t>(0, std::upper_bound(times.begin(), times.end(), timeSec + 1e-9) - times.begin() - 1);
}

SampleReport VideoReader::read(const std::vector<int64_t>& indices, const FrameFit& fit, const JobContext& context,
    const std::function<void(VideoFrame&&)>& sink)
{
    Impl& d = *m_impl;
    if (!std::is_sorted(indices.begin(), indices.end())
        || (!indices.empty() && (indices.front() < 0 || indices.back() >= d.info.frames)))
        throw Error(
            ErrorKind::Internal, "frames were asked for that are out of order or do not exist", path().string());
    d.file.setJob(context);
    SampleReport report;
    report.asked = int(indices.size());
    std::vector<int64_t> wanted = indices;
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    auto next = indices.begin();
    d.decoder.decode(wanted, FrameDecoder::Then::Stop, [&](int64_t index, const AVFrame& frame) {
        context.throwIfStopped();
        VideoFrame picture;
        try {
            picture = d.picture(index, frame, fit);
        } catch (const Error& e) {
            // One frame of an impossible size inside a damaged stream is that frame's loss.
            if (e.kind() != ErrorKind::Media)
                throw;
            return;
        }
        next = std::lower_bound(next, indices.end(), index);
        for (; next != indices.end() && *next == index; ++next) {
            ++report.usable;
            sink(VideoFrame(picture));
        }
    });
    report.damage = d.table.damage;
    if (report.usable < report.asked)
        report.damage += (report.damage.empty() ? "" : "; ") + std::to_string(report.asked - report.usable) + " of "
            + std::to_string(report.asked) + " frames cannot be decoded";
    return report;
}

SampleReport VideoReader::sample(const SamplerSpec& spec, const FrameFit& fit, const JobContext& context,
    const std::function<void(VideoFrame&&)>& sink)
{
    const SampledFrames frames = sampleFrames(spec, timeline());
    SampleReport report = read(frames.indices, fit, context, sink);
    report.error = frames.error;
    return report;
}

VideoFrame VideoReader::frame(int64_t index, const FrameFit& fit, const JobContext& context)
{
    Impl& d = *m_impl;
    if (index < 0 || index >= d.info.frames)
        throw Error(ErrorKind::Internal, "has no frame " + std::to_string(index), path().string());
    d.file.setJob(context);
    context.throwIfStopped();
    if (index != d.lastIndex) {
        d.lastIndex = -1;
        d.lastFrame.reset();
        d.decoder.decode(std::span(&index, 1), FrameDecoder::Then::GoOn, [&](int64_t, const AVFrame& frame) {
            d.lastFrame.reset(orBadAlloc(av_frame_clone(&frame)));
            d.lastIndex = index;
        });
    }
    if (d.lastIndex != index)
        throw Error(ErrorKind::Media, "has a frame that cannot be decoded (number " + std::to_string(index) + ")",
            path().string());
    return d.picture(index, *d.lastFrame, fit);
}

} // namespace clipscope
