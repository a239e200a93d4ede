// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/adamw.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace clipscope {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// All that a training needs to go on, in one safetensors file, written atomically: parameters, both moments of the
/// optimiser, and a note of the caller's own. Throws Error(Storage).
void saveCheckpoint(
    const std::filesystem::path& file, const NamedTensors& parameters, const AdamW& optimiser, const std::string& note);
/// Takes them back, the parameters in place; returns the note. Throws Error(Model) when the file is damaged or another
/// training's.
std::string restoreCheckpoint(const std::filesystem::path& file, const NamedTensors& parameters, AdamW& optimiser);

} // namespace clipscope
