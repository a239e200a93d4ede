// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/video_reference.h"

#include <cstring>
#include <fstream>

namespace clipscope::test {

bool haveFfmpeg()
{
    static const bool have = runProgram({"ffmpeg", "-version"}) == 0;
    return have;
}

bool ffmpeg(std::vector<std::string> arguments)
{
    std::vector<std::string> all{"ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::string output;
    const bool ok = runProgram(all, &output) == 0;
    if (!ok)
        qWarning("ffmpeg: %s", output.c_str());
    return ok;
}

std::vector<RgbImage> fullDecode(const std::filesystem::path& video, int codedWidth, int codedHeight, int threads)
{
    const TempDir dir;
    const auto raw = dir / "frames.rgb";
    if (!ffmpeg({"-noautorotate", "-threads", std::to_string(threads), "-i", video.string(), "-map", "0:v:0", "-vsync",
            "passthrough", "-vf", "scale=flags=bicubic+accurate_rnd+full_chroma_int", "-pix_fmt", "rgb24", "-f",
            "rawvideo", raw.string()}))
        return {};
    std::ifstream in(raw, std::ios::binary);
    std::vector<RgbImage> frames;
    RgbImage image(codedWidth, codedHeight);
    while (in.read(reinterpret_cast<char*>(image.pixels.data()), std::streamsize(image.pixels.size())))
        frames.push_back(image);
    return frames;
}

std::vector<RgbImage> readAll(VideoReader& reader, const FrameFit& fit)
{
    std::vector<int64_t> indices(size_t(reader.info().frames));
    std::vector<RgbImage> frames(indices.size());
    for (size_t i = 0; i < indices.size(); ++i)
        indices[i] = int64_t(i);
    reader.read(indices, fit, {}, [&](VideoFrame&& frame) { frames[size_t(frame.index)] = std::move(frame.image); });
    return frames;
}

std::string sampleDiffers(
    VideoReader& reader, const SamplerSpec& spec, const FrameFit& fit, const std::vector<RgbImage>& frames)
{
    const auto indices = sampleFrames(spec, reader.timeline()).indices;
    std::string difference;
    size_t i = 0;
    const SampleReport report = reader.sample(spec, fit, {}, [&](VideoFrame&& frame) {
        while (i < indices.size() && indices[i] != frame.index)
            ++i;
        if (!difference.empty())
            return;
        if (i == indices.size())
            difference = "frame " + std::to_string(frame.index) + " was not asked for or came out of order";
        else if (frame.timeSec != reader.timeline().timesSec[size_t(frame.index)])
            difference = "frame " + std::to_string(frame.index) + " has another time";
        else if (!(frame.image == frames[size_t(frame.index)]))
            difference = "frame " + std::to_string(frame.index) + " differs from the full decode";
        ++i;
    });
    size_t decodable = 0;
    for (const int64_t index : indices)
        decodable += !frames[size_t(index)].empty();
    if (difference.empty() && (report.asked != int(indices.size()) || report.usable != int(decodable)))
        difference = std::to_string(report.usable) + " of " + std::to_string(report.asked) + " frames came, "
            + std::to_string(decodable) + " of " + std::to_string(indices.size()) + " are there";
    if (difference.empty() && report.damage.empty() != (report.usable == report.asked))
        difference = "damage is not said as it is: '" + report.damage + "'";
    return difference.empty() ? difference : spec.toString() + ": " + difference;
}

} // namespace clipscope::test
