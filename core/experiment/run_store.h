// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/run_record.h"
#include "library/video_library.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clipscope {

/// One experiment in a library.
struct StoredRun {
    int64_t id = 0; ///< 0 before it is stored
    std::string name; ///< as its owner calls it; empty: it goes by its number
    std::string notes;
    RunRecord record;
    std::string unreadable; ///< why the record could not be read; empty where it could. Its kind is known all the same.
};

/// The experiments of one library (design section 8). As safe from any thread as the library itself; throws
/// Error(Storage) as it does.
class RunStore {
public:
    explicit RunStore(std::shared_ptr<VideoLibrary> library);

    /// The newest first, their arrays left out; of one kind where that is named. A run that cannot be read is in the
    /// list, with the reason.
    std::vector<StoredRun> list(const std::string& kind = {}) const;
    /// With its arrays. Throws Error(Input) when there is no such run or it cannot be read.
    StoredRun load(int64_t id) const;
    /// Sets run.id; one that it has keeps it where that is free, which is how a removal is undone.
    void save(StoredRun& run);
    /// Returns what was removed, for undo. Ids that are not there are passed over.
    std::vector<StoredRun> remove(const std::vector<int64_t>& ids);
    /// Throw Error(Input) when there is no such run.
    void rename(int64_t id, const std::string& name);
    void setNotes(int64_t id, const std::string& notes);

private:
    std::shared_ptr<VideoLibrary> m_library;
};

/// What a command does with its record: stores it in the library it ran on and returns the run's id. An experiment has
/// its answer whether or not that works: nothing, and a warning in the log with the reason, where the library cannot be
/// written. A full disk waits as the context says. Throws Cancelled.
std::optional<int64_t> keepRun(
    const std::shared_ptr<VideoLibrary>& library, const RunRecord& record, const JobContext& context);

} // namespace clipscope
