// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace clipscope {

/// Whether the computer runs on its battery now: no mains adapter delivers and a battery of the computer itself (not of
/// a mouse or a headset) is being emptied. False where there is no battery or nothing is known. Reads a few small files
/// of the kernel, which on some computers takes tens of milliseconds: for a worker.
bool runsOnBattery(const std::filesystem::path& supplies = "/sys/class/power_supply");

} // namespace clipscope
