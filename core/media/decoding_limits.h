// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace clipscope {

/// What one media file may cost. Files are decoded by a program of their own, clipscope-decoder: one that asks for more
/// memory, gives nothing for too long or crashes its decoder ends as an Error(Media) about that file, and nothing else.
struct DecodingLimits {
    int64_t memoryBytes = int64_t(2) << 30; ///< of a decoder's address space; not held to under sanitizers
    double stuckAfterSec = 30; ///< without a sign of progress
    double timesTheClip = 10; ///< of processor time for a single reading; stuckAfterSec at least
};

/// For the whole process, from the next reading on. Any thread.
void setDecodingLimits(const DecodingLimits& limits);
DecodingLimits decodingLimits();

} // namespace clipscope
