// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_library.h"
#include "retrieval/query.h"

#include <vector>

namespace clipscope {

/// What the words of a query match among the names, captions and subtitles of a library, best first:
/// - all positive words together are one search; pictures, clips and weights do not count;
/// - a text is left out when a text of its video, at the same time or without times, holds all words of a negative;
/// - "A then B" gives a match from A's text to B's, both timed, where B begins after A and at most
///   Query::thenWithinSec after A's end.
/// `limit` bounds the texts that are looked at. Throws Error(Storage).
std::vector<VideoLibrary::NameMatch> matchNames(const VideoLibrary& library, const Query& query, int limit);

Reason reasonOf(const VideoLibrary::NameMatch& match);

/// The times of a match within its video: nothing for a text without times, or with times outside the video.
struct TimeSpan {
    double startSec = 0;
    double endSec = 0;
};
std::optional<TimeSpan> spanOf(const VideoLibrary::NameMatch& match, double durationSec);

} // namespace clipscope
