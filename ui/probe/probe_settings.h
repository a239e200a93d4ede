// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/run_record.h"
#include "embedding/encoder.h"
#include "library/video_library.h"
#include "probe/few_shot.h"

#include <QString>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace clipscope {

/// What the page lets the user choose: what the command `probe` has options for.
struct ProbeSettings {
    FewShotOptions probe;
    uint64_t seed = 0;
    std::string aggregation = "mean";
    std::vector<std::string> templates = {"a video of LABEL"};
};

/// The experiment itself, which the command line calls as well. Partial results are ShotCurvePoints. Throws Error and
/// Cancelled. For a worker.
using ProbeFunction =
    std::function<RunRecord(VideoLibrary&, Encoder&, const EmbeddingKey&, const ProbeSettings&, JobContext&)>;

/// "1, 2, 4, all"; parseShots() is its inverse and returns an empty list for what is no such list.
QString shotsText(const std::vector<int>& shots);
std::vector<int> parseShots(const QString& text);
/// What a run was made with.
ProbeSettings probeSettingsOf(const RunRecord& record);
/// The line that does the same, quoted for a POSIX shell.
QString probeCommand(const std::filesystem::path& library, const std::string& model, const ProbeSettings& settings);

} // namespace clipscope
