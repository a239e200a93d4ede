// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "index/int8_index.h"
#include "library/embedding_store.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace clipscope {

/// One video of a block, as its shard was when it was read.
struct BlockVideo {
    std::string identity; ///< EmbeddingStore::identity()
    ShardStamp shard;
    size_t frames = 0;
    double durationSec = 0;
};

/// The frames of several videos, one after another: what is scanned in one go. Immutable once it is shared.
struct FrameBlock {
    std::vector<BlockVideo> videos; ///< in the order of their frames
    std::span<const double> timesSec; ///< [frames]
    std::unique_ptr<const Int8Index> joint; ///< [frames, jointDim]
    std::unique_ptr<const Int8Index> features; ///< [frames, featureDim], null where the encoder has none
    std::span<const float> jointMeans; ///< [videos, jointDim]: mean-pooled, unit rows
    std::span<const float> featureMeans; ///< [videos, featureDim] or empty
    std::shared_ptr<const void> memory; ///< what the spans point into
    std::filesystem::path file; ///< empty: in memory alone
};

/// A block as a file that is mapped, so that a library of a million frames opens at once and takes no memory of its
/// own. The files are a cache of the shards: each is written once, whole or not at all, and never changed; whatever is
/// wrong with one, the shards are read instead. Layout, little-endian, parts at multiples of 64 bytes:
///     header (magic, version, counts, length, SHA-256 of all from the table to the scales, SHA-256 of the rest)
///     table of videos, times, scales of the codes; rows, codes and means of both spaces
/// Throws Error(Storage) when it cannot be written.
void writeFrameBlock(const std::filesystem::path& file, const FrameBlock& block);

/// Nothing when it is no whole block with these dimensions. Header, table, times and scales are always checked against
/// their checksum; rows and codes with `checkAll` only, since that reads them all.
std::shared_ptr<FrameBlock> mapFrameBlock(
    const std::filesystem::path& file, int jointDim, int featureDim, bool checkAll);

} // namespace clipscope
