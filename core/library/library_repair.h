// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_import.h"

namespace clipscope {

struct RepairReport {
    bool damaged = false; ///< false: the library is sound, nothing was done
    std::filesystem::path setAside; ///< the damaged file, as it was
    int64_t videos = 0; ///< in the library now
    int64_t captions = 0; ///< captions and lines of subtitles
    int64_t labelled = 0; ///< videos with a class label
    int64_t runs = 0; ///< experiments that were kept
    int64_t shards = 0; ///< embeddings that belong to these videos and need not be made again
    /// Videos whose file is gone or cannot be read: they are in the library as they were known.
    std::vector<ImportReport::Failed> missing;
};

/// Makes a library whole again whose database is damaged or gone, without embedding anew. What the damaged file still
/// gives row by row (paths, labels, splits, captions, settings, runs) is taken from it, what it does not give from
/// library.db.backup; what can be read from the media is read from them again; the shards say which embeddings there
/// are. The damaged file is kept as library.db.damaged-TIME with its journal. Until the last step, which puts the new
/// database into its place, nothing is changed. Videos that nothing tells of are found by importing them again; their
/// shards too. Partial results: none. Throws Cancelled; Error(Resource) while a program has the library open;
/// Error(Storage).
RepairReport repairLibrary(const std::filesystem::path& folder, JobContext& context);

} // namespace clipscope
