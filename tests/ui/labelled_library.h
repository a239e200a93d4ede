// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "embedding/encoder.h"
#include "library/video_library.h"

#include <filesystem>
#include <memory>
#include <vector>

namespace clipscope::test {

/// A library of the labels "red", "green" and "blue" whose embeddings are written by hand: a video's vector is the fake
/// encoder's of its label's word, turned away by noise. Red and green lie near each other, so that they are confused.
struct LabelledLibrary {
    std::shared_ptr<VideoLibrary> library;
    std::shared_ptr<Encoder> encoder; ///< "fake"
    EmbeddingKey key;
};
/// `train` and `test` videos of each label; `split` false: the videos have labels alone.
LabelledLibrary makeLabelled(const std::filesystem::path& folder, int train, int test, bool split = true);

} // namespace clipscope::test
