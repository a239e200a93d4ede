// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/disk_use.h"

namespace clipscope {

enum class DiskFileKind {
    Database,
    OlderDatabase,
    Shard, ///< of a video of the library, with a key it has
    About, ///< what the shards beside it were made with
    Unfinished,
    Thumbnail,
    Removed,
    Damaged,
    SearchCache,
    Other,
    Cache
};

struct DiskFile {
    std::filesystem::path path;
    int64_t bytes = 0;
    int64_t modifiedSec = 0;
    DiskFileKind kind = DiskFileKind::Other;
    size_t key = 0; ///< of a Shard and of what is About them: its place in `keys`
};

/// Every regular file of the library's folder and the caches; links are not followed and not counted. `keys`: newest
/// first.
std::vector<DiskFile> findDiskFiles(
    const VideoLibrary& library, const std::vector<EmbeddingKey>& keys, const JobContext& context);

/// The library's keys, newest first.
std::vector<EmbeddingKey> keysNewestFirst(const VideoLibrary& library);

} // namespace clipscope
