// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_record.h"

#include <optional>
#include <string>
#include <string_view>

namespace clipscope {

/// The bytes of one shard file (.cse), little-endian:
///   "ClsEmbed"  u32 version  u32 frames  u32 asked  u32 jointDim  u32 featureDim  u32 0  f64 durationSec  64 bytes
///   identity f64 times[frames]  f32 joint[frames * jointDim]  f32 features[frames * featureDim]  64 bytes SHA-256 of
///   all before
/// identity and checksum are hexadecimal digits.
inline constexpr size_t kShardHeaderBytes = 104;

/// `identity` (64 characters) says what the shard belongs to. Throws Error(Internal) when the blocks do not fit the
/// times or a number is not finite.
std::string encodeShard(const VideoEmbedding& embedding, const std::string& identity);

/// Reads what encodeShard() wrote; every count is checked against the length before anything is allocated.
/// Throws Error(Input) with the reason when the bytes are no whole shard with this identity.
VideoEmbedding decodeShard(std::string_view bytes, const std::string& identity);

/// How long a shard with this header must be; nothing when it is no header of this version and identity.
std::optional<uint64_t> shardBytes(std::string_view header, const std::string& identity);

} // namespace clipscope
