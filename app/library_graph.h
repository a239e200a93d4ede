// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "embedding/encoder.h"
#include "graph/graph.h"
#include "library/video_library.h"

#include <vector>

namespace clipscope {

/// A library as a graph: its embedded videos, each joined to those that look most like it.
struct LibraryGraph {
    Graph
        graph; ///< a node a video: the mean of its vectors (features where there are some), its label where it has one
    std::vector<VideoRecord> videos; ///< one a node
};

/// Throws Error(Input) when fewer than two videos are embedded or none of them has a label, Cancelled.
LibraryGraph libraryGraph(VideoLibrary& library, const EmbeddingKey& key, int neighbours, const JobContext& context);

} // namespace clipscope
