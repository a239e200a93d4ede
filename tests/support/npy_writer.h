// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace clipscope::test {

/// Writes float32 numbers as NumPy does.
inline void writeNpy(
    const std::filesystem::path& path, const std::vector<int64_t>& shape, const std::vector<float>& values)
{
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
    for (const int64_t n : shape)
        header += std::to_string(n) + ", ";
    header += "), }\n";
    std::ofstream out(path, std::ios::binary);
    out << std::string("\x93NUMPY\x01\x00", 8) << char(header.size() & 0xFF) << char(header.size() >> 8) << header;
    out.write(reinterpret_cast<const char*>(values.data()), std::streamsize(values.size() * sizeof(float)));
}

} // namespace clipscope::test
