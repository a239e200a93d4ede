// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/thread_limit.h"
#include "library/video_library.h"

namespace clipscope {

struct ImportOptions {
    SamplerSpec sampler;
    std::filesystem::path root{}; ///< VideoRecord::importRoot of all; empty: what was named, each for its own
    ThreadLimit threads{}; ///< of the decoders; looked at before each file
};

/// Whether the file is the one that was imported: same size, same modification time.
bool isUnchanged(const VideoRecord& known);

/// Each candidate ends in exactly one of ok, skipped, failed (design section 3); damaged ones are ok and listed too.
struct ImportReport {
    struct Failed {
        std::filesystem::path path;
        std::string reason;
    };
    struct Damaged {
        std::filesystem::path path;
        int usableFrames = 0;
        int frames = 0;
    };
    int64_t ok = 0;
    int64_t skipped = 0;
    std::vector<Failed> failed;
    std::vector<Damaged> damaged;
    SampleError sampleError; ///< of the ok ones together
};

/// Walks files and folders (links followed once, no loops), and for each media candidate: probe, decode the sampled
/// frames small for thumbnail and hover strip, read sidecar subtitles (.srt, .vtt), store. Unchanged known files (path,
/// size, mtime) are skipped. Two workers decode side by side where the thread limit lets them. Partial results:
/// VideoRecord for each ok one, ImportReport::Failed for each failed. A full disk waits where the context says so. At
/// the end a checked copy of the database is kept. Throws Cancelled (what is done stays), Error(Storage), Error(Input)
/// for a path that does not exist.
ImportReport importVideos(VideoLibrary& library, const std::vector<std::filesystem::path>& paths,
    const ImportOptions& options, JobContext& context);

} // namespace clipscope
