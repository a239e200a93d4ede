// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/matrix.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace clipscope {

struct Neighbour {
    int64_t row = 0;
    float score = 0; ///< inner product
    bool operator==(const Neighbour&) const = default;
};

/// Maximum inner product search over float32 rows. add() from one thread, search() from any thread once adding is done.
/// Vectors of another length, NaN and infinity are refused. Throws Error(Index).
class VectorIndex {
public:
    virtual ~VectorIndex() = default;
    virtual std::string name() const = 0;
    virtual int64_t size() const = 0;
    virtual int dim() const = 0;
    /// Appends rows; row numbers continue.
    virtual void add(const Matrix& rows) = 0;
    /// The k best rows, best first, equal scores by ascending row. k larger than size() gives size() rows.
    virtual std::vector<Neighbour> search(std::span<const float> query, int64_t k) const = 0;
    /// Every row's score, in row order (moments and heat strips need all).
    virtual std::vector<float> scores(std::span<const float> query) const = 0;
};

/// "exact" (own scan in float32), "int8" (own scan of codes, exact all the same), "faiss:Flat", or another FAISS
/// factory string behind "faiss:". Throws Error(Index) with the known names.
std::unique_ptr<VectorIndex> makeIndex(const std::string& factory, int dim);
/// Every registered exact family with a factory string that works for any data: what the contract test runs over.
std::vector<std::string> registeredIndexes();

} // namespace clipscope
