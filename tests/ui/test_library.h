// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_record.h"
#include "support/test_data.h"

#include <filesystem>
#include <string>
#include <vector>

namespace clipscope::test {

/// A small H.264 file whose picture tells the frame: the grey level rises by 4 with each one, from 16.
void writeClip(const std::filesystem::path& file, int frames, int fps = 12, int width = 64, int height = 48);
/// The grey levels such a frame may have after coding: 16 + 4 * index, within 3.
int frameOfGrey(int grey);

/// `names` as clips of three seconds under folder/media; their paths.
std::vector<std::filesystem::path> writeClips(
    const std::filesystem::path& folder, const std::vector<std::string>& names);

/// A library of those clips, imported and, unless `model` is empty, embedded; its folder.
std::filesystem::path makeLibrary(
    const std::filesystem::path& folder, const std::vector<std::string>& names, const std::string& model = "fake");

/// A record as an import leaves it, without a file behind it.
VideoRecord record(VideoId id, const std::string& path);

} // namespace clipscope::test
