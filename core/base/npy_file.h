// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace clipscope {

/// An array in a NumPy file (.npy): its type and shape, and where among the file's bytes its numbers begin
/// (little-endian, row-major).
struct NpyArray {
    std::string type; ///< "<f2" "<f4" "<f8", "|i1" "<i2" "<i4" "<i8", "|u1" "<u2" "<u4" "<u8", "|b1", "<U7", "|S7"
    size_t bytesEach = 0; ///< of one number or word
    std::vector<int64_t> shape;
    size_t dataOffset = 0;
    int64_t elements() const;
};

/// Reads the header of a whole .npy file of version 1, 2 or 3. What is taken: numbers and words of a fixed length,
/// little-endian, C order. Refused: all else, objects (pickles, which are programs) and structures before all, and a
/// file whose length is not exactly that of its numbers. Throws Error(Input) naming `subject`, what is wrong and how
/// NumPy writes it right.
NpyArray parseNpy(std::string_view bytes, const std::string& subject);

/// Whether these bytes begin as a .npy file does.
bool isNpy(std::string_view bytes);

} // namespace clipscope
