// SPDX-License-Identifier: GPL-3.0-or-later
#include "plots/palette.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace clipscope {

QColor categoryColour(int n, const Tokens& tokens)
{
    // Without their black (the text is that already) and their yellow, which a light ground swallows.
    static const std::array<QColor, 6> okabeIto{
        QColor(0xd55e00), QColor(0x009e73), QColor(0xcc79a7), QColor(0xe69f00), QColor(0x56b4e9), QColor(0x0072b2)};
    static_assert(okabeIto.size() + 1 == kCategoryColours);
    const int place = n % kCategoryColours;
    return place == 0 ? tokens.accent : okabeIto[size_t(place - 1)];
}

QColor sequenceColour(double share)
{
    static const std::array<QColor, 5> viridis{
        QColor(0x440154), QColor(0x3b528b), QColor(0x21918c), QColor(0x5ec962), QColor(0xfde725)};
    const double place = std::clamp(std::isfinite(share) ? share : 0., 0., 1.) * double(viridis.size() - 1);
    const size_t below = std::min(size_t(place), viridis.size() - 2);
    const double part = place - double(below);
    const auto mix = [&](int from, int to) { return int(std::lround(from + part * (to - from))); };
    const QColor &from = viridis[below], &to = viridis[below + 1];
    return {mix(from.red(), to.red()), mix(from.green(), to.green()), mix(from.blue(), to.blue())};
}

} // namespace clipscope
