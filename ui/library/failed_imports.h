// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jobs/job.h"

#include <filesystem>
#include <functional>
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

    /// For a worker. A stored list that does not parse counts as empty. Throws Error(Storage).
    static FailedImports load(const VideoLibrary& library);
    /// What brings all that changed since the last call into the library, for a worker; entries that another window
    /// made meanwhile stay. Throws Error(Storage).
    std::function<void(VideoLibrary&)> takeUnsaved();

private:
    void save(VideoLibrary& library) const;

    std::vector<FailedItem> m_items;
    std::vector<FailedItem> m_unsaved; ///< added since the last call, or recovered: no reason
};

} // namespace clipscope
