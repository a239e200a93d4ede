// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"

#include <filesystem>
#include <vector>

namespace clipscope {

/// A file that an import tries: it has a video's name or begins like one (isMediaCandidate).
struct MediaCandidate {
    std::filesystem::path path; ///< absolute
    std::filesystem::path root; ///< absolute: the folder or file that was named
};

/// How an import spells a path that was named: absolute, without "." and a slash at the end; ".." is resolved on the
/// disk, links are not.
std::filesystem::path importSpelling(const std::filesystem::path& path);

/// Every candidate in `paths` and the folders below them, sorted by path, each file once. Folders are entered once, so
/// loops of links end; a link to a file or folder that is found by its own name too is left out. `skipped` is a folder
/// not to be entered (the library itself). Opens no FIFO and no device. Folders that may not be read and named files
/// that are no candidates are logged. Throws Error(Input) for a path that does not exist, Cancelled.
std::vector<MediaCandidate> findMedia(
    const std::vector<std::filesystem::path>& paths, const std::filesystem::path& skipped, const JobContext& context);

} // namespace clipscope
