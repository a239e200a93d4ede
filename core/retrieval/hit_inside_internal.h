// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "retrieval/hit_inside.h"
#include "retrieval/term_vectors_internal.h"
#include "retrieval/video_vectors_internal.h"

namespace clipscope {

/// Takes one of `videos` apart. `aggregation` is that of these videos, without an aggregator where it cannot be had.
/// Throws Cancelled.
HitInside hitInside(const EmbeddedVideos& videos, const EmbeddedVideo& video, const QueryVectors& query,
    const VideoAggregation& aggregation, int neighbours, const JobContext& context);

} // namespace clipscope
