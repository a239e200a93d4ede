// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/video_reader.h"

#include "media/decoder_process_internal.h"

#include <algorithm>
#include <sys/stat.h>

namespace clipscope {

namespace {

/// Opening reads the whole file once; no disk that is worth waiting for is slower.
constexpr double kSlowestBytesPerSec = 1 << 18;

} // namespace

/// The file stays open here, so that a decoder that was lost can be followed by another one.
struct VideoReader::Impl {
    Impl(const std::filesystem::path& video, const JobContext& context)
        : path(video)
        , subject(video.string())
        , file(openMediaFile(video))
        , opening(open(context))
    {
    }
    ~Impl() { giveBackDecoder(std::move(decoder)); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Opening open(const JobContext& context)
    {
        context.throwIfStopped();
        struct stat st = {};
        ::fstat(file.get(), &st);
        MessageWriter question;
        question.putText(path.filename().string());
        const double mostSec = decodingLimits().stuckAfterSec + double(st.st_size) / kSlowestBytesPerSec;
        Opening out;
        decoder = askDecoder({MessageKind::OpenVideo, question.take(), file.get(), {}, mostSec}, subject, context,
            {[](int64_t, RgbImage&&) { throw MalformedMessage(); },
                [&](MessageReader& answer) { out = getOpening(answer); }});
        return out;
    }

    /// A decoder that holds the file: the last one, or where it was lost a new one.
    void secureDecoder(const JobContext& context)
    {
        if (decoder && decoder->usable())
            return;
        decoder.reset();
        if (!(open(context) == opening)) {
            giveBackDecoder(std::move(decoder));
            throw Error(ErrorKind::Media, "changed while it was being read", subject, "Open it again.");
        }
    }

    /// Asks for pictures, `most` at most.
    SampleReport ask(MessageKind kind, std::string payload, const FrameFit& fit, int64_t most,
        const JobContext& context, const std::function<void(VideoFrame&&)>& sink)
    {
        const DecodingLimits limits = decodingLimits();
        const double mostSec = std::max(limits.stuckAfterSec, limits.timesTheClip * opening.info.durationSec);
        const DecoderProcess::Question question{kind, std::move(payload), -1, fit, mostSec};
        SampleReport report;
        int64_t delivered = 0;
        int64_t last = 0;
        const DecoderProcess::Answers answers{
            [&](int64_t index, RgbImage&& image) {
                if (index < last || index >= opening.info.frames || ++delivered > most)
                    throw MalformedMessage();
                last = index;
                sink({index, opening.timeline.timesSec[size_t(index)], std::move(image)});
            },
            [&](MessageReader& answer) {
                report = getReport(answer);
                if (report.usable != delivered)
                    throw MalformedMessage();
            }};
        secureDecoder(context);
        try {
            decoder->ask(question, subject, context, answers);
        } catch (...) {
            // It may have been dying since before it was asked, see askDecoder(): a new one decides.
            if (!decoder->diedUnheard())
                throw;
            secureDecoder(context);
            decoder->ask(question, subject, context, answers);
        }
        return report;
    }

    std::filesystem::path path;
    std::string subject;
    Descriptor file;
    std::unique_ptr<DecoderProcess> decoder;
    Opening opening;
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
    return m_impl->path;
}

const VideoInfo& VideoReader::info() const
{
    return m_impl->opening.info;
}

const FrameTimeline& VideoReader::timeline() const
{
    return m_impl->opening.timeline;
}

int64_t VideoReader::frameAt(double timeSec) const
{
    const auto& times = m_impl->opening.timeline.timesSec;
    return std::max<int64_t>(0, std::upper_bound(times.begin(), times.end(), timeSec + 1e-9) - times.begin() - 1);
}

SampleReport VideoReader::read(const std::vector<int64_t>& indices, const FrameFit& fit, const JobContext& context,
    const std::function<void(VideoFrame&&)>& sink)
{
    MessageWriter question;
    putFit(question, fit);
    question.putArray(indices);
    return m_impl->ask(MessageKind::Read, question.take(), fit, int64_t(indices.size()), context, sink);
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
    MessageWriter question;
    putFit(question, fit);
    question.put(index);
    VideoFrame out;
    m_impl->ask(MessageKind::Frame, question.take(), fit, 1, context, [&](VideoFrame&& frame) {
        if (frame.index != index)
            throw MalformedMessage();
        out = std::move(frame);
    });
    if (out.image.empty())
        throw Error(ErrorKind::Media, "has a frame that cannot be decoded (number " + std::to_string(index) + ")",
            m_impl->subject);
    return out;
}

} // namespace clipscope
