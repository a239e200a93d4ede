// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_library.h"

#include <cstdint>
#include <string>
#include <vector>

namespace clipscope {

struct DiskAmount {
    int64_t files = 0;
    int64_t bytes = 0;
    void add(int64_t more)
    {
        ++files;
        bytes += more;
    }
};

/// What a library and the program's caches take on the disk. The media are the user's and are not counted.
struct DiskUse {
    DiskAmount database; ///< library.db with its journal, its backup and its lock
    DiskAmount olderDatabases; ///< copies set aside: before a change of the format, or damaged
    struct Embeddings {
        EmbeddingKey key;
        bool current = false; ///< what searches use
        DiskAmount shards; ///< one a video
        int64_t lastWrittenSec = 0; ///< of its newest shard, seconds since 1970; 0: none
        DiskAmount about; ///< key.json beside them: what they were made with
    };
    std::vector<Embeddings> embeddings; ///< newest key first; shards that two keys share count for the newer one
    DiskAmount unfinished; ///< what a run is writing that has not come to its end yet
    DiskAmount thumbnails;
    DiskAmount removed; ///< shards and thumbnails of videos that are no longer in the library
    DiskAmount damaged; ///< shards set aside because they were damaged, and what a crash left half-written
    DiskAmount searchCache; ///< blocks of frames that a search maps; made again from the shards
    DiskAmount other; ///< what Clipscope has not put there
    DiskAmount caches; ///< the program's, for all libraries; made again when they are needed

    int64_t libraryBytes() const; ///< all but the caches
};

/// Looks at every file of the library's folder; opens none. Throws Error(Storage), Cancelled.
DiskUse measureDiskUse(const VideoLibrary& library, JobContext& context);

/// What is to be deleted. The media, the newest embeddings and files of unknown origin never are.
struct CleanChoice {
    bool removed = true; ///< DiskUse::removed
    bool damaged = true;
    bool olderDatabases = false;
    bool searchCache = false;
    bool caches = false;
    std::vector<int64_t> keys{}; ///< EmbeddingKey::id of embeddings that are not the newest
};

struct CleanReport {
    DiskAmount freed; ///< planned: would be freed
    struct Failed {
        std::filesystem::path path;
        std::string reason;
    };
    std::vector<Failed> failed;
};

/// What cleanLibrary() would delete now. Throws as it does.
CleanReport planCleaning(const VideoLibrary& library, const CleanChoice& choice, JobContext& context);
/// Deletes it: keys first, then files, so that a crash between leaves files that the next cleaning takes. Another
/// program may work with the library meanwhile: what it is making is left alone. Throws Error(Input) for a key that is
/// the newest or not there, Error(Storage), Cancelled.
CleanReport cleanLibrary(VideoLibrary& library, const CleanChoice& choice, JobContext& context);

} // namespace clipscope
