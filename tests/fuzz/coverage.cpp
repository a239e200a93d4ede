// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/coverage.h"

#include <array>
#include <bit>
#include <cstdint>

extern "C" char __executable_start; // of the linker

namespace {

constexpr size_t kPlaces = size_t(1) << 16;

std::array<uint8_t, kPlaces> g_hits;
std::array<uint8_t, kPlaces> g_seen; ///< a bit for each step of the count
std::array<uint32_t, kPlaces> g_touched;
size_t g_touchedCount = 0;
uintptr_t g_last = 0;

/// 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more.
uint8_t stepOf(uint8_t hits)
{
    if (hits < 4)
        return uint8_t(1U << (hits - 1));
    if (hits >= 128)
        return 128;
    return hits >= 32 ? 64 : uint8_t(1U << std::bit_width(hits));
}

} // namespace

/// Called by the compiler's code at the start of every basic block.
extern "C" void __sanitizer_cov_trace_pc()
{
    // Counted from the program's start, so that address randomisation makes no difference.
    const uintptr_t at =
        reinterpret_cast<uintptr_t>(__builtin_return_address(0)) - reinterpret_cast<uintptr_t>(&__executable_start);
    const size_t place = (((g_last >> 1) ^ at) * 0x9E3779B97F4A7C15U) >> 48;
    g_last = at;
    uint8_t& hits = g_hits[place];
    if (hits == 0)
        g_touched[g_touchedCount++] = uint32_t(place);
    hits += hits < 255;
}

namespace clipscope::fuzz {

void Coverage::start()
{
    for (size_t i = 0; i < g_touchedCount; ++i)
        g_hits[g_touched[i]] = 0;
    g_touchedCount = 0;
    g_last = 0;
}

bool Coverage::isNew()
{
    bool found = false;
    for (size_t i = 0; i < g_touchedCount; ++i) {
        uint8_t& seen = g_seen[g_touched[i]];
        const uint8_t step = stepOf(g_hits[g_touched[i]]);
        m_edges += seen == 0;
        found = found || (seen & step) == 0;
        seen |= step;
    }
    return found;
}

} // namespace clipscope::fuzz
