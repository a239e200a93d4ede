// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "index/vector_index.h"
#include "retrieval/embedded_videos_internal.h"

#include <memory>
#include <string>
#include <vector>

namespace clipscope {

/// A VectorIndex over all frames of a library, in the joint space, that names the videos worth scoring. Only for those
/// who ask for a family of FAISS: a graph answers faster than the scan of codes, but is built anew by every program that
/// asks, and FAISS needs longer for that than many scans together.
class FrameIndex {
public:
    /// Frames are added in pieces; a family that must be trained learns from frames of every part of the library.
    /// Throws Cancelled, Error(Index).
    FrameIndex(const std::string& factory, const EmbeddedVideos& videos, const JobContext& context);

    std::string name() const { return m_index->name(); }
    /// Places in EmbeddedVideos::videos() of the videos whose frames are among the `frames` nearest, ascending.
    std::vector<size_t> videosNear(std::span<const float> query, int64_t frames) const;
    /// The average score of all frames.
    double average(std::span<const float> query) const;

private:
    std::unique_ptr<VectorIndex> m_index;
    std::vector<size_t> m_videoOf; ///< of each row
    std::vector<float> m_mean; ///< of all frames
};

} // namespace clipscope
