// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace clipscope {

/// Opens the file manager with the file selected, or its folder where no file manager answers. Nothing is waited for.
void showInFolder(const std::filesystem::path& file);
/// In the desktop's own player.
void openElsewhere(const std::filesystem::path& file);

} // namespace clipscope
