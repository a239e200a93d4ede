// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "command_line.h"

namespace clipscope {

/// Every family of commands, one file each, in the order of --help (design section 9).
void addSampleWorldCommands(CLI::App& program, CommandChoice& choice);
void addImportCommand(CLI::App& program, CommandChoice& choice);
void addImportEmbeddingsCommand(CLI::App& program, CommandChoice& choice);
void addEmbedCommand(CLI::App& program, CommandChoice& choice);
void addRepairCommand(CLI::App& program, CommandChoice& choice);
void addSearchCommand(CLI::App& program, CommandChoice& choice);
void addEvaluateCommand(CLI::App& program, CommandChoice& choice);
void addProbeCommand(CLI::App& program, CommandChoice& choice);
void addRunsCommands(CLI::App& program, CommandChoice& choice);
void addTrainCommands(CLI::App& program, CommandChoice& choice);
void addStudyCommands(CLI::App& program, CommandChoice& choice);
void addGraphCommands(CLI::App& program, CommandChoice& choice);
void addLibraryCommands(CLI::App& program, CommandChoice& choice);
void addModelsCommands(CLI::App& program, CommandChoice& choice);
void addBenchCommands(CLI::App& program, CommandChoice& choice);

} // namespace clipscope
