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

/// What a probe of a library works on.
struct LibraryProbe {
    ProbeData data;
    std::vector<VideoRecord> videos; ///< one a row of the data
    std::vector<std::string> leftOut; ///< labels too thin for the shots asked for (design section 9)
};

/// The labelled, embedded videos of a library, as the probe takes them: splits "train", "val" and "test", others are
/// not used; thin labels are left out, logged and named. Throws Error(Input) when no embedded video has a label and a
/// split, what the encoder throws, Cancelled.
LibraryProbe libraryProbe(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key,
    const ProbeRunOptions& options, JobContext& context);
/// measureFewShots() on them as a run record ("probe"), with the keys of the JSON contract.
RunRecord probeRun(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key, const ProbeRunOptions& options,
    JobContext& context);

} // namespace clipscope
