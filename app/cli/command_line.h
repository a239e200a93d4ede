// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/json.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

namespace clipscope {

/// What a command has to say on stdout: `json` with --json, else `text`.
struct Answer {
    Json json = Json::object();
    std::string text;
    int exitCode = 0;
};

/// A parsed command, ready to run.
struct Command {
    std::string unit = "videos"; ///< what its progress counts
    std::string whenStopped; ///< a sentence after "Stopped."; empty where there is nothing to say
    std::function<Answer(JobContext&)> run; ///< throws Error, Cancelled
};

/// Filled while the arguments are parsed.
struct CommandChoice {
    bool json = false;
    Command command;
};

/// A command with --json and --help. `more` is shown below its options: an example, and what --json holds.
CLI::App* addCommand(CLI::App& parent, CommandChoice& choice, const std::string& name, const std::string& description,
    const std::string& more);
/// "models", "train": commands whose first word does nothing alone.
CLI::App* addCommandGroup(CLI::App& parent, const std::string& name, const std::string& description);

CLI::Option* addLibraryOption(CLI::App& command, std::string& folder);
CLI::Option* addDeviceOption(CLI::App& command, std::string& device);
/// For Option::check(): accepts what `parse` takes without throwing Error.
std::function<std::string(const std::string&)> acceptedBy(std::function<void(const std::string&)> parse);
/// For Option::check(): a finite number in [low, high].
std::function<std::string(const std::string&)> numberIn(double low, double high);

/// Parses argv into `choice`. Returns -1 when there is a command to run, else the exit status: help and version were
/// printed (0), or a usage error was explained on stderr (2).
int parseCommandLine(CLI::App& program, int argc, const char* const* argv);

} // namespace clipscope
