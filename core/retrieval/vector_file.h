// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/matrix.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace clipscope {

/// Vectors that another program has made: n rows of one vector [n, d] or of several [n, K, d], float16, float32 or
/// float64 in a NumPy file (.npy), or these or bfloat16 in a safetensors file, where they are its only tensor of that
/// form or the one that is called "vectors" or "embeddings". Opening checks all but the numbers (papers of others may
/// hold anything: reliability section 2). Throws Error(Input), Error(Model) or Error(Storage) naming the file, what is
/// wrong and what to do.
class VectorFile {
public:
    explicit VectorFile(const std::filesystem::path& path);
    ~VectorFile();
    VectorFile(VectorFile&&) noexcept;

    const std::filesystem::path& path() const;
    size_t rows() const;
    size_t perRow() const; ///< K, 1 for [n, d]
    size_t dim() const;
    /// The vectors of a row brought to unit length, [K, dim]; zeros behind the last one that is not all zero are
    /// padding and left out. Throws Error(Input) naming the row, with `name` behind its number: a number that is not
    /// finite, a vector of zeros before others or alone.
    Matrix unitRow(size_t row, const std::string& name) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace clipscope
