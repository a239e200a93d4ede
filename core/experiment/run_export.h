// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/run_store.h"

#include <span>
#include <string>

namespace clipscope {

/// {"run": id, "name": S, "notes": S} + the record's own keys, arrays included.
Json runJson(const StoredRun& run);
/// {"runs": [...]}: all there is to know of them.
Json runsJson(std::span<const StoredRun> runs);
/// A line a run below a line of names: run, name, notes, startedAt, seed, settings and metrics (run_metrics.h); a cell
/// is empty where a run has no such value. RFC 4180 with "\n"; a text that a spreadsheet would take for a formula gets
/// an apostrophe before it.
std::string runsCsv(std::span<const StoredRun> runs);

} // namespace clipscope
