// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"

#include <cstdint>
#include <filesystem>

namespace clipscope {

/// How much of a file a pass decodes: the limits that every sampler is measured against.
enum class DecodePass {
    Demux, ///< no frame: packets are read and thrown away
    Keyframes, ///< what the decoder gives when it skips all but keyframes
    References, ///< all that other frames are built on
    All
};

/// Reads a video from its first to its last packet once, with one decoder thread, and throws the pictures away as the
/// decoder gave them, unscaled. -> frames that came out (Demux: packets). Opens what VideoReader opens; throws
/// Error(Media | Storage), Cancelled.
int64_t runDecodePass(const std::filesystem::path& path, DecodePass pass, const JobContext& context = {});

} // namespace clipscope
