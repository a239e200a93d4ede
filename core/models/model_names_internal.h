// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/model_catalogue.h"

#include <filesystem>
#include <string>
#include <vector>

namespace clipscope {

/// Letters, digits, '.', '-' and '_', not beginning with '.' or '-': safe as a folder's name and in an address.
bool isModelName(const std::string& name);
/// Such names joined by '/', none of them "..": a file that stays inside its model's folder.
bool isNameInsideModel(const std::string& name);

/// Reads a model folder. Throws Error(Model) when it is none.
ModelFolder readModelFolder(const std::string& name, const std::filesystem::path& folder);

/// What a folder lacks: files of its kind, readable weights, the tensors that its configuration promises. No checksums.
std::vector<std::string> structureFindings(const ModelFolder& model, const JobContext& context);

} // namespace clipscope
