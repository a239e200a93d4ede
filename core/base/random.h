// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace clipscope {

/// Mixes a seed with a stream name or number, so that independent parts of a job never share random numbers.
uint64_t deriveSeed(uint64_t seed, uint64_t stream);
uint64_t deriveSeed(uint64_t seed, std::string_view stream);

/// xoshiro256** with its own distributions: the same seed gives the same numbers with every compiler and standard
/// library (std:: distributions do not promise that), which "equal bytes for equal seeds" needs.
class Random {
public:
    explicit Random(uint64_t seed);
    uint64_t next();
    /// [0,1) with 53 random bits.
    double uniform();
    /// [low, high).
    double uniform(double low, double high);
    /// [0, n); n > 0, without modulo bias.
    uint64_t below(uint64_t n);
    /// Integer in [low, high).
    int64_t integer(int64_t low, int64_t high);
    /// Standard normal (polar method).
    double normal();
    bool chance(double probability) { return uniform() < probability; }
    template <class T> const T& choice(const std::vector<T>& items) { return items[below(items.size())]; }
    template <class T> void shuffle(std::vector<T>& items)
    {
        for (size_t i = items.size(); i > 1; --i)
            std::swap(items[i - 1], items[below(i)]);
    }
    /// A random permutation of 0..n-1.
    std::vector<int64_t> permutation(int64_t n);

private:
    uint64_t m_state[4];
    double m_spare = 0;
    bool m_hasSpare = false;
};

} // namespace clipscope
