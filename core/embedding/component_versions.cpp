// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/component_versions.h"

#include "media/ffmpeg_version.h"

#include <torch/headeronly/version.h>

namespace clipscope {

std::vector<std::pair<std::string, std::string>> componentVersions()
{
    return {{"FFmpeg", ffmpegVersion()}, {"LibTorch", TORCH_VERSION}};
}

} // namespace clipscope
