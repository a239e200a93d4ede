// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/late_function.h"
#include "sample/sample_kind.h"

#include <filesystem>
#include <string>

namespace clipscope {

struct SampleWorldOptions {
    int videos = 60;
    uint64_t seed = 1;
    SampleKind kind = SampleKind::Mixed;
};

/// Renders DIR/videos/*.mp4 (320 x 240, 12 fps, H.264), captions.json (ActivityNet Captions form), labels.csv,
/// splits.json and attributes.json (the known truth, for training heads and lessons). Equal bytes for equal options.
/// Uses every core. Throws Error(Storage | Input) (a folder with other things in it is refused), Cancelled.
extern LateFunction<void(
    const std::filesystem::path& folder, const SampleWorldOptions& options, JobContext& context)>
    createSampleWorld;

} // namespace clipscope
