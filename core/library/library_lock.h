// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"

#include <filesystem>
#include <memory>

namespace clipscope {

/// Programs that work on one library by a job (import, embed, repair) take turns: a lock on library.lock, where the
/// holder writes who it is. Reading, searching and single changes need none. Jobs of one program share it. The kernel
/// gives the lock of a dead process away, on network drives too; where a file system has no locks, there are no turns.
class LibraryLock {
public:
    /// Waits for its turn, and says in the log and as progress whom for. Throws Cancelled, Error(Storage).
    LibraryLock(const std::filesystem::path& folder, const JobContext& context);
    ~LibraryLock();
    LibraryLock(const LibraryLock&) = delete;
    LibraryLock& operator=(const LibraryLock&) = delete;

private:
    struct Held;
    std::shared_ptr<Held> m_held;
};

} // namespace clipscope
