// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace clipscope {

/// The Transformer aggregation that stands in the folder of a model (name or folder): what "transformer" without a file
/// means. Empty where the model has none, or is no folder at all.
std::filesystem::path shippedAggregator(const std::string& model);

} // namespace clipscope
