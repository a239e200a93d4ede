// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jobs/job.h"

#include <filesystem>
#include <string>
#include <vector>

namespace clipscope {

class VideoLibrary;

/// The files of a library that could not be imported, each once with its newest reason. Kept in the library's settings,
/// so that they are still there, to be tried again, the next day.
class FailedImports {
public:
    const std::vector<FailedItem>& items() const { return m_items; }
    void add(const std::vector<FailedItem>& items);
    void recovered(const std::filesystem::path& path); ///< it is in the library now
    std::vector<std::filesystem::path> paths() const;

    /// Both are for a worker. A stored list that does not parse counts as empty. Throw Error(Storage).
    static FailedImports load(const VideoLibrary& library);
    void save(VideoLibrary& library) const;

private:
    std::vector<FailedItem> m_items;
};

} // namespace clipscope
