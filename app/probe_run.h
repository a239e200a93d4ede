// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/run_record.h"
#include "embedding/encoder.h"
#include "library/video_library.h"
#include "probe/few_shot.h"

#include <string>
#include <vector>

namespace clipscope {

struct ProbeRunOptions {
    FewShotOptions probe;
    uint64_t seed = 0;
    std::string aggregation =
        "mean"; ///< "mean" learns from the encoder's features where it has them, all else from joint
    std::vector<std::string> templates = {"a video of LABEL"};
};

/// The labelled, embedded videos of a library, as the probe takes them: splits "train", "val" and "test", others are
/// not used; labels too thin for the shots asked for (design section 9) are left out, logged and named in `leftOut`.
/// Throws Error(Input) when no embedded video has a label and a split, what the encoder throws, Cancelled.
ProbeData probeData(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key, const ProbeRunOptions& options,
    std::vector<std::string>& leftOut, JobContext& context);
/// measureFewShots() on them as a run record ("probe"), with the keys of the JSON contract.
RunRecord probeRun(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key, const ProbeRunOptions& options,
    JobContext& context);

} // namespace clipscope
