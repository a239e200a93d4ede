// SPDX-License-Identifier: GPL-3.0-or-later
#include "plots/palette.h"

#include <array>

namespace clipscope {

QColor categoryColour(int n, const Tokens& tokens)
{
    // Without their black (the text is that already) and their yellow, which a light ground swallows.
    static const std::array<QColor, 6> okabeIto{
        QColor(0xd55e00), QColor(0x009e73), QColor(0xcc79a7), QColor(0xe69f00), QColor(0x56b4e9), QColor(0x0072b2)};
    constexpr int kColours = int(okabeIto.size()) + 1;
    const int place = n % kColours;
    return place == 0 ? tokens.accent : okabeIto[size_t(place - 1)];
}

} // namespace clipscope
