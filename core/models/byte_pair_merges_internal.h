// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace clipscope {

/// The merges of a byte-pair encoding (Sennrich et al. 2016) on token ids, in the order they were learned.
class BytePairMerges {
public:
    /// The next merge: `left` followed by `right` becomes `product`. A pair given twice takes its later place.
    void add(int32_t left, int32_t right, int32_t product);
    /// Applies the earliest merge that fits, the leftmost first, until none fits. n log n in the number of symbols.
    void apply(std::vector<int32_t>& symbols) const;

private:
    struct Merge {
        int32_t rank;
        int32_t product;
    };
    const Merge* find(int32_t left, int32_t right) const;

    std::unordered_map<uint64_t, Merge> m_merges;
    int32_t m_added = 0;
};

} // namespace clipscope
