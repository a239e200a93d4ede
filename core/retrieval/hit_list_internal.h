// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_library.h"
#include "retrieval/name_matches_internal.h"
#include "retrieval/picture_scan_internal.h"
#include "retrieval/query.h"

#include <vector>

namespace clipscope {

/// Joins what pictures and names found to the list of search_engine.h. `scan` null: names alone. Throws Cancelled,
/// Error(Storage).
std::vector<Hit> hitList(const VideoLibrary& library, const Query& query, const PictureScan* scan,
    std::vector<VideoLibrary::NameMatch> matches, const JobContext& context);

} // namespace clipscope
