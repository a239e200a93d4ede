// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/failure_report.h"
#include "command_line.h"

#include <functional>
#include <string>

namespace clipscope {

/// --report FILE of the commands that work through files.
CLI::Option* addReportOption(CLI::App& command, std::string& file);
/// --threads N of the commands that compute.
CLI::Option* addThreadsOption(CLI::App& command, int& threads);

/// Runs a command and, where anything failed (files it put into the report's items, or the command itself by an Error),
/// writes the report to `file`; with nothing failed, or without a file, it only runs. `report` comes in with what is
/// known beforehand: what was done, the library. Throws what `run` throws, and Error(Storage) for the file.
Answer runWithReport(const std::string& file, FailureReport report, JobContext& context,
    const std::function<Answer(JobContext&, FailureReport&)>& run);

} // namespace clipscope
