// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/byte_pair_merges_internal.h"

#include <queue>
#include <tuple>

namespace clipscope {

namespace {

uint64_t keyOf(int32_t left, int32_t right)
{
    return uint64_t(uint32_t(left)) << 32 | uint32_t(right);
}

/// A symbol in a doubly linked list by index; a removed one has the id -1 (a byte unknown to the vocabulary has its
/// unknown token's id, never -1).
struct Symbol {
    int32_t id;
    int32_t previous;
    int32_t next;
};

struct Candidate {
    int32_t rank;
    int32_t at;
    int32_t product;
};

struct Later {
    bool operator()(const Candidate& a, const Candidate& b) const
    {
        return std::tie(a.rank, a.at) > std::tie(b.rank, b.at);
    }
};

} // namespace

void BytePairMerges::add(int32_t left, int32_t right, int32_t product)
{
    m_merges[keyOf(left, right)] = {m_added++, product};
}

const BytePairMerges::Merge* BytePairMerges::find(int32_t left, int32_t right) const
{
    const auto found = m_merges.find(keyOf(left, right));
    return found == m_merges.end() ? nullptr : &found->second;
}

void BytePairMerges::apply(std::vector<int32_t>& symbols) const
{
    const auto count = int32_t(symbols.size());
    std::vector<Symbol> list(symbols.size());
    for (int32_t i = 0; i < count; ++i)
        list[size_t(i)] = {symbols[size_t(i)], i - 1, i + 1 < count ? i + 1 : -1};
    std::vector<Candidate> storage;
    storage.reserve(symbols.size());
    std::priority_queue<Candidate, std::vector<Candidate>, Later> queue(Later(), std::move(storage));
    auto consider = [&](int32_t at) {
        const int32_t next = at < 0 ? -1 : list[size_t(at)].next;
        if (next < 0)
            return;
        if (const Merge* merge = find(list[size_t(at)].id, list[size_t(next)].id))
            queue.push({merge->rank, at, merge->product});
    };
    for (int32_t i = 0; i < count; ++i)
        consider(i);
    while (!queue.empty()) {
        const Candidate best = queue.top();
        queue.pop();
        Symbol& left = list[size_t(best.at)];
        if (left.id < 0 || left.next < 0)
            continue;
        Symbol& right = list[size_t(left.next)];
        // Candidates are not taken out of the queue when a neighbour changes: they are checked when their turn comes.
        const Merge* merge = find(left.id, right.id);
        if (!merge || merge->product != best.product)
            continue;
        left.id = merge->product;
        right.id = -1;
        left.next = right.next;
        if (left.next >= 0)
            list[size_t(left.next)].previous = best.at;
        consider(left.previous);
        consider(best.at);
    }
    symbols.clear();
    for (const Symbol& symbol : list) {
        if (symbol.id >= 0)
            symbols.push_back(symbol.id);
    }
}

} // namespace clipscope
