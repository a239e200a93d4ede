// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.h"

#include <bit>
#include <cmath>
#include <numeric>

namespace clipscope {

namespace {
// splitmix64 (Steele, Lea, Flood 2014): expands one word into well-mixed ones.
uint64_t splitmix(uint64_t& x)
{
    uint64_t z = (x += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}
} // namespace

uint64_t deriveSeed(uint64_t seed, uint64_t stream)
{
    uint64_t a = seed;
    uint64_t b = splitmix(a) ^ stream;
    return splitmix(b);
}

uint64_t deriveSeed(uint64_t seed, std::string_view stream)
{
    uint64_t h = 0xcbf29ce484222325ULL; // FNV-1a
    for (const char c : stream)
        h = (h ^ uint8_t(c)) * 0x100000001b3ULL;
    return deriveSeed(seed, h);
}

Random::Random(uint64_t seed)
{
    for (uint64_t& s : m_state)
        s = splitmix(seed);
}

uint64_t Random::next()
{
    uint64_t* s = m_state;
    const uint64_t result = std::rotl(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = std::rotl(s[3], 45);
    return result;
}

double Random::uniform()
{
    return double(next() >> 11) * 0x1.0p-53;
}

double Random::uniform(double low, double high)
{
    return low + (high - low) * uniform();
}

uint64_t Random::below(uint64_t n)
{
    const uint64_t limit = -n % n; // 2^64 mod n: values below it would be over-represented
    uint64_t x;
    do
        x = next();
    while (x < limit);
    return x % n;
}

int64_t Random::integer(int64_t low, int64_t high)
{
    return low + int64_t(below(uint64_t(high - low)));
}

double Random::normal()
{
    if (m_hasSpare) {
        m_hasSpare = false;
        return m_spare;
    }
    double u;
    double v;
    double s;
    do {
        u = 2 * uniform() - 1;
        v = 2 * uniform() - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    const double f = std::sqrt(-2 * std::log(s) / s);
    m_spare = v * f;
    m_hasSpare = true;
    return u * f;
}

std::vector<int64_t> Random::permutation(int64_t n)
{
    std::vector<int64_t> out(static_cast<size_t>(n));
    std::iota(out.begin(), out.end(), int64_t(0));
    shuffle(out);
    return out;
}

} // namespace clipscope
