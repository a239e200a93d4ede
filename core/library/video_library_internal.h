// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/sqlite_internal.h"
#include "library/video_library.h"

#include <mutex>

namespace clipscope {

inline constexpr const char* kLibraryDatabase = "library.db";
inline constexpr const char* kLibraryBackup = "library.db.backup";

/// One connection behind one mutex. Every public method locks first and calls only what stands here, never another one.
struct VideoLibrary::Impl {
    explicit Impl(const std::filesystem::path& libraryFolder);

    /// Throws Error(Input) when the library has no such video (any more).
    void need(VideoId id);
    /// Throws Error(Input) when the last statement found no such run.
    void needChangedRun(int64_t id) const;
    /// Replaces the row of texts that holds the video's file and folder names.
    void storeName(const VideoRecord& record);

    /// One step with the looking; `record` becomes what is stored.
    void store(VideoRecord& record, bool keepAnnotations);

    std::filesystem::path folder;
    bool readOnly = false;
    std::mutex mutex;
    Database database;
};

} // namespace clipscope
