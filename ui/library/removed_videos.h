// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_library.h"

#include <memory>
#include <vector>

namespace clipscope {

/// Videos taken out of a library, with all that is needed to bring them back. The media files are never touched.
struct RemovedVideos {
    std::shared_ptr<VideoLibrary> library;
    std::vector<VideoRecord> records;
    std::vector<std::vector<Caption>> captions; ///< of each record
};

/// Both throw Error(Storage). For a worker.
RemovedVideos removeVideos(const std::shared_ptr<VideoLibrary>& library, const std::vector<VideoId>& ids);
void restoreVideos(const RemovedVideos& removed);

} // namespace clipscope
