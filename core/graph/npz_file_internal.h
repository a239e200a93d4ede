// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace clipscope {

/// An array of numbers or of words in a NumPy archive.
struct NpzArray {
    std::string type; ///< as NumPy writes it: "<f4", "<i8", "<U11"
    std::vector<int64_t> shape;
    std::string_view bytes; ///< of the archive

    int64_t elements() const;
    /// Throw Error(Input) naming `subject` when it holds something else.
    std::vector<int64_t> integers(const std::string& subject) const;
    std::vector<float> floats(const std::string& subject) const;
    std::vector<std::string> words(const std::string& subject) const; ///< UTF-8
};

/// The arrays of an .npz as numpy.savez writes it (a ZIP whose members are stored, not compressed), by name without
/// ".npy". Throws Error(Input) naming
/// `subject` and how to save it anew for what is compressed, damaged or cut off.
std::map<std::string, NpzArray> readNpz(std::string_view bytes, const std::string& subject);

} // namespace clipscope
