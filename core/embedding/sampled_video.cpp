// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/sampled_video_internal.h"

#include "base/file_time.h"
#include "base/files.h"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>

namespace clipscope {

namespace {

struct FileState {
    int64_t bytes = 0;
    int64_t modifiedNs = 0;
    bool operator==(const FileState&) const = default;
};

FileState stateOf(const VideoRecord& video)
{
    struct stat st = {};
    if (::stat(video.path.c_str(), &st) != 0) {
        const bool gone = errno == ENOENT || errno == ENOTDIR;
        throw Error(ErrorKind::Media,
            gone ? "is not there any more" : std::string("cannot be read: ") + strerror(errno), video.path.string(),
            gone ? "Put it back or connect its disk, then embed again." : "Check its permissions.");
    }
    return {st.st_size, modifiedNs(st)};
}

} // namespace

SampledVideo readSampledVideo(const VideoRecord& video, const FrameFit& fit, const JobContext& context,
    const std::function<void(VideoFrame&&)>& sink)
{
    const FileState before = stateOf(video);
    if (!(before == FileState{video.bytes, video.modifiedNs}) && contentHash(video.path) != video.hash)
        throw Error(ErrorKind::Media, "has changed since it was imported", video.path.string(),
            "Import it once more, then embed again.");
    VideoReader reader(video.path, context);
    const SampleReport got = reader.sample(video.sampler, fit, context, sink);
    if (got.usable == 0)
        throw Error(ErrorKind::Media,
            got.asked == 0 ? "has no frame to embed"
                           : "none of its " + std::to_string(got.asked) + " sampled frames can be decoded",
            video.path.string(), "It is damaged; copy it again from its source and import it once more.");
    if (!(stateOf(video) == before))
        throw Error(ErrorKind::Media, "changed while it was being read", video.path.string(),
            "Import it once more when it is complete, then embed again.");
    return {reader.info().durationSec, got.asked, got.error};
}

} // namespace clipscope
