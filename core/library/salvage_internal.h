// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "library/video_record.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace clipscope {

/// What a damaged database still gives. Captions name their videos by the ids these had there.
struct Salvage {
    std::vector<VideoRecord> videos;
    std::vector<Caption> captions;
    std::vector<EmbeddingKey> keys; ///< oldest first
    std::vector<std::pair<std::string, std::string>> settings;
    std::vector<RunRow> runs;
    bool whole = true; ///< every row of videos could be read
    bool captionsWhole = true;
    bool runsWhole = true;
};

/// Reads `file` row by row, and what cannot be read or cannot be true is left out. The file and its journal are not
/// touched: copies made as `workplace` are. Throws Cancelled, Error(Storage) where the copies cannot be made.
Salvage salvage(const std::filesystem::path& file, const std::filesystem::path& workplace, const JobContext& context);

} // namespace clipscope
