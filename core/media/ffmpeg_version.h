// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace clipscope {

/// Of the FFmpeg that is loaded: "5.1.6-0+deb12u1".
std::string ffmpegVersion();

} // namespace clipscope
