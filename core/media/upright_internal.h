// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "media/frame_scaler_internal.h"

namespace clipscope {

/// Turn, mirroring and pixel shape of a stream: display matrix and sample aspect ratio (the container's before the
/// codec's).
Upright uprightOf(AVFormatContext* format, AVStream* stream);
/// The Exif orientation (1 to 8) that a picture decoder found, as a turn.
Upright uprightOfExif(const AVFrame& frame);

} // namespace clipscope
