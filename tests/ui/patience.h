// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace clipscope::test {

inline constexpr int kPatience = 60000; ///< ms, for what the window does in the background

} // namespace clipscope::test
