// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/import_reading.h"

#include "base/file_time.h"
#include "base/files.h"
#include "media/thumbnail_maker.h"
#include "media/video_reader.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <sys/stat.h>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

/// Where nothing asked for can be decoded, this many more frames all over the video are tried before it is given up.
constexpr int kLastTry = 64;

struct FileState {
    int64_t bytes = 0;
    int64_t modifiedNs = 0;
    ino_t number = 0;
    bool operator==(const FileState&) const = default;
};

FileState stateOf(const fs::path& path)
{
    struct stat st = {};
    if (::stat(path.c_str(), &st) != 0)
        return {-1, 0, 0};
    return {st.st_size, modifiedNs(st), st.st_ino};
}

using Pictures = std::map<int64_t, RgbImage>; ///< by frame

const RgbImage& nearest(const Pictures& pictures, int64_t frame)
{
    auto after = pictures.lower_bound(frame);
    if (after == pictures.end()
        || (after != pictures.begin() && frame - std::prev(after)->first < after->first - frame))
        --after;
    return after->second;
}

/// All of one height; each takes the first one's width, should the resolution change inside the video.
RgbImage sideBySide(const Pictures& pictures, const std::vector<int64_t>& frames)
{
    const RgbImage& first = nearest(pictures, frames.front());
    const int width = std::max(1, (first.width * kStripHeight + first.height / 2) / first.height);
    RgbImage strip(width * int(frames.size()), kStripHeight);
    for (size_t i = 0; i < frames.size(); ++i) {
        const RgbImage image = fitImage(nearest(pictures, frames[i]), FrameFit::bounds(4 * width, kStripHeight));
        for (int y = 0; y < kStripHeight; ++y) {
            const uint8_t* from = image.row(y * image.height / kStripHeight);
            uint8_t* to = strip.row(y) + size_t(3) * size_t(width) * i;
            for (int x = 0; x < width; ++x)
                std::memcpy(to + 3 * size_t(x), from + 3 * size_t(x * image.width / width), 3);
        }
    }
    return strip;
}

int64_t frameNear(const VideoReader& reader, double timeSec, SamplerSnap snap)
{
    return snappedFrame(reader.frameAt(timeSec), snap, reader.timeline());
}

/// Where sampling saves decoding by taking frames nearby, so do the pictures.
std::vector<int64_t> stripFrames(const VideoReader& reader, SamplerSnap snap)
{
    std::vector<int64_t> out;
    for (int i = 0; i < kStripFrames; ++i)
        out.push_back(frameNear(reader, (i + .5) * reader.info().durationSec / kStripFrames, snap));
    return out;
}

std::vector<int64_t> sortedUnion(const std::vector<int64_t>& a, const std::vector<int64_t>& b, int64_t c)
{
    std::vector<int64_t> out = a;
    out.insert(out.end(), b.begin(), b.end());
    out.push_back(c);
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

} // namespace

ReadVideo readForImport(const fs::path& path, const SamplerSpec& sampler, const JobContext& context)
{
    const FileState before = stateOf(path);
    VideoReader reader(path, context);
    const VideoInfo& info = reader.info();
    const FrameFit fit = FrameFit::bounds(kThumbnailWidth, kThumbnailHeight);

    const SampledFrames sampling = sampleFrames(sampler, reader.timeline());
    const std::vector<int64_t>& sampled = sampling.indices;
    const std::vector<int64_t> strip = stripFrames(reader, sampler.snap);
    const int64_t middle = frameNear(reader, info.durationSec / 2, sampler.snap);

    ReadVideo out;
    VideoRecord& record = out.record;
    Pictures pictures;
    reader.read(sortedUnion(sampled, strip, middle), fit, context, [&](VideoFrame&& frame) {
        const auto [first, last] = std::equal_range(sampled.begin(), sampled.end(), frame.index);
        record.usableFrames += int(last - first);
        // Of an hour sampled by the second only the frames that are shown are kept, and the first of all in need.
        if (frame.index == middle || pictures.empty() || std::binary_search(strip.begin(), strip.end(), frame.index))
            pictures.insert_or_assign(frame.index, std::move(frame.image));
    });
    if (pictures.empty()) {
        reader.sample({SamplerKind::Uniform, kLastTry, 1}, fit, context,
            [&](VideoFrame&& frame) { pictures.insert_or_assign(frame.index, std::move(frame.image)); });
    }
    if (pictures.empty())
        throw Error(ErrorKind::Media, "has no picture that can be decoded", path.string(),
            "It is too damaged to be shown; copy it again from its source.");

    record.path = path;
    record.info = info;
    record.sampler = sampler;
    record.sampledFrames = int(sampled.size());
    record.sampleError = sampling.error;
    // What is wrong with the file's table of frames, whichever of them are asked for.
    record.damage = reader.read({}, fit, context, [](VideoFrame&&) {}).damage;
    if (record.usableFrames < record.sampledFrames)
        record.damage += (record.damage.empty() ? "" : "; ") + std::to_string(record.usableFrames) + " of "
            + std::to_string(record.sampledFrames) + " frames usable";
    out.thumbnail = nearest(pictures, middle);
    out.strip = sideBySide(pictures, strip);

    record.hash = contentHash(path);
    record.bytes = before.bytes;
    record.modifiedNs = before.modifiedNs;
    if (!(stateOf(path) == before))
        throw Error(
            ErrorKind::Media, "changed while it was being read", path.string(), "Import it again when it is complete.");
    return out;
}

} // namespace clipscope
