// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/run_record.h"

#include <string>
#include <utility>
#include <vector>

namespace clipscope {

/// What a run was made with, by name: "kind", "version", "modelHash", "dataHash", "machine.processor", ... and the
/// configuration as "config.frames"; objects are taken apart, lists stay one value. The seed is not among them.
std::vector<std::pair<std::string, Json>> settingsOf(const RunRecord& record);

/// The numbers a run found, by name, in the record's order: "textToVideo.r1", "shots[4].top1Mean" (rows of a table go
/// by their key: "k", "name", "detector", "element" or "tau", else by their place), at last "cpuSeconds" and
/// "wallSeconds". Lists of bare numbers are for plots and not among them.
std::vector<std::pair<std::string, double>> metricsOf(const RunRecord& record);

} // namespace clipscope
