// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/safetensors.h"

#include <string>
#include <string_view>
#include <vector>

namespace clipscope {

/// An array in a NumPy file (.npy): its type and shape, and where among the file's bytes its numbers begin
/// (little-endian, row-major).
struct NpyArray {
    DType dtype = DType::F32; ///< F16, F32 or F64
    std::vector<int64_t> shape;
    size_t dataOffset = 0;
    int64_t elements() const;
};

/// Reads the header of a whole .npy file of version 1, 2 or 3. What is taken: float16, float32 and float64,
/// little-endian, C order. Refused: all else, objects (pickles, which are programs) and structures before all, and a
/// file whose length is not exactly that of its numbers. Throws Error(Input) naming `subject`, what is wrong and how
/// NumPy writes it right.
NpyArray parseNpy(std::string_view bytes, const std::string& subject);

/// Whether these bytes begin as a .npy file does.
bool isNpy(std::string_view bytes);

} // namespace clipscope
