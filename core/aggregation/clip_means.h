// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/matrix.h"

#include <vector>

namespace clipscope {

/// Clips of `framesPerClip` consecutive frames each, the last one of what is left; where that would be more than
/// `mostClips`, so many about equal ones. Where each begins among `frames`, and the end: none is empty.
std::vector<size_t> clipBounds(size_t frames, size_t framesPerClip, size_t mostClips);

/// One embedding a clip, the unit mean of its unit frames (papers section 1.2); a clip of one frame is that frame.
/// [clips, d].
Matrix clipMeans(const Matrix& frames, const std::vector<size_t>& bounds);

} // namespace clipscope
