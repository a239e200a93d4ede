// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_import.h"

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace clipscope {

/// A folder whose new videos join the library by themselves.
struct WatchedFolder {
    std::filesystem::path path; ///< absolute
    SamplerSpec sampler; ///< of the videos that join
};

/// Kept in the library's settings, in the order they were added. A list that does not parse counts as empty. Throw
/// Error(Storage).
std::vector<WatchedFolder> watchedFolders(const VideoLibrary& library);
/// Adds a folder, or changes the sampler of the one that is there. Throws Error(Input) when it is no folder, or lies
/// in the library itself.
void watchFolder(VideoLibrary& library, const std::filesystem::path& folder, const SamplerSpec& sampler = {});
/// The videos that came from it stay. False when it was not watched.
bool unwatchFolder(VideoLibrary& library, const std::filesystem::path& folder);

/// Files of one watched folder that are to be imported now.
struct Arrivals {
    WatchedFolder folder;
    std::vector<std::filesystem::path> files;
};

/// What one look at the watched folders found.
struct WatchScan {
    std::vector<Arrivals> arrivals; ///< new or changed, and no longer growing; each is handed out once
    int64_t waiting = 0; ///< files that may still be growing: look again soon
    std::vector<VideoId> missing; ///< videos from these folders whose file is not there now; they stay in the library
    std::vector<std::filesystem::path> unreachable; ///< watched folders that are not there now (a drive unplugged)
    /// Every folder and subfolder whose changes the kernel can tell; those on network drives are left out.
    std::vector<std::filesystem::path> folders;
    bool hasRemote = false; ///< a folder lies on a network drive: only looking again finds what is new there
};

/// Looks at the watched folders again and again and tells what joins. A file joins when it has a size and has not
/// changed for `settleSec`, by its own modification time or as seen by this object; names that downloads use until they
/// are whole (.part, .crdownload, ...) and hidden files wait for their real name. What was handed out once, even if it
/// failed, is handed out again only when it has changed. One thread at a time.
class FolderWatch {
public:
    static constexpr double kSettleSec = 4;
    using NowMs = std::function<int64_t()>; ///< milliseconds since 1970; empty: the system's clock
    /// `failedAgain`: what failed in an earlier session is tried again although it has not changed.
    explicit FolderWatch(double settleSec = kSettleSec, bool failedAgain = false, NowMs nowMs = {});

    /// Throws Error(Storage), Cancelled.
    WatchScan scan(VideoLibrary& library, const JobContext& context);

private:
    struct Look {
        int64_t bytes = -1;
        int64_t modifiedNs = 0;
        int64_t sinceMs = 0; ///< seen like this since
        bool handedOut = false;
        int64_t scan = 0; ///< the last one that saw it
    };
    bool joins(const std::filesystem::path& file, int64_t nowMs, int64_t& waiting);

    int64_t m_settleMs;
    bool m_failuresKnown;
    int64_t m_scan = 0;
    NowMs m_nowMs;
    std::unordered_map<std::string, Look> m_looks; ///< files that are not in the library as they are now
};

/// importVideos() of what arrived, with each folder's sampler; the reports are one, and what failed is remembered.
/// Throws as importVideos() does.
ImportReport importArrivals(
    VideoLibrary& library, const std::vector<Arrivals>& arrivals, const ImportOptions& options, JobContext& context);

} // namespace clipscope
