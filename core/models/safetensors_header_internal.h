// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/safetensors.h"

namespace clipscope {

/// What the JSON header says of one tensor; offsets count from the end of the header.
struct TensorEntry {
    DType dtype = DType::F32;
    std::vector<int64_t> shape;
    uint64_t begin = 0;
    uint64_t end = 0;
};

struct SafetensorsHeader {
    std::map<std::string, TensorEntry> tensors;
    std::map<std::string, std::string> metadata;
};

/// Reads the JSON header (checks 4 to 9 of the format: UTF-8, padding, strict JSON, types, shapes, offsets that cover
/// exactly `dataBytes` without overlap or hole). Throws Error(Model) naming `path` and the tensor.
SafetensorsHeader readSafetensorsHeader(std::string_view json, uint64_t dataBytes, const std::filesystem::path& path);

} // namespace clipscope
