// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/ffmpeg_version.h"

extern "C" {
#include <libavutil/avutil.h>
}

namespace clipscope {

std::string ffmpegVersion()
{
    return ::av_version_info();
}

} // namespace clipscope
